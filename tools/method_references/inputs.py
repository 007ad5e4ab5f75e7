"""Small inputs that a published method and ours are both run on: tokenizers, texts, matrices, vectors of texts.

All is made from seeds and from the texts, so that it is the same on both sides and on every machine.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

Side = Literal["source", "target"]
Pair = tuple[str, str]  # the kinds of the source and of the target tokenizer

SAME: list[Pair] = [("bpe", "bpe"), ("unigram", "unigram")]
ALL: list[Pair] = [*SAME, ("bpe", "unigram"), ("unigram", "bpe")]
DIM = 32

_SIZE = {"source": 800, "target": 500}
_LANGUAGES = {
    "source": ("eng_Latn", "tur_Latn", "rus_Cyrl", "ell_Grek"),
    "target": ("fin_Latn", "tur_Latn", "rus_Cyrl", "hin_Deva", "eng_Latn"),
}
_SPECIAL = {  # in another order, and two that the source lacks
    "source": ["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
    "target": ["<unk>", "<s>", "</s>", "<pad>", "<mask>", "<extra_0>", "<extra_1>"],
}
_ROLES = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "unk": "<unk>", "pad": "<pad>", "mask": "<mask>"}
_FEW_LINES = 300  # of English on the target's side
_TEXT_DIM = 24


@dataclass(frozen=True)
class Inputs:
    folder: Path  # of what is made
    text: Path  # of LANGUAGE.ntrex.txt, lines that are translations of each other

    def tokenizer(self, side: Side, kind: str) -> Path:
        """A folder as `transformers` saves one. Kinds: `bpe`, byte-level; `unigram`; `unigram-bare`, the same without a space
        put before the text."""
        return self.folder / f"{side}-{kind}"

    def lines(self, language: str) -> list[str]:
        return [line.strip() for line in (self.text / f"{language}.ntrex.txt").read_text("utf-8").splitlines()]

    def make(self) -> None:
        for side in ("source", "target"):
            texts = []
            for language in _LANGUAGES[side]:
                few = side == "target" and language == "eng_Latn"
                texts += self.lines(language)[: _FEW_LINES if few else None]
            self._save(side, "bpe", _bpe(side, texts))
            unigram = _unigram(side, texts)
            self._save(side, "unigram", unigram)
            self._save(side, "unigram-bare", unigram.replace('"prepend_scheme":"always"', '"prepend_scheme":"never"'))

    def _save(self, side: Side, kind: str, tokenizer: str) -> None:
        folder = self.tokenizer(side, kind)
        folder.mkdir(parents=True)
        (folder / "tokenizer.json").write_text(tokenizer, "utf-8")
        config = {f"{role}_token": token for role, token in _ROLES.items()}
        config |= {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
        extra = [token for token in _SPECIAL[side] if token not in _ROLES.values()]
        config |= {"additional_special_tokens": extra} if extra else {}
        (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")


def source_matrix(kind: str) -> np.ndarray:
    """float32 [source tokens, DIM]: the input rows of a source model."""
    rng = np.random.default_rng(7 if kind == "bpe" else 8)
    rows = rng.standard_normal((_SIZE["source"], DIM)) * rng.uniform(0.5, 1.5, DIM) + rng.normal(0, 0.3, DIM)
    return rows.astype(np.float32)


def text_vectors(texts: list[str]) -> np.ndarray:
    """float32 [texts, any width], which a sentence encoder stands for: texts with letters in common are alike."""
    return np.array([_text_vector(text) for text in texts], np.float32).reshape(len(texts), _TEXT_DIM)


def _text_vector(text: str) -> np.ndarray:
    seed = int(hashlib.sha1(text.encode("utf-8", "surrogatepass")).hexdigest()[:12], 16)
    vector = np.random.default_rng(seed).standard_normal(_TEXT_DIM)
    for character in text:
        vector = vector + np.random.default_rng(ord(character)).standard_normal(_TEXT_DIM)
    return vector


def _bpe(side: Side, texts: list[str]) -> str:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_SIZE[side],
        special_tokens=_SPECIAL[side],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer.to_str()


def _unigram(side: Side, texts: list[str]) -> str:
    """The pieces of a BPE, scored by how often it uses them: what the library's trainer for Unigram gives differs by run."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    merging = Tokenizer(models.BPE())
    merging.normalizer = normalizers.NFKC()
    merging.pre_tokenizer = pre_tokenizers.Metaspace()
    merging.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=_SIZE[side], special_tokens=_SPECIAL[side], show_progress=False)
    )
    counts = Counter(i for encoding in merging.encode_batch(texts) for i in encoding.ids)
    ids = merging.get_vocab()
    pieces = [(token, math.log((counts[ids[token]] + 0.5) / counts.total())) for token in sorted(ids, key=ids.__getitem__)]
    tokenizer = Tokenizer(models.Unigram(pieces, ids["<unk>"]))
    tokenizer.normalizer, tokenizer.pre_tokenizer = merging.normalizer, merging.pre_tokenizer
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(_SPECIAL[side])
    return tokenizer.to_str()
