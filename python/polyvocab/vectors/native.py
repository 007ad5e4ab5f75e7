"""Training on the core: skip-gram and CBOW (Mikolov et al. 2013) with character n-grams (Bojanowski et al. 2017)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from .. import _core
from ..errors import PolyvocabError
from .id_stream import IdStream
from .settings import MIN_ALPHA, ROUND, TrainSettings

_GLANCE = 0.2  # seconds between two looks at the progress bar, and at Ctrl-C


@dataclass(frozen=True)
class Trained:
    """`ids`: of the words that have vectors, the most frequent first. `losses`: of each epoch, the mean over examples of the
    negative log likelihood of their targets. `row_buckets`: the bucket of each row of n-grams."""

    ids: np.ndarray
    trainer: _core.vectors.VectorTrainer
    row_buckets: np.ndarray
    losses: tuple[float, ...]


def chosen_words(stream: IdStream, size: int, min_count: int) -> tuple[np.ndarray, np.ndarray]:
    """Ids that occur `min_count` times, by falling count and then by id, and their counts. Raises `PolyvocabError` where
    there is none."""
    counts = stream.counts(size)
    ids = np.flatnonzero(counts >= min_count)
    if not len(ids):
        raise PolyvocabError(
            f"no token occurs {min_count} times: give more text for the auxiliary vectors, or a smaller min_count"
        )
    ids = ids[np.argsort(-counts[ids], kind="stable")]
    return ids, counts[ids]


def subwords(words: Sequence[str], min_n: int, max_n: int, buckets: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The n-grams of words as CSR: indptr int64 [words + 1], rows uint32; and the bucket of each row, uint32 [rows]."""
    spelled = [word.encode("utf-8", "surrogatepass") for word in words]
    offsets = np.cumsum([0, *map(len, spelled)], dtype=np.int64)
    return _core.vectors.subwords(b"".join(spelled), offsets, min_n, max_n, buckets if max_n >= min_n else 0)


def train_native(
    stream: IdStream,
    tokens: Sequence[str | None],
    settings: TrainSettings,
    *,
    threads: int = 0,
    progress: bool = False,
    kernel: str | None = None,
) -> Trained:
    """`tokens`: the string of each id. The bytes that come out depend neither on `threads` (0: one per core) nor on
    `kernel` (one of `_core.vectors.step_kernels()`)."""
    ids, counts = chosen_words(stream, len(tokens), settings.min_count)
    word_of_id = np.full(len(tokens), -1, np.int32)
    word_of_id[ids] = np.arange(len(ids), dtype=np.int32)
    indptr, rows, row_buckets = subwords([tokens[i] for i in ids.tolist()], settings.min_n, settings.max_n, settings.buckets)
    trainer = _core.vectors.VectorTrainer(
        stream.ids,
        stream.offsets,
        word_of_id,
        counts,
        indptr,
        rows,
        len(row_buckets),
        dim=settings.dim,
        epochs=settings.epochs,
        window=settings.window,
        negative=settings.negative,
        skipgram=settings.model == "skipgram",
        sample=settings.sample,
        alpha=settings.alpha,
        min_alpha=MIN_ALPHA,
        seed=settings.seed % 2**64,
        round=ROUND[settings.model],
        kernel=kernel,
    )
    losses: list[float] = []
    bar = tqdm(
        total=settings.epochs * len(stream.ids), desc="auxiliary vectors", unit="ids", unit_scale=True, disable=not progress
    )
    with bar:
        rounds = 16
        while not trainer.finished and not has_settled(losses, settings):
            begin = time.monotonic()
            bar.update(trainer.advance(rounds, threads))
            took = time.monotonic() - begin
            rounds = rounds * 2 if took < _GLANCE / 2 else max(16, rounds // 2) if took > _GLANCE else rounds
            bar.set_postfix(loss=f"{trainer.loss:.3f}", refresh=False)
            if trainer.epoch > len(losses):
                losses.append(trainer.loss)
    if not np.isfinite(losses).all():
        raise PolyvocabError(f"the vectors have grown beyond all bounds: use a smaller alpha than {settings.alpha}")
    return Trained(ids, trainer, row_buckets, tuple(losses))


def has_settled(losses: Sequence[float], settings: TrainSettings) -> bool:
    """Whether none of the last `patience` epochs had a loss that is lower by the share `tolerance` than the best before."""
    if settings.tolerance is None or len(losses) <= settings.patience:
        return False
    best = min(losses[: -settings.patience])
    return min(losses[-settings.patience :]) > best * (1.0 - settings.tolerance)
