"""The merge list of a tokenizer as its trainer made it: which merges, in which order, and which tokens no merge of it made."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import UnsupportedComponent
from ..formats import byte_alphabet
from ..formats.components import spelling
from ..formats.definition import Bpe, Ranks, SentencePieces, Strings, TokenizerDefinition, Unigram, WordPiece, fallback_bytes
from ..formats.sentencepiece import PieceType
from ..formats.vocabulary import Spelling
from ..tokenizer.components import is_byte_level
from ..trim.parts import Kind, Parts
from .events import MergeSteps

_SPACE = "▁".encode()
_NO_ORDER = {
    "wordpiece": "its trainer chooses merges by likelihood and its file does not say in which order",
    "wordlevel": "whole words are not merged",
    "unigram": "its pieces are not merged but pruned; use the unigram estimator",
    "word": "whole words are not merged",
    "char": "characters are not merged",
}


@dataclass(frozen=True, eq=False)
class MergeList:
    """The steps of a BPE trainer, recovered from the tokenizer that it left.

    A token is learned where merging the symbols of its own text makes it: the last of these merges is its step. A trainer
    that merges what it counts leaves only such tokens, with one step each and in the order of their ranks. All else was put
    in by hand or by a conversion, and is listed apart.
    """

    definition: TokenizerDefinition
    steps: MergeSteps
    redundant: np.ndarray  # int64: places in the list of merges that make a token which another merge makes
    unreachable: np.ndarray  # uint32: ids of tokens that no text becomes, whatever stands around them; added tokens are none
    given: np.ndarray  # uint32: ids of pieces that a SentencePiece trainer was told, or that were put behind all it learned
    early: np.ndarray  # int64: steps that stand before one that makes a part of theirs, so that their trainer never did them
    overlapping: bool = True  # whether 'aaa' counts as two pairs, as all common trainers have it

    @classmethod
    def of(cls, definition: TokenizerDefinition, *, threads: int = 0) -> MergeList:
        """Raises `UnsupportedComponent` for a model that is no BPE, with the reason."""
        model = definition.model
        kind = model.algorithm if isinstance(model, SentencePieces) else model.kind
        if kind in _NO_ORDER:
            raise UnsupportedComponent(f"a merge list of the model {kind}", definition.origin, _NO_ORDER[kind])
        parts = Parts.of(definition, threads=threads)
        ranks = _ranks(definition, parts)
        given = _given(definition, ranks)
        ranks[given] = -1
        made = np.flatnonzero((parts.kinds == Kind.MADE) & (np.diff(parts.replaced_by.indptr) == 2) & (ranks >= 0))
        made = made[np.argsort(ranks[made], kind="stable")]
        first = parts.replaced_by.indptr[made]
        left, right = parts.replaced_by.items[first], parts.replaced_by.items[first + 1]
        steps = MergeSteps(left, right, made.astype(np.uint32))
        place = np.full(len(parts), -1, np.int64)
        place[made] = np.arange(len(made))
        early = np.flatnonzero(np.maximum(place[left], place[right]) > np.arange(len(made)))
        added = np.array([token.id for token in definition.added_tokens], np.int64)
        never = np.setdiff1d(np.flatnonzero(parts.kinds == Kind.NEVER), np.concatenate([added, _bytes(model)]))
        return cls(definition, steps, _redundant(model, steps), never.astype(np.uint32), given, early)

    def __len__(self) -> int:
        return len(self.steps)

    @cached_property
    def texts(self) -> Strings:
        """The bytes of the text of each token by id; for metaspace vocabularies with ▁ as it stands."""
        model = self.definition.model
        strings = list(model.tokens)
        if is_byte_level(self.definition.pre_tokenizer):
            strings = [_unspelled(s) for s in strings]
        by_id = [b""] * self.definition.token_count
        for i, string in zip(model.ids.tolist(), strings, strict=True):
            by_id[i] = string
        return Strings.of(by_id)

    @cached_property
    def merges_spaces(self) -> bool:
        """Whether a step makes a token of several ▁ alone: then its trainer did not cut runs of them."""
        texts = self.texts
        return is_metaspace(self.definition) and any(is_spaces(texts[i]) for i in self.steps.merged.tolist())


def is_metaspace(definition: TokenizerDefinition) -> bool:
    """Whether a space is ▁ in the tokens."""
    model = definition.model
    if isinstance(model, SentencePieces):
        return True
    if isinstance(model, Ranks):
        return False
    prefix = model.continuing_subword_prefix if isinstance(model, Bpe | WordPiece) else None
    suffix = model.end_of_word_suffix if isinstance(model, Bpe) else None
    components = (definition.normalizer, definition.pre_tokenizer, definition.decoder)
    return spelling(components, model.kind, prefix, suffix) is Spelling.METASPACE


def _unspelled(string: bytes) -> bytes:
    """The bytes that a token stands for in GPT-2's alphabet; a token with another character as it is."""
    try:
        return string.decode("utf-8").translate(byte_alphabet.TO_LATIN_1).encode("latin-1")
    except UnicodeEncodeError:
        return string


