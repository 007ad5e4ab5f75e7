"""What a Unigram expects of the text of a category: the E-step of its training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from .._core import mixture as core
from ..counts import WordCounts, count_words
from ..errors import PolyvocabError, UnsupportedComponent
from ..formats.definition import SentencePieces, Strings, TokenizerDefinition, Unigram, fallback_bytes
from ..formats.sentencepiece import PieceType
from ..tokenizer import Tokenizer
from .words import training_tokenizer

BLOCKS = 10
_UNKNOWN_PENALTY = 10.0  # an unknown character costs so much more than the rarest piece, in all implementations


@dataclass(frozen=True, eq=False)
class UnigramPieces:
    """The pieces of a Unigram tokenizer, and which of them a trainer gave their probability."""

    tokens: Strings
    scores: np.ndarray  # float64 [tokens]
    in_text: np.ndarray  # bool [tokens]: a segmentation may have it
    trained: np.ndarray  # bool [tokens]: learned by the trainer
    joins_spaces: bool  # whether it learned pieces of several ▁ alone

    @classmethod
    def of(cls, definition: TokenizerDefinition) -> UnigramPieces:
        """Control, unknown, byte, user-defined and unused pieces, added tokens, and pieces with a probability of 1 (which are
        added by hand) were not learned. Raises `UnsupportedComponent` for a tokenizer that is no Unigram."""
        model = definition.model
        scores = getattr(model, "scores", np.zeros(0)).astype(np.float64)
        match model:
            case SentencePieces(algorithm="unigram"):
                if model.treat_whitespace_as_suffix:
                    raise UnsupportedComponent("white space at the end of words", definition.origin)
                trained = model.types == PieceType.NORMAL
                in_text = trained | (model.types == PieceType.USER_DEFINED)
            case Unigram():
                in_text = model.tokens.positions(model.tokens) == np.arange(len(model.tokens))  # later equal ones count
                in_text[fallback_bytes(model)] = False
                if model.unk_id is not None:
                    in_text[model.unk_id] = False
                trained = in_text.copy()
                trained[[t.id for t in definition.added_tokens if t.id < len(trained)]] = False
            case _:
                raise UnsupportedComponent(f"a model that is no Unigram ({model.kind})", definition.origin)
        trained &= scores < 0
        if not trained.any():
            raise PolyvocabError(f"{definition.origin}: no piece has a score below 0, so none of them was learned")
        spaces = ["▁" * length for length in range(2, 17)]
        joins = any(trained[i] for i in model.tokens.find(spaces) if i >= 0)
        return cls(model.tokens, scores, in_text, trained, joins)

    @property
    def characters(self) -> np.ndarray:
        """int64 [tokens]: of each piece."""
        begins = (np.frombuffer(self.tokens.data, np.uint8) & 0xC0) != 0x80
        before = np.concatenate([[0], np.cumsum(begins)])
        return np.diff(before[self.tokens.offsets.astype(np.int64)])


@dataclass(frozen=True, eq=False)
class ExpectedPieces:
    """How often each piece is expected in the text of a category, over all segmentations of its words by the model."""

    pieces: np.ndarray  # uint32 [pieces]: ids of those that some segmentation has, rising
    counts: np.ndarray  # float64 [pieces, blocks]
    unknown: np.ndarray  # float64 [blocks]: characters that no piece stands for
    documents: np.ndarray  # float64 [blocks]
    bytes: np.ndarray  # float64 [blocks]
    characters: np.ndarray  # float64 [blocks]

    @property
    def tokens(self) -> np.ndarray:
        """float64 [blocks]: all of them."""
        return self.counts.sum(axis=0) + self.unknown

    def without_block(self, block: int) -> ExpectedPieces:
        """The other blocks as one."""

        def rest(counts: np.ndarray) -> np.ndarray:
            return np.delete(counts, block, axis=-1).sum(axis=-1, keepdims=True)

        return ExpectedPieces(self.pieces, *map(rest, (self.counts, self.unknown, self.documents, self.bytes, self.characters)))


def expected_pieces(pieces: UnigramPieces, words: WordCounts, *, threads: int = 0) -> ExpectedPieces:
    """One pass of forward-backward over the words of a category, as `training_tokenizer` cuts them."""
    ids, counts, unknown = core.expected_pieces(
        pieces.tokens.data,
        pieces.tokens.offsets,
        pieces.scores,
        pieces.in_text,
        words.words.data,
        words.words.offsets,
        words.indptr,
        words.index,
        words.count,
        unknown_score=pieces.scores[pieces.trained].min() - _UNKNOWN_PENALTY,
        blocks=words.blocks,
        threads=threads,
    )
    totals = (a.astype(np.float64) for a in (words.documents, words.bytes, words.characters))
    return ExpectedPieces(ids, counts.reshape(len(ids), words.blocks), unknown, *totals)


def count_expected(
    tokenizer: Tokenizer,
    data: Mapping[str, Any],
    *,
    blocks: int = BLOCKS,
    field: str = "text",
    threads: int = 0,
    progress: bool = False,
    **settings: Any,
) -> dict[str, ExpectedPieces]:
    """What the tokenizer expects of each category.

    `data`: {category: anything that `polyvocab.corpus.Corpus` takes}. `blocks`: groups of documents, for errors by the
    jackknife. `settings` as in `count_words`. Raises `UnsupportedComponent` for a tokenizer that is no Unigram, `CorpusError`
    for text that cannot be read.
    """
    pieces = UnigramPieces.of(tokenizer.definition)
    words_of = training_tokenizer(tokenizer, joins_spaces=pieces.joins_spaces)
    found = {}
    for category, texts in tqdm(data.items(), desc="categories", disable=not progress or len(data) < 2):
        words = count_words(
            words_of, texts, field=field, blocks=blocks, threads=threads, progress=progress, label=category, **settings
        )
        found[category] = expected_pieces(pieces, words, threads=threads)
    return found
