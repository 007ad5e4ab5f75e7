"""Downey et al.: categories by script and position, and the moments of their rows. What is drawn from them is random.

Unigram tokenizers alone: of a byte-level one the reference takes the letters that stand for bytes for characters. Special
tokens are left out: the reference counts them among the letters, and draws their rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from .comparison import Comparison, compare_rows
from .inputs import Inputs, source_matrix
from .reference import Reference, tokenizer

REFERENCE = Reference("cmdowney88/EmbeddingStructure", "e2934ed195305444f527880d7f847314c61fc9fc", folder="src")

_TABLE = "tools/unicode_scripts_for_embeddings_exploration.txt"
_BY = {"script": False, "script and position": True}


def run(checkout: Path, inputs: Inputs) -> dict[str, np.ndarray]:
    import reinitialize_embeddings as reference
    import torch

    caught = []
    reference.initialize_by_category_means = lambda *arguments: caught.append(arguments)  # stops before it draws
    vocabularies = []
    for side in ("source", "target"):
        files = tokenizer(inputs.tokenizer(side, "unigram"))
        vocabularies.append({t: i for t, i in files.get_vocab().items() if i not in files.all_special_ids})
    old, new = vocabularies
    rows = torch.tensor(source_matrix("unigram"))
    scripts = reference.get_ord2script(checkout / _TABLE)
    made = {}
    for by, position in _BY.items():
        reference.reinitialize_by_script(old, rows, new, None, checkout / _TABLE, word_position=position)
        names, means, stds, target, _ = caught.pop()
        made |= {f"{by} names": np.array(names), f"{by} means": means.numpy(), f"{by} stds": stds.numpy()}
        made[f"{by} source"] = _by_id(reference.get_script_to_ids(old, scripts, position))
        made[f"{by} target"] = _by_id(target)
    return made


def _by_id(categories: Mapping[str, list[int]]) -> np.ndarray:
    """Strings; the empty one is the category of ids that have none."""
    count = 1 + max(i for ids in categories.values() for i in ids)
    names = [""] * count
    for name, ids in categories.items():
        for i in ids:
            names[i] = name
    return np.array(names)


def compare(inputs: Inputs, made: Mapping[str, np.ndarray]) -> Iterator[Comparison]:
    from polyvocab.formats import TokenizerFiles
    from polyvocab.methods.script import _moments, categories

    matrix = source_matrix("unigram")
    for by, position in _BY.items():
        for side in ("source", "target"):
            files = TokenizerFiles.from_directory(inputs.tokenizer(side, "unigram"))
            ours = {i: _name(category) for i, category in categories(files, position).items()}
            theirs = made[f"{by} {side}"].tolist() + [""] * (len(files.vocabulary) - len(made[f"{by} {side}"]))
            wrong = [
                f"{files.vocabulary.tokens[i]!r}: {ours.get(i)}, theirs {name}"
                for i, name in enumerate(theirs)
                if ours.get(i, "") != name
            ]
            special = len(files.vocabulary) - sum(map(bool, theirs))
            yield Comparison(f"{by}: {side} tokens", len(ours), left_out={"special": special}, wrong=wrong)
            if side == "source":
                yield from _compare_moments(by, ours, matrix, made, _moments)


def _compare_moments(
    by: str, ours: Mapping[int, str], matrix: np.ndarray, made: Mapping[str, np.ndarray], moments: Callable
) -> Iterator[Comparison]:
    members: dict[str, list[int]] = {}
    for i, category in ours.items():
        members.setdefault(category, []).append(i)
    names = made[f"{by} names"].tolist()
    kept = [k for k, name in enumerate(names) if len(members.get(name, ())) > 1]
    own = [moments(matrix[members[names[k]]]) for k in kept]
    for what, rows in (("means", [m.mean for m in own]), ("stds", [m.std for m in own])):
        theirs = made[f"{by} {what}"][kept]
        found = compare_rows(f"{by}: {what} of categories", np.array(rows), theirs, [names[k] for k in kept], {})
        yield replace(found, left_out={"one token": len(names) - len(kept)} if len(kept) < len(names) else {})


def _name(category: tuple[str, bool | None]) -> str:
    script, begins = category
    return script if begins is None else f"{script}_{'initial' if begins else 'medial'}"
