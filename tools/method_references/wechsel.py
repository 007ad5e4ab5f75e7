"""WECHSEL: fastText vectors of both sides, a dictionary, and the whole class of the reference.

Its rotation is found in float64 here: in its own float32 it is off by 1e-5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from .comparison import Comparison, compare_rows, ties
from .inputs import ALL, Inputs, source_matrix
from .reference import Reference, stand_in, tokenizer, watched

REFERENCE = Reference("CPJKU/wechsel", "395e3d446ecc1f000aaf4dea2da2003d16203f0b", package="wechsel")

_NEIGHBOURS = 10
_TEXTS = {
    "source": ("eng_Latn", "tur_Latn", "rus_Cyrl", "ell_Grek"),
    "target": ("fin_Latn", "tur_Latn", "rus_Cyrl", "hin_Deva"),
}


def run(checkout: Path, inputs: Inputs) -> dict[str, np.ndarray]:
    stand_in("datasets", load_dataset=None)
    stand_in("nltk", word_tokenize=None)
    import wechsel
    from sklearn.metrics.pairwise import cosine_similarity

    models = _vectors(inputs)
    procrustes = wechsel.orthogonal_procrustes
    wechsel.orthogonal_procrustes = lambda a, b: procrustes(a.astype(np.float64), b.astype(np.float64))
    calls = watched(wechsel, "create_target_embeddings")
    method = wechsel.WECHSEL(*models, bilingual_dictionary=str(inputs.folder / "wechsel.tsv"))
    made = {}
    for kinds in ALL:
        old, new = (tokenizer(inputs.tokenizer(side, kind)) for side, kind in zip(_TEXTS, kinds, strict=True))
        rows, info = method.apply(old, new, source_matrix(kinds[0]), use_subword_info=True)
        theirs, ours = calls.pop()[0][:2]
        name = " to ".join(kinds)
        made[f"{name} rows"] = rows
        made[f"{name} ties"] = ties(cosine_similarity(ours, theirs), _NEIGHBOURS) & ours.any(axis=1)
        made[f"{name} drawn"] = np.array([new.get_vocab()[token] for token in info.not_found], int)
    return made


def _vectors(inputs: Inputs) -> list:
    """The fastText models of both sides, which are saved, and with them a dictionary: equal words, and made-up pairs."""
    import fasttext

    models = []
    for side, languages in _TEXTS.items():
        text = inputs.folder / f"wechsel-{side}.txt"
        text.write_text("".join(f"{line}\n" for language in languages for line in inputs.lines(language)), "utf-8")
        model = fasttext.train_unsupervised(
            str(text),
            model="skipgram",
            lr=0.1,
            dim=20,
            minn=3,
            maxn=5,
            epoch=10,
            minCount=5,
            bucket=20_000,
            thread=1,
            verbose=0,
        )
        model.save_model(str(inputs.folder / f"wechsel-{side}.bin"))
        models.append(model)
    words, others = ([word for word in model.get_words() if word.isalpha()] for model in models)
    known = set(others)
    pairs = [(word, word) for word in words if word in known][:250]
    pairs += zip([word for word in words if word.isascii()][:60], others[:180:3], strict=True)
    lines = [f"{one}\t{other}\n" for one, other in pairs] + ["The nosuchword\n", "the  ja\n"]
    (inputs.folder / "wechsel.tsv").write_text("".join(lines), "utf-8")
    return models


def compare(inputs: Inputs, made: Mapping[str, np.ndarray]) -> Iterator[Comparison]:
    from polyvocab.formats import TokenizerFiles
    from polyvocab.methods.wechsel import wechsel
    from polyvocab.recipe import apply

    for kinds in ALL:
        name = " to ".join(kinds)
        old, new = (TokenizerFiles.from_directory(inputs.tokenizer(*side)) for side in zip(_TEXTS, kinds, strict=True))
        transfer = wechsel(
            old,
            new,
            source_vectors=inputs.folder / "wechsel-source.bin",
            target_vectors=inputs.folder / "wechsel-target.bin",
            dictionary=inputs.folder / "wechsel.tsv",
            canonical="decoded",
        )
        fills = transfer.input.fills
        left_out = {
            "drawn at random": set(fills) & set(made[f"{name} drawn"].tolist()),
            "tie at rank 10": np.flatnonzero(made[f"{name} ties"]),
        }
        rows = apply(transfer.input, source_matrix(kinds[0]))
        yield compare_rows(name, rows, made[f"{name} rows"], new.vocabulary.tokens, left_out)
