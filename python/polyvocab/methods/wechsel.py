"""WECHSEL: Effective initialization of subword embeddings for cross-lingual transfer (Minixhofer et al., NAACL 2022).

Word vectors of both languages are brought into one space by a bilingual dictionary (orthogonal Procrustes); tokens get vectors
there by their n-grams, and each new token is a softmax over its ten nearest source tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np

from ..corpus import Corpus
from ..errors import FormatError, PolyvocabError
from ..formats.directory import TokenizerFiles
from ..overlap import Canonical
from ..pieces import Pieces, Role
from ..transfer import SourceTokenizer, TokenizerTransfer
from ..vectors import SubwordVectors, TokenVectors, read_fasttext_bin
from ._filled import Copy, copied_from
from ._neighbours import neighbours_recipe

Pairs = Iterable[tuple[str, str]]


def wechsel(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used: the vectors know the language
    seed: int = 0,
    untrained: Collection[int] = (),
    source_vectors: SubwordVectors | str | Path | None = None,
    target_vectors: SubwordVectors | str | Path | None = None,
    dictionary: Pairs | str | Path | None = None,
    neighbours: int = 10,
    temperature: float = 0.1,
    copy: Copy = "special",
    canonical: Canonical = "bytes",
    threads: int = 0,
    progress: bool = False,
) -> TokenizerTransfer:
    """The transfer; one call serves input and output matrix alike.

    `source_vectors`, `target_vectors`: word vectors with n-grams of the source's (its main) and the target's language, made by
    `vectors.train_words` or read from fastText's `.bin`. `dictionary`: pairs of a source word and its translation, or a file of
    them, one pair a line with a tab between; each pair counts in lower case, as it is, and in title case on both sides, where
    the vectors know the words.

    As published, special tokens alone are copied (`copy="overlap"` copies all that both vocabularies have), and every source
    token can be a neighbour; `untrained` ones cannot. A token is looked up by its text without the space at its beginning. What
    is no whole characters has no vector and is drawn from N(mean, std); with `canonical="decoded"`, as published, all such
    tokens share the vector of the replacement character.
    """
    if source_vectors is None or target_vectors is None or dictionary is None:
        raise PolyvocabError("wechsel needs source_vectors and target_vectors (fastText .bin) and a bilingual dictionary")
    theirs, ours = (v if isinstance(v, SubwordVectors) else read_fasttext_bin(v) for v in (source_vectors, target_vectors))
    pairs = list(read_dictionary(dictionary) if isinstance(dictionary, str | Path) else dictionary)
    rotation, used = procrustes(theirs, ours, pairs)
    spaces = (
        token_vectors(source, theirs, canonical, rotation),
        token_vectors(target, ours, canonical),
    )
    recipe = neighbours_recipe(
        copied_from(source, target, copy),
        target,
        spaces,
        neighbours=neighbours,
        temperature=temperature,
        untrained=untrained,
        seed=seed,
        threads=threads,
        progress=progress,
    )
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        recipe,
        provenance=(
            {
                "method": "wechsel",
                "neighbours": neighbours,
                "temperature": temperature,
                "copy": copy,
                "canonical": canonical,
                "seed": seed,
                "dictionary_pairs": len(pairs),
                "aligned_by": used,
                "vectors_dim": int(rotation.shape[1]),
            },
        ),
    )


def read_dictionary(path: str | Path) -> list[tuple[str, str]]:
    """Pairs of words, one a line, with a tab between them, or a space. Raises `FormatError` with the line."""
    pairs = []
    try:
        lines = Path(path).read_bytes().decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise FormatError(path, f"byte {error.start} is not UTF-8") from error
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        words = line.strip().split("\t") if "\t" in line.strip() else line.split()
        if len(words) != 2:
            raise FormatError(path, f"line {number}: expected two words with a tab between them")
        pairs.append((words[0].strip(), words[1].strip()))
    return pairs


def procrustes(source: SubwordVectors, target: SubwordVectors, pairs: Pairs) -> tuple[np.ndarray, int]:
    """(R, how many rows it was found by): the orthogonal float64 [dim, dim] that minimizes |A R - B| over the vectors A and B
    of the pairs that both sides know, in all their cases (Xing et al. 2015, without scaling to length 1).

    Raises `PolyvocabError` where the widths differ, or no pair is known.
    """
    if source.dim != target.dim:
        raise PolyvocabError(f"source vectors of width {source.dim}, target vectors of width {target.dim}: they must agree")
    rows = [
        (s, t)
        for one, other in pairs
        for s in (one, one.lower(), one.title())
        for t in (other, other.lower(), other.title())
        if s in source and t in target
    ]
    if not rows:
        raise PolyvocabError("the vectors know no pair of the dictionary: is it of these two languages, and in this order?")
    a, b = (side.vectors([row[i] for row in rows]).astype(np.float64) for i, side in enumerate((source, target)))
    left, _, right = np.linalg.svd(a.T @ b)
    return left @ right, len(rows)


def token_vectors(
    files: TokenizerFiles, words: SubwordVectors, canonical: Canonical, rotation: np.ndarray | None = None
) -> TokenVectors:
    """The vector of each token's text, turned by `rotation`."""
    pieces = Pieces.of(files.vocabulary)
    texts = {i: text for i in range(len(pieces)) if (text := _text(pieces, i, canonical))}
    known = list(texts)
    matrix = np.zeros((len(pieces), words.dim), np.float32)
    found = words.vectors(texts.values())
    matrix[known] = found if rotation is None else found @ rotation
    return TokenVectors(matrix, matrix.any(axis=1))


def _text(pieces: Pieces, i: int, canonical: Canonical) -> str | None:
    if pieces.role[i] == Role.HOLE:
        return None
    try:
        return pieces.spelled[i].decode("utf-8", "strict" if canonical == "bytes" else "replace").strip()
    except UnicodeDecodeError:
        return None