def _ranks(definition: TokenizerDefinition, parts: Parts) -> np.ndarray:
    """int64 by id: when the merge that makes the token comes; -1 where there is none."""
    model = definition.model
    ranks = np.full(len(parts), -1, np.int64)
    match model:
        case Bpe():
            made = np.flatnonzero((parts.kinds == Kind.MADE) & (np.diff(parts.replaced_by.indptr) == 2))
            first = parts.replaced_by.indptr[made]
            wanted = _keys(parts.replaced_by.items[first], parts.replaced_by.items[first + 1])
            listed = _keys(model.merges[:, 0], model.merges[:, 1])
            order = np.argsort(listed, kind="stable")
            last = np.searchsorted(listed[order], wanted, side="right") - 1  # of equal pairs the later one counts
            ranks[made] = order[last]
        case Ranks():
            ranks[model.ids] = model.ids
        case SentencePieces():
            order = np.argsort(-model.scores.astype(np.float64), kind="stable")
            ranks[model.ids[order]] = np.arange(len(order))
    return ranks


def _keys(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return left.astype(np.uint64) << np.uint64(32) | right


def _redundant(model: Bpe | Ranks | SentencePieces, steps: MergeSteps) -> np.ndarray:
    if not isinstance(model, Bpe):
        return np.zeros(0, np.int64)
    return np.flatnonzero(~np.isin(_keys(model.merges[:, 0], model.merges[:, 1]), _keys(steps.left, steps.right)))


def _given(definition: TokenizerDefinition, ranks: np.ndarray) -> np.ndarray:
    """uint32, by rising id."""
    model = definition.model
    if isinstance(model, SentencePieces):
        # A trainer of SentencePiece numbers its pieces downwards from 0, so no two of their scores are equal.
        normal = np.flatnonzero(model.types == PieceType.NORMAL)
        _, place, times = np.unique(model.scores[normal], return_inverse=True, return_counts=True)
        told = np.concatenate([normal[times[place] > 1], np.flatnonzero(model.types == PieceType.USER_DEFINED)])
        return model.ids[np.sort(told)]
    if not is_metaspace(definition):
        return np.zeros(0, np.uint32)
    # In a tokenizer.json that was made of such a model, the runs of spaces that it was told are its last merges.
    order = np.argsort(ranks[model.ids], kind="stable")[::-1]
    behind = itertools.takewhile(lambda i: is_spaces(model.tokens[i]), order.tolist())
    return np.sort(model.ids[np.fromiter(behind, np.int64)])


def is_spaces(piece: bytes) -> bool:
    """Whether a piece is several ▁ and nothing else."""
    return len(piece) > len(_SPACE) and not piece.replace(_SPACE, b"")


def _bytes(model: Bpe | Ranks | Unigram | SentencePieces) -> np.ndarray:
    return model.ids[fallback_bytes(model)].astype(np.int64) if isinstance(model, Bpe) else np.zeros(0, np.int64)
