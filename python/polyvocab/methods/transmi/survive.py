"""Whether a text reaches the model as it is written, and in one part."""

from __future__ import annotations

import numpy as np

from ...formats.definition import TokenizerDefinition
from ...formats.vocabulary import Spelling
from ...tokenizer.build import before_model


def survive(definition: TokenizerDefinition, texts: list[str], starts: list[bool], spelling: Spelling) -> np.ndarray:
    """bool [texts]: those that the normalizer leaves as they are and the pre-tokenizer does not cut. No text has white space;
    `starts`: whether each comes behind a space. All go through in one call, a word or a line apiece."""
    kept = np.ones(len(texts), bool)
    if not texts:
        return kept
    normalizer, pre_tokenizer = before_model(definition)
    if normalizer is not None:
        normal = _words(normalizer.normalize(" ".join(texts)))
        if len(normal) != len(texts):  # a text came apart or vanished: look at each by itself
            normal = [" ".join(_words(normalizer.normalize(text))) for text in texts]
        kept &= np.array([a == b for a, b in zip(normal, texts, strict=True)])
    if pre_tokenizer is not None:
        space = " " if spelling is Spelling.BYTE_LEVEL else ""
        lines = [(space + text if start else text).encode("utf-8") for text, start in zip(texts, starts, strict=True)]
        ends = np.cumsum([len(line) + 1 for line in lines]) - 1
        begins = np.concatenate([[0], ends[:-1] + 1])
        cut = pre_tokenizer.cut(b"\n".join(lines).decode("utf-8"))
        bounds = np.fromiter((bound for _, span in cut for bound in span), np.int64, 2 * len(cut))  # ascending
        kept &= np.searchsorted(bounds, begins, "right") == np.searchsorted(bounds, ends, "left")
    return kept


def _words(text: str) -> list[str]:
    return text.replace("▁", " ").split()
