"""What the tokens of a vocabulary are made of, by which a trim stays exact and its costs are known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from .._core import trim as core
from ..errors import UnsupportedComponent
from ..formats.definition import (
    Bpe,
    Ranks,
    SentencePieces,
    TokenizerDefinition,
    Unigram,
    WordLevel,
    WordPiece,
    fallback_bytes,
)
from ..formats.sentencepiece import PieceType
from ..tokenizer import components


class Kind(IntEnum):
    """What the model can do with a token."""

    ABSENT = 0  # no token of the model: an added token, or a hole
    SYMBOL = 1  # nothing makes it, and its text could become nothing else
    MADE = 2  # has parts
    NEVER = 3  # its text becomes something else, so that no part of a word ever becomes it


@dataclass(frozen=True, eq=False)
class Lists:
    """For each of `len(lists)` tokens a list of tokens: list i is `items[indptr[i]:indptr[i + 1]]`."""

    indptr: np.ndarray  # int64 [tokens + 1]
    items: np.ndarray  # uint32

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def __getitem__(self, i: int) -> list[int]:
        return self.items[self.indptr[i] : self.indptr[i + 1]].tolist()

    def of(self, ids: np.ndarray) -> np.ndarray:
        """The lists of these tokens, one after the other."""
        lengths = self.indptr[ids + 1] - self.indptr[ids]
        starts = np.repeat(self.indptr[ids] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
        return self.items[starts + np.arange(len(starts))]

    def closure(self, kept: np.ndarray) -> np.ndarray:
        """The smallest set, bool [tokens], that has `kept` and the list of each of its tokens."""
        closed = kept.copy()
        new = np.flatnonzero(kept)
        while len(new):
            new = np.unique(self.of(new)).astype(np.int64)
            new = new[~closed[new]]
            closed[new] = True
        return closed

    @classmethod
    def empty(cls, tokens: int) -> Lists:
        return cls(np.zeros(tokens + 1, np.int64), np.zeros(0, np.uint32))


@dataclass(frozen=True, eq=False)
class Parts:
    """What is known of each token of a tokenizer, by id, for all ids below the token count."""

    kinds: np.ndarray  # uint8 [tokens], values of Kind
    replaced_by: Lists  # what stands in the texts where a token is missing
    needs: Lists  # the tokens without which a token is not found any more; empty where none does (Unigram, WordPiece)

    def __len__(self) -> int:
        return len(self.kinds)

    @classmethod
    def of(cls, definition: TokenizerDefinition, *, threads: int = 0) -> Parts:
        """In a BPE the parts of a token are those of its last merge when its own symbols are merged, and it needs them; in
        a Unigram the best other path over it; in WordPiece the longest other tokens. Raises `UnsupportedComponent` for
        a random model."""
        kinds, *lists = _find(definition, definition.token_count, threads)
        replaced_by = Lists(*lists)
        is_bpe = isinstance(definition.model, Bpe | Ranks) or _is_sentencepiece_bpe(definition.model)
        return cls(kinds, replaced_by, replaced_by if is_bpe else Lists.empty(len(kinds)))


def _is_sentencepiece_bpe(model: object) -> bool:
    return isinstance(model, SentencePieces) and model.algorithm == "bpe"


def _find(definition: TokenizerDefinition, size: int, threads: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    model = definition.model
    strings = model.tokens.data, model.tokens.offsets
    common = {"size": size, "threads": threads}
    match model:
        case Bpe():
            if model.dropout:
                raise UnsupportedComponent("BPE with dropout, which is random", definition.origin)
            return core.bpe_parts(
                *strings,
                model.ids,
                model.merges,
                model.merged,
                spelt="alphabet" if components.is_byte_level(definition.pre_tokenizer) else "characters",
                byte_fallback=model.byte_fallback,
                continuing_prefix=model.continuing_subword_prefix or "",
                end_suffix=model.end_of_word_suffix or "",
                **common,
            )
        case Ranks():
            return core.rank_bpe_parts(*strings, model.ids, **common)
        case SentencePieces(algorithm="bpe"):
            return core.sentencepiece_bpe_parts(
                *strings, model.scores, model.types, byte_fallback=model.byte_fallback, **common
            )
        case SentencePieces(algorithm="unigram") | Unigram():
            return core.unigram_parts(
                *strings,
                model.scores.astype(np.float64),
                _in_text(definition),
                unknown=model.unk_id,
                byte_fallback=model.byte_fallback,
                **common,
            )
        case WordPiece():
            return core.wordpiece_parts(
                *strings, model.ids, unknown=model.unk_id, prefix=model.continuing_subword_prefix, **common
            )
        case WordLevel() | SentencePieces():
            return _whole_words(model, size)
    raise UnsupportedComponent(f"the model {model.kind}", definition.origin)


def _in_text(definition: TokenizerDefinition) -> np.ndarray:
    """Which pieces of a Unigram a path over text may take."""
    model = definition.model
    if isinstance(model, SentencePieces):
        return np.isin(model.types, [PieceType.NORMAL, PieceType.USER_DEFINED])
    usable = np.ones(len(model.tokens), bool)
    usable[fallback_bytes(model)] = False
    return usable


def _whole_words(model: WordLevel | SentencePieces, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Words and characters have no parts: the unknown token replaces them."""
    kinds = np.zeros(size, np.uint8)
    kinds[model.ids] = Kind.SYMBOL if model.unk_id is None else Kind.MADE
    if model.unk_id is not None:
        kinds[model.unk_id] = Kind.SYMBOL
    indptr = np.concatenate([[0], np.cumsum(kinds == Kind.MADE)]).astype(np.int64)
    return kinds, indptr, np.full(indptr[-1], model.unk_id or 0, np.uint32)
