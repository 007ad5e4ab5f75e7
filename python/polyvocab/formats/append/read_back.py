"""Whether files that were written say what they should."""

from __future__ import annotations

from itertools import zip_longest

import numpy as np

from ...errors import FormatError
from ..definition import Bpe, SentencePieces, TokenizerDefinition, Unigram
from ..vocabulary import Vocabulary
from .placed import Placed

_SETTINGS = (
    *("kind", "algorithm", "unk_token", "unk_id", "bos_id", "eos_id", "pad_id", "byte_fallback"),
    *("continuing_subword_prefix", "end_of_word_suffix", "ignore_merges"),
)
_COMPONENTS = ("normalizer", "pre_tokenizer", "post_processor", "decoder", "truncation", "padding")


def require_appended(vocabulary: Vocabulary, definition: TokenizerDefinition, placed: Placed, where: object) -> None:
    """Raises `FormatError` where what was read back differs from the old tokenizer by more, or less, than the new tokens."""
    if vocabulary.tokens != placed.tokens:
        pairs = enumerate(zip_longest(vocabulary.tokens, placed.tokens))
        i, (found, wanted) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
        raise FormatError(
            where,
            f"with the new tokens the id {i} would be {found!r} instead of {wanted!r}: the class of this tokenizer numbers it "
            "so; save the tokenizer as a tokenizer.json with transformers first",
        )
    old, new = placed.definition.model, definition.model
    for name in _SETTINGS:
        before, after = getattr(old, name, None), getattr(new, name, None)
        if before != after:
            raise FormatError(where, f"with the new tokens the model's {name} would be {after!r} instead of {before!r}")
    if not placed.new.roles:
        same = [name for name in _COMPONENTS if getattr(definition, name) != getattr(placed.definition, name)]
        _require(not same, f"components {', '.join(same)}", where)
    if not isinstance(new, SentencePieces) and definition.added_tokens != placed.added:
        changed = sorted({*definition.added_tokens} ^ {*placed.added}, key=lambda token: token.id)
        raise FormatError(where, f"the added tokens do not read back as they were written: {changed[:2]}")
    if isinstance(old, Unigram | SentencePieces):
        if placed.new.scores is not None:
            found = new.scores[[placed.ids[token] for token in placed.new.tokens]]
            _require(np.array_equal(found, placed.new.scores.astype(old.scores.dtype)), "scores of the new tokens", where)
        _require(np.array_equal(new.scores[: len(old.scores)], old.scores), "scores of the old tokens", where)
    if isinstance(old, Bpe):
        ids = {token: i for i, token in enumerate(placed.tokens) if token is not None}
        merges = np.array([[ids[a], ids[b]] for a, b in placed.new.merges], np.uint32).reshape(-1, 2)
        _require(np.array_equal(new.merges, np.concatenate([old.merges, merges])), "merges", where)
        _require(np.array_equal(new.merged[: len(old.merged)], old.merged), "results of the old merges", where)


def _require(holds: bool, what: str, where: object) -> None:
    if not holds:
        raise FormatError(where, f"the {what} do not read back as they were written")
