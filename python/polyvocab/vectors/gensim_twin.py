"""The same vectors by gensim: an independent twin that ours are measured against."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import PolyvocabError, require
from .id_stream import IdStream
from .settings import MIN_ALPHA, TrainSettings

_LONGEST_SENTENCE = 10_000  # gensim silently drops what follows


def train_gensim(
    stream: IdStream, tokens: Sequence[str | None], settings: TrainSettings, *, threads: int = 1, progress: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Ids that have a vector, int64 [n], and vectors, float32 [n, dim]. Reproducible with one thread; more of them race.

    Raises `MissingExtra` without gensim, `PolyvocabError` for early stopping, which gensim does not have.
    """
    FastText = require("gensim.models", "vectors", "training auxiliary vectors with gensim").FastText
    if settings.tolerance is not None:
        raise PolyvocabError("gensim cannot stop early: leave tolerance out, or use trainer='native'")
    model = FastText(
        vector_size=settings.dim,
        window=settings.window,
        min_count=settings.min_count,
        sg=int(settings.model == "skipgram"),
        hs=0,
        negative=settings.negative,
        alpha=settings.alpha,
        min_alpha=MIN_ALPHA,
        sample=settings.sample,
        min_n=settings.min_n,
        max_n=settings.max_n if settings.buckets else 0,
        bucket=max(settings.buckets, 1),
        seed=settings.seed,
        workers=threads,
        hashfxn=_stable_hash,
    )
    sentences = _Sentences(stream, tokens)
    model.build_vocab(sentences)
    if not len(model.wv):
        raise PolyvocabError(
            f"no token occurs {settings.min_count} times: give more text for the auxiliary vectors, or a smaller min_count"
        )
    if progress:
        print(f"auxiliary vectors: {len(model.wv):,} tokens, {model.corpus_total_words:,} occurrences", flush=True)
    model.train(sentences, total_examples=model.corpus_count, epochs=settings.epochs)
    id_of = {token: i for i, token in enumerate(tokens) if token is not None}
    ids = np.array([id_of[token] for token in model.wv.index_to_key], np.int64)
    return ids, np.asarray(model.wv.vectors, np.float32)


class _Sentences:
    """The stream as lists of token strings, as often as they are iterated."""

    def __init__(self, stream: IdStream, tokens: Sequence[str | None]) -> None:
        self.stream, self.tokens = stream, tokens

    def __iter__(self) -> Iterator[list[str]]:
        offsets = self.stream.offsets.tolist()
        for start, stop in zip(offsets[:-1], offsets[1:], strict=True):
            for cut in range(start, stop, _LONGEST_SENTENCE):
                yield [self.tokens[i] for i in self.stream.ids[cut : min(stop, cut + _LONGEST_SENTENCE)].tolist()]


def _stable_hash(text: str) -> int:
    """Python's own hash of a string changes from process to process."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))
