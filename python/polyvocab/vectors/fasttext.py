"""fastText vectors (Bojanowski et al. 2017) of tokens, trained on text that the target tokenizer splits.

FOCUS (Dobler and de Melo 2023) trains CBOW with character n-grams over token strings; the defaults are theirs and, where
they leave something open, fastText's.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..atomic import write_file
from ..corpus import Corpus
from ..errors import PolyvocabError, require
from ..formats.safetensors import load_arrays, save_arrays
from ..tokenizer import Tokenizer
from .token_vectors import TokenVectors

_LONGEST_SENTENCE = 10_000  # gensim silently drops what follows


def train(
    corpus: Corpus,
    tokenizer: Tokenizer,
    *,
    dim: int = 100,
    epochs: int = 3,
    min_count: int = 10,
    window: int = 5,
    negative: int = 10,
    buckets: int = 2_000_000,
    seed: int = 42,
    workers: int = 1,
    cache: str | Path | None = None,
    progress: bool = False,
) -> TokenVectors:
    """A vector for each token that occurs at least `min_count` times.

    With one worker the same text gives the same bytes. More workers are faster and not reproducible: their updates race.
    `cache` is a directory; an entry is keyed by the content of the text, the tokenizer and every setting, not by a path.
    """
    settings = {
        "dim": dim,
        "epochs": epochs,
        "min_count": min_count,
        "window": window,
        "negative": negative,
        "buckets": buckets,
        "seed": seed,
        "reproducible": workers == 1,
    }
    entry = None
    if cache is not None:
        key = json.dumps([settings, corpus.fingerprint(), tokenizer.vocabulary.fingerprint]).encode()
        entry = Path(cache) / f"fasttext-{hashlib.sha256(key).hexdigest()[:24]}.safetensors"
        if entry.is_file():
            arrays = load_arrays(entry)
            return TokenVectors(arrays["matrix"], arrays["known"].astype(bool))
    vectors = _train(_Sentences(corpus, tokenizer), tokenizer, settings, workers, progress)
    if entry is not None:
        entry.parent.mkdir(parents=True, exist_ok=True)
        scratch = entry.with_suffix(".partial")
        save_arrays(scratch, {"matrix": vectors.matrix, "known": vectors.known.astype(np.uint8)})
        write_file(entry, scratch.read_bytes())
        scratch.unlink()
    return vectors


class _Sentences:
    """The tokenized text as lists of token strings, as often as they are iterated; in memory it is ids, 4 bytes each."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer) -> None:
        self.tokens = tokenizer.vocabulary.tokens
        self.batches = [tokenizer.encode_batch(batch) for batch in corpus.batches()]

    def __iter__(self) -> Iterator[list[str]]:
        for ids, offsets in self.batches:
            for start, stop in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
                for cut in range(start, stop, _LONGEST_SENTENCE):
                    yield [self.tokens[i] for i in ids[cut : min(stop, cut + _LONGEST_SENTENCE)].tolist()]


def _train(sentences: _Sentences, tokenizer: Tokenizer, settings: dict, workers: int, progress: bool) -> TokenVectors:
    FastText = require("gensim.models", "vectors", "training auxiliary vectors").FastText
    model = FastText(
        vector_size=settings["dim"],
        window=settings["window"],
        min_count=settings["min_count"],
        sg=0,
        hs=0,
        negative=settings["negative"],
        alpha=0.05,
        min_alpha=0.0001,
        sample=1e-4,
        min_n=3,
        max_n=6,
        bucket=settings["buckets"],
        seed=settings["seed"],
        workers=workers,
        hashfxn=_stable_hash,
    )
    model.build_vocab(sentences)
    if not len(model.wv):
        raise PolyvocabError(
            f"no token occurs {settings['min_count']} times: give more text for the auxiliary vectors, or a smaller min_count"
        )
    if progress:
        print(f"auxiliary vectors: {len(model.wv):,} tokens, {model.corpus_total_words:,} occurrences", flush=True)
    model.train(sentences, total_examples=model.corpus_count, epochs=settings["epochs"])
    matrix = np.zeros((len(tokenizer.vocabulary), settings["dim"]), np.float32)
    for token in model.wv.index_to_key:
        matrix[tokenizer.vocabulary.ids[token]] = model.wv[token]
    return TokenVectors(matrix, matrix.any(axis=1))


def _stable_hash(text: str) -> int:
    """Python's own hash of a string changes from process to process."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))
