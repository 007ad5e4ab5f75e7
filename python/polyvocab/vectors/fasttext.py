"""fastText vectors (Bojanowski et al. 2017) of tokens, trained on text that the target tokenizer splits; and of words.

FOCUS (Dobler and de Melo 2023) trains CBOW with character n-grams over token strings; the defaults are theirs and, where
they leave something open, fastText's.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

import numpy as np

from ..atomic import replacing_file
from ..corpus import Corpus
from ..encoded import EncodedCorpus
from ..errors import PolyvocabError
from ..formats.safetensors import load_arrays, save_arrays
from ..tokenizer import Tokenizer
from .gensim_twin import train_gensim
from .id_stream import IdStream, fingerprint
from .native import Trained, train_native
from .settings import ROUND, Model, TrainSettings
from .subword_vectors import SubwordVectors
from .token_vectors import TokenVectors

_REVISION = 1  # of the native arithmetic: entries of a cache that another one made are not used


def train(
    corpus: Corpus | EncodedCorpus,
    tokenizer: Tokenizer,
    *,
    dim: int = 100,
    epochs: int = 3,
    min_count: int = 10,
    window: int = 5,
    negative: int = 10,
    buckets: int = 2_000_000,
    seed: int = 42,
    model: Model = "cbow",
    sample: float = 1e-4,
    min_n: int = 3,
    max_n: int = 6,
    alpha: float = 0.05,
    tolerance: float | None = None,
    patience: int = 1,
    trainer: Literal["native", "gensim"] = "native",
    threads: int = 0,
    cache: str | Path | None = None,
    progress: bool = False,
) -> TokenVectors:
    """A vector for each token that occurs at least `min_count` times: float32 [tokens, dim].

    `model`: "cbow" tells a token from the mean of its neighbours, "skipgram" each neighbour from the token. `window`: of
    each token one to so many neighbours on either side, drawn. `negative`: noise tokens per true one. `sample`: tokens with
    a larger share of the text are thinned out. `min_n`, `max_n`, `buckets`: character n-grams, hashed; 0 buckets for none.
    The learning rate falls from `alpha` on a line. With `tolerance`, training stops after an epoch when the last `patience`
    epochs did not lower the loss by this share.

    The same text gives the same bytes on any number of `threads` (0: one per core). `trainer="gensim"` is the twin: it has
    one thread unless it is given more, and is reproducible with one only.

    `cache` is a directory; an entry is keyed by the content of the text, the tokenizer and every setting, not by a path.
    Raises `PolyvocabError` where no token is frequent enough, or a setting makes no sense.
    """
    settings = TrainSettings(
        dim, epochs, min_count, window, negative, buckets, seed, model, sample, min_n, max_n, alpha, tolerance, patience
    )
    if trainer not in ("native", "gensim"):
        raise PolyvocabError(f"trainer is {trainer!r}: use 'native' or 'gensim'")
    entry = None
    if cache is not None:
        name = _trainer_name(trainer, threads, model)
        key = json.dumps([name, settings.as_dict(), fingerprint(corpus), tokenizer.vocabulary.fingerprint]).encode()
        entry = Path(cache) / f"fasttext-{hashlib.sha256(key).hexdigest()[:24]}.safetensors"
        if entry.is_file():
            arrays = load_arrays(entry)
            return TokenVectors(arrays["matrix"], arrays["known"].astype(bool))
    tokens = tokenizer.vocabulary.tokens
    stream = IdStream.of(corpus, tokenizer, threads=threads)
    if trainer == "native":
        trained = train_native(stream, tokens, settings, threads=threads, progress=progress)
        ids, rows = trained.ids, trained.trainer.compose(threads)
    else:
        ids, rows = train_gensim(stream, tokens, settings, threads=max(threads, 1), progress=progress)
    matrix = np.zeros((len(tokens), dim), np.float32)
    matrix[ids] = rows
    vectors = TokenVectors(matrix, matrix.any(axis=1))
    if entry is not None:
        entry.parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(entry) as scratch:
            save_arrays(scratch, {"matrix": vectors.matrix, "known": vectors.known.astype(np.uint8)})
    return vectors


def train_words(
    corpus: Corpus,
    *,
    dim: int = 100,
    epochs: int = 5,
    min_count: int = 5,
    window: int = 5,
    negative: int = 5,
    buckets: int = 2_000_000,
    seed: int = 42,
    model: Model = "cbow",
    sample: float = 1e-4,
    min_n: int = 3,
    max_n: int = 6,
    alpha: float = 0.05,
    tolerance: float | None = None,
    patience: int = 1,
    threads: int = 0,
    progress: bool = False,
) -> SubwordVectors:
    """Vectors of the words between white space, which give one to words that the text does not have too, by their n-grams.

    Settings and promises are those of `train`; where the defaults differ, they are fastText's.
    """
    settings = TrainSettings(
        dim, epochs, min_count, window, negative, buckets, seed, model, sample, min_n, max_n, alpha, tolerance, patience
    )
    stream, words = IdStream.of_words(corpus)
    return subword_vectors(train_native(stream, words, settings, threads=threads, progress=progress), words, settings)


def subword_vectors(trained: Trained, tokens: list[str], settings: TrainSettings) -> SubwordVectors:
    """The parameters of a finished training, copied."""
    rows = np.array(trained.trainer.inputs)
    size = len(trained.ids)
    return SubwordVectors(
        [tokens[i] for i in trained.ids.tolist()],
        rows[:size],
        rows[size:],
        trained.row_buckets,
        settings.min_n,
        settings.max_n,
        settings.buckets,
    )


def _trainer_name(trainer: str, threads: int, model: Model) -> list:
    """What of the trainer decides about the bytes."""
    return ["native", _REVISION, ROUND[model]] if trainer == "native" else ["gensim", max(threads, 1) == 1]
