"""Embedding structure matters (Downey et al. 2023): new rows are drawn from the distribution of the old ones of their script.

And, with `position`, of those that begin a word or do not: what model and script have in common, the rows keep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import numpy as np

from ..corpus import Corpus
from ..formats.directory import TokenizerFiles
from ..matrices import SourceMatrices
from ..pieces import Pieces, Role
from ..recipe import Fill
from ..recipe.fill import Moments
from ..scripts import scripts_of
from ..transfer import TokenizerTransfer
from ._derived import derived_transfer
from ._filled import Copy, copied_from, fills_of

Category = tuple[str, bool | None]  # the script, and whether the token begins a word


def script(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    untrained: Collection[int] = (),
    matrices: SourceMatrices | None = None,
    position: bool = True,
    copy: Copy = "overlap",
) -> TokenizerTransfer:
    """Each row that is not copied is drawn from N(mean, std) of the source rows of its category, per dimension (std with n -
    1).

    The category of a token is the script that most of its characters have, of several the one that comes first, and with
    `position` whether it begins a word. `copy="overlap"` copies all tokens that both vocabularies have, `"special"` the special
    ones only. A token of a category with less than two source rows, and one that is no whole characters, is drawn from N(mean,
    std) of all. `untrained` source rows do not count.
    """
    copied = copied_from(source, target, copy)
    old = categories(source, position)
    for i in untrained:
        old.pop(i, None)
    members: dict[Category, list[int]] = {}
    for i, category in old.items():
        members.setdefault(category, []).append(i)
    members = {category: ids for category, ids in members.items() if len(ids) > 1}
    new = {i: c for i, c in categories(target, position).items() if copied[i] < 0 and c in members}
    tokens = target.vocabulary.tokens

    def rows_of(matrix: np.ndarray) -> dict[int, np.ndarray]:
        moments = {category: _moments(matrix[members[category]]) for category in set(new.values())}
        return {i: Fill("normal", seed, tokens[i]).row(moments[category]) for i, category in new.items()}

    left = [i for i in np.flatnonzero(copied < 0).tolist() if i not in new]
    provenance = {
        "position": position,
        "copy": copy,
        "seed": seed,
        "categories": {" ".join(_names(c)): len(ids) for c, ids in sorted(members.items(), key=lambda m: -len(m[1]))},
    }
    fills = fills_of(target, left, seed)
    return derived_transfer("script", source, target, matrices, copied, rows_of, fills, provenance)


def categories(files: TokenizerFiles, position: bool) -> dict[int, Category]:
    """The category of each token that text makes and that is whole characters."""
    pieces = Pieces.of(files.vocabulary)
    texts = {}
    for i in np.flatnonzero((pieces.role == Role.NORMAL) | (pieces.role == Role.BYTE)).tolist():
        piece = pieces[i]
        if (text := piece.text) is not None and (bare := text[piece.word_start :] or text):
            texts[i] = bare, piece.word_start
    known = scripts_of({character for text, _ in texts.values() for character in text})
    return {
        i: (Counter(known[c] for c in text).most_common(1)[0][0], begins if position else None)
        for i, (text, begins) in texts.items()
    }


def _moments(rows: np.ndarray) -> Moments:
    rows = rows.astype(np.float64)
    return Moments(rows.mean(axis=0), rows.std(axis=0, ddof=1), lambda: np.cov(rows.T))


def _names(category: Category) -> tuple[str, ...]:
    name, begins = category
    return (name,) if begins is None else (name, "initial" if begins else "medial")
