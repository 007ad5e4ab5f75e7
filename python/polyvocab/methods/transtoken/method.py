"""The method: counts of alignments, of equal tokens and of numbers, smoothed, become weights."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Literal

import numpy as np

from ...corpus import Corpus
from ...errors import PolyvocabError
from ...formats.directory import TokenizerFiles
from ...overlap import overlap
from ...pieces import Piece, Pieces, Role
from ...recipe import Csr, assemble
from ...tokenizer import Tokenizer
from ...transfer import SourceTokenizer, TokenizerTransfer
from .._filled import fills_of
from .aligned_words import read_aligned_words
from .pair_counts import AlignedPieces, PairCounts, pair_counts
from .smooth import smooth

AlignedWords = Iterable[tuple[str, str, int]]
_NUMBERS = [str(i) for i in range(9999)] + [f"0{i}" for i in range(99)]


def transtoken(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used: alignments are of parallel text
    seed: int = 0,
    untrained: Collection[int] = (),
    alignments: AlignedWords | str | Path | None = None,
    min_count: int = 10,
    missing: Literal["unk", "normal"] = "unk",
) -> TokenizerTransfer:
    """The transfer; one call serves input and output matrix alike.

    `alignments`: (source word, target word, count), or a file of them (`read_aligned_words`): how often two words of a parallel
    corpus are aligned, as `fast_align` and others find it. Both tokenizers split them, with a space before.

    As published, an equal token in the source counts once among the rest and is not copied; special tokens are, by their roles.
    A token that nothing tells of takes the source's unknown token, or with `missing="normal"` (and always where the source has
    none) is drawn from N(mean, std), as are new special tokens. Where tokens without counts take those of others, source tokens
    that begin a word count twice, in every family (the authors' code does so for SentencePiece alone). `untrained` source
    tokens get no weight.
    """
    if alignments is None:
        raise PolyvocabError("transtoken needs alignments: counts of aligned words of a parallel corpus")
    words = read_aligned_words(alignments) if isinstance(alignments, str | Path) else alignments
    counts = pair_counts(_pieces_of(words, Tokenizer(source), Tokenizer(target)), min_count)
    return transfer_of(counts, source, target, seed=seed, untrained=untrained, missing=missing, min_count=min_count)


def _pieces_of(words: AlignedWords, old: Tokenizer, new: Tokenizer) -> Iterable[AlignedPieces]:
    for one, other, count in words:
        yield old.segment(_word(one)), new.segment(_word(other)), count


def _word(text: str) -> Piece:
    return Piece(text.encode("utf-8", "surrogatepass"), True, Role.NORMAL)


def transfer_of(
    counts: PairCounts,
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    seed: int,
    untrained: Collection[int],
    missing: Literal["unk", "normal"],
    min_count: int,
) -> TokenizerTransfer:
    """The transfer of counts of aligned tokens."""
    found = overlap(source, target)
    copied = found.source.copy()
    copied[found.kind > found.kinds.index("special")] = -1
    add_numbers(counts, source, target)
    for i in found.matched.tolist():
        counts[i][int(found.source[i])] += 1
    aligned = len(counts)
    old, new = Pieces.of(source.vocabulary), Pieces.of(target.vocabulary)
    ordinary = [i for i in np.flatnonzero(copied < 0).tolist() if new.role[i] in (Role.NORMAL, Role.BYTE)]
    smooth(counts, new.spelled, ordinary, [spelled.startswith(b" ") for spelled in old.spelled])
    skipped = frozenset(untrained)
    told = {i: {o: n for o, n in counts[i].items() if o not in skipped} for i in ordinary if counts.get(i)}
    told = {i: parts for i, parts in told.items() if parts}
    unk = source.role_ids.get("unk_token")
    left = [i for i in np.flatnonzero(copied < 0).tolist() if i not in told]
    if missing == "unk" and unk is not None:
        told |= {i: {unk: 1} for i in left if i in set(ordinary)}
        left = [i for i in left if i not in told]
    told = dict(sorted(told.items()))
    rows = np.repeat(np.arange(len(told)), [len(parts) for parts in told.values()])
    columns = np.array([o for parts in told.values() for o in parts], np.int64)
    weights = np.array([n / total for parts in told.values() for total in [sum(parts.values())] for n in parts.values()])
    mixed = np.array(list(told), np.int64), Csr.from_entries(len(told), rows, columns, weights)
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        assemble(copied, len(source.vocabulary), mixed, fills_of(target, left, seed)),
        provenance=(
            {"method": "transtoken", "min_count": min_count, "missing": missing, "seed": seed, "aligned_tokens": aligned},
        ),
    )


def add_numbers(counts: PairCounts, source: TokenizerFiles, target: TokenizerFiles) -> None:
    """One for each number that is a token of the target, and for each that it writes as one token, alone or behind a space: the
    same token of the source, or the first one that the source writes it with."""
    old, new = Tokenizer(source), Tokenizer(target)
    theirs, ours = (
        {spelled: i for i, spelled in reversed(list(enumerate(Pieces.of(files.vocabulary).spelled)))}
        for files in (source, target)
    )
    for number in _NUMBERS:
        first = old.encode(number)[:1]
        bare = number.encode()
        if bare in ours and (same := [theirs[bare]] if bare in theirs else first):
            counts[ours[bare]][same[0]] += 1
        for text in (number, f" {number}"):
            written = new.encode(text)
            if len(written) == 1 and (split := old.encode(text)):
                counts[written[0]][split[0]] += 1
