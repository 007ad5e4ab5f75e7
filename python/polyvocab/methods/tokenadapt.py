"""TokenAdapt (Sharthak et al. 2025): a new token is what its pieces mean, and a little of what the nearest old tokens mean.

Both parts are weighed by a sentence embedder. Local: the old tokenizer's pieces, by their likeness to the token and their
length; global: the nearest tokens of the old vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from ..corpus import Corpus
from ..errors import PolyvocabError
from ..formats.directory import TokenizerFiles
from ..overlap import overlap
from ..pieces import Pieces, Role
from ..recipe import Csr, assemble
from ..similarity import TopK, cosine_rows
from ..tokenizer import Tokenizer
from ..transfer import SourceTokenizer, TokenizerTransfer
from ._filled import fills_of

Embedder = Callable[[list[str]], np.ndarray]
_ADDED = 1e-5  # to the temperature, as published


def tokenadapt(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    untrained: Collection[int] = (),
    embedder: Embedder | None = None,
    weight: float = 0.3,
    neighbours: int = 3,
    temperature: float = 0.3,
    threshold: float = 0.0,
    threads: int = 0,
    progress: bool = False,
) -> TokenizerTransfer:
    """The transfer; one call serves input and output matrix alike.

    `embedder`: texts to float [texts, dim], a sentence encoder say (`integrations.sentences.MeanPooled`). `weight`: the part of
    the global heuristic; 0 leaves it out, 1 the local one. `threshold`: neighbours with a smaller cosine do not count.

    Tokens that both vocabularies have are copied. A token for which one heuristic says nothing takes the other alone; one for
    which neither does is drawn from N(mean, std). The space that a word begins with belongs to a token's text. What is no whole
    characters is embedded as the replacement character, and split by its bytes. Of a token's pieces those count that the source
    can write, the unknown token never; special tokens have neighbours and no pieces. `untrained` source tokens are neither.
    """
    if embedder is None:
        raise PolyvocabError("tokenadapt needs an embedder: a function that gives each text a vector")
    if not 0 <= weight <= 1:
        raise PolyvocabError(f"the weight of the global heuristic is {weight}: must be between 0 and 1")
    found = overlap(source, target)
    old, new = _Texts.of(source, embedder), _Texts.of(target, embedder, found.unmatched)
    heated = temperature + _ADDED
    skipped = frozenset(untrained)
    local = _local(source, target, old, new, heated, skipped) if weight < 1 else {}
    near = _near(old, new, neighbours, heated, threshold, skipped, threads, progress) if weight > 0 else {}
    mixed = {i: _joined(local.get(i), near.get(i), weight) for i in sorted({*local, *near})}
    entries = [(row, j, w) for row, parts in enumerate(mixed.values()) for j, w in parts]
    rows, columns, weights = (np.array(part) for part in zip(*entries, strict=True)) if entries else (np.zeros(0, int),) * 3
    csr = Csr.from_entries(len(mixed), rows, columns, weights)
    left = np.setdiff1d(found.unmatched, np.array(list(mixed), np.int64))
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        assemble(
            found.source,
            len(source.vocabulary),
            (np.array(list(mixed), np.int64), csr),
            fills_of(target, left.tolist(), seed),
        ),
        provenance=(
            {
                "method": "tokenadapt",
                "weight": weight,
                "neighbours": neighbours,
                "temperature": temperature,
                "threshold": threshold,
                "seed": seed,
                "overlap": found.counts(),
                "by_pieces": len(local),
                "by_neighbours": len(near),
            },
        ),
    )


class _Texts:
    """The texts of some tokens of a vocabulary, and their vectors, of length 1."""

    def __init__(self, texts: dict[int, str], vectors: np.ndarray) -> None:
        self.texts, self.vectors = texts, vectors
        self.place = {i: k for k, i in enumerate(texts)}

    @classmethod
    def of(cls, files: TokenizerFiles, embedder: Embedder, ids: Sequence[int] | np.ndarray | None = None) -> _Texts:
        pieces = Pieces.of(files.vocabulary)
        ids = range(len(pieces)) if ids is None else np.asarray(ids).tolist()
        texts = {i: pieces.spelled[i].decode("utf-8", "replace") for i in ids if pieces.role[i] != Role.HOLE}
        if not texts:
            return cls({}, np.zeros((0, 1)))
        vectors = np.asarray(embedder(list(texts.values())), np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise PolyvocabError(f"the embedder gave {vectors.shape} for {len(texts)} texts: expected finite [texts, dim]")
        length = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
        return cls(texts, vectors / np.maximum(length, 1e-300))

    def vector(self, i: int) -> np.ndarray:
        return self.vectors[self.place[i]]


Parts = list[tuple[int, float]]  # (source token, weight)


def _local(
    source: TokenizerFiles, target: TokenizerFiles, old: _Texts, new: _Texts, heated: float, skipped: frozenset[int]
) -> dict[int, Parts]:
    """Of each token its pieces: softmax(((softmax(cosine) + length / length of the token) / 2) / temperature)."""
    tokenizer, pieces = Tokenizer(source), Pieces.of(target.vocabulary)
    made = {}
    for i, text in new.texts.items():
        if pieces.role[i] not in (Role.NORMAL, Role.BYTE):
            continue
        ids = [j for j in tokenizer.segment(pieces[i]) if j in old.texts and j not in skipped]
        if not ids or not text:
            continue
        cosines = np.array([old.vector(j) @ new.vector(i) for j in ids], np.float64)
        lengths = np.array([len(old.texts[j]) / len(text) for j in ids])
        made[i] = list(zip(ids, _softmax((_softmax(cosines) + lengths) / 2 / heated).tolist(), strict=True))
    return made


def _near(
    old: _Texts,
    new: _Texts,
    neighbours: int,
    heated: float,
    threshold: float,
    skipped: frozenset[int],
    threads: int,
    progress: bool,
) -> dict[int, Parts]:
    """Of each token the nearest old ones: softmax(cosine / temperature), those below the threshold left out."""
    pool = np.array([j for j in old.texts if j not in skipped and old.vector(j).any()], np.int64)
    queries = [i for i in new.texts if new.vector(i).any()]
    if not len(pool) or not queries:
        return {}
    rows = np.stack([new.vector(i) for i in queries]), np.stack([old.vector(j) for j in pool.tolist()])
    found = cosine_rows(*rows, TopK(neighbours), threads=threads, progress=progress)
    made = {}
    for k, i in enumerate(queries):
        part = slice(found.indptr[k], found.indptr[k + 1])
        cosines = found.weights[part].astype(np.float64)
        weights = np.where(cosines < threshold, 0.0, _softmax(cosines / heated))
        if weights.any():
            kept = zip(pool[found.indices[part]].tolist(), (weights / weights.sum()).tolist(), strict=True)
            made[i] = [(j, w) for j, w in kept if w > 0]
    return made


def _joined(local: Parts | None, near: Parts | None, weight: float) -> Parts:
    if local is None or near is None:
        return local or near or []
    return [(j, (1 - weight) * w) for j, w in local] + [(j, weight * w) for j, w in near]


def _softmax(values: np.ndarray) -> np.ndarray:
    weights = np.exp(values - values.max())
    return weights / weights.sum()
