"""OFA: word vectors in the form of ColexNet+, and the reference's whole initialization, without its factorization.

Where the kinds of the tokenizers differ, words of some languages alone count for the target. The reference lets tokens match
in any case, and finds one of all pieces that are no whole characters; copies are compared where both sides have the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from .comparison import Comparison, compare_rows, ties
from .inputs import ALL, DIM, Inputs, Pair, source_matrix
from .reference import Reference, tokenizer, watched

REFERENCE = Reference("cisnlp/ofa", "73fce73b4b88b8a937322aae63e69a6546258241", folder="ofa")

_NEIGHBOURS = 10
_CODES = {"eng_Latn": "", "tur_Latn": "tur:", "rus_Cyrl": "rus:", "fin_Latn": "fin:", "hin_Deva": "hin:", "ell_Grek": "ell:"}
_TARGET_LANGUAGES = ("eng", "fin", "tur")
_LINES, _WORDS = 600, 700  # of each language


def _words(inputs: Inputs) -> dict[str, np.ndarray]:
    """Words and random vectors: of all languages, some with edges, some in lower case; English ones without a language."""
    found: dict[str, None] = {}
    for language, code in _CODES.items():
        counts = Counter(word for line in inputs.lines(language)[:_LINES] for word in re.findall(r"\w+", line))
        for i, (word, _) in enumerate(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:_WORDS]):
            word = word if i % 3 else word.lower()
            form = (f"${word}$", f"${word}", f"{word}$", word)[i % 4]
            if len(form) > 1:
                found[code + form] = None
    vectors = np.random.default_rng(3).standard_normal((len(found), 24)).astype(np.float32)
    return dict(zip(found, vectors, strict=True))


def _languages(kinds: Pair) -> tuple[str, ...] | None:
    return None if kinds[0] == kinds[1] else _TARGET_LANGUAGES


def run(checkout: Path, inputs: Inputs) -> dict[str, np.ndarray]:
    import ofa
    import utils
    from gensim.models import KeyedVectors
    from sklearn.metrics.pairwise import cosine_similarity

    words = _words(inputs)
    vectors = KeyedVectors(24)
    vectors.add_vectors(list(words), np.stack(list(words.values())))
    calls = watched(ofa, "create_target_embeddings")
    made = {}
    for kinds in ALL:
        old, new = (tokenizer(inputs.tokenizer(side, kind)) for side, kind in zip(("source", "target"), kinds, strict=True))
        options = SimpleNamespace(
            source_language_set="None",
            target_language_set=repr(_languages(kinds)),
            max_n_word_vectors=None,
            keep_dim=f"[{DIM}]",
            neighbors=_NEIGHBOURS,
            temperature=0.1,
            do_save=False,
        )
        ofa.run_ofa(options, utils.WordEmbedding(vectors), old, new, source_matrix(kinds[0]))
        (theirs, ours, *_), (rows, drawn, _) = calls.pop()
        name = " to ".join(kinds)
        made[f"{name} rows"] = rows
        made[f"{name} drawn"] = np.array(sorted(drawn), int)
        made[f"{name} ties"] = ties(cosine_similarity(ours, theirs), _NEIGHBOURS) & ours.any(axis=1)
        made[f"{name} copied"] = _copied(utils.get_overlapping_tokens(new, old, fuzzy_search=True), len(new))
    return made


def _copied(overlap: Mapping[str, tuple[int, int]], count: int) -> np.ndarray:
    """The source id of each target token, -1 for none."""
    source = np.full(count, -1)
    for target, theirs in overlap.values():
        source[target] = theirs
    return source


def compare(inputs: Inputs, made: Mapping[str, np.ndarray]) -> Iterator[Comparison]:
    from polyvocab.formats import TokenizerFiles
    from polyvocab.methods.ofa import ofa
    from polyvocab.overlap import overlap
    from polyvocab.recipe import apply

    words = _words(inputs)
    for kinds in ALL:
        name = " to ".join(kinds)
        sides = zip(("source", "target"), kinds, strict=True)
        old, new = (TokenizerFiles.from_directory(inputs.tokenizer(*side)) for side in sides)
        transfer = ofa(old, new, word_vectors=words, target_languages=_languages(kinds))
        ours, theirs = overlap(old, new).source, made[f"{name} copied"]
        rows = apply(transfer.input, source_matrix(kinds[0]))
        left_out = {
            "overlap of ours alone": np.flatnonzero((ours >= 0) & (theirs < 0)),
            "overlap of theirs alone": np.flatnonzero((ours < 0) & (theirs >= 0)),
            "another source token": np.flatnonzero(ours != theirs),
            "drawn at random": set(transfer.input.fills) & set(made[f"{name} drawn"].tolist()),
            "tie at rank 10": np.flatnonzero(made[f"{name} ties"] & (ours < 0)),
        }
        yield compare_rows(name, rows, made[f"{name} rows"], new.vocabulary.tokens, left_out)
