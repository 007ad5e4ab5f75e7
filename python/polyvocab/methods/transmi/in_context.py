"""Romanizations of a vocabulary's tokens as they are inside words.

A romanizer looks at a whole word: Thai writes some vowels before the consonant that they follow in speech, a Khmer or Tibetan
consonant has its inherent vowel or not, a Chinese character another reading in another word. A token by itself is romanized
without all that, and a vocabulary of such romanizations does not fit romanized text. Here words of a corpus are romanized as
wholes, and each token of a word is given its part.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby, pairwise
from typing import Any

import numpy as np

from ...corpus import Corpus
from ...errors import PolyvocabError
from ...formats.byte_alphabet import is_text
from ...formats.directory import TokenizerFiles
from ...formats.vocabulary import Spelling, Vocabulary
from ...pieces import Pieces, Role, stands_alone
from ...romanize import Edge, Romanizer
from ...tokenizer import Tokenizer
from .romanized import Reading

_BATCH = 1 << 14  # characters that are tokenized and romanized at once
_HELD = 1 << 18  # different words that are held before they are looked at
_NONE, _SHARED = -1, -2
_Found = defaultdict[int, Counter[tuple[str, bool]]]


@dataclass(frozen=True, eq=False)
class ContextRomanizations:
    """What `romanize_in_context` found. Special tokens, bytes and parts of characters have no romanization: None."""

    isolated: Sequence[str | None]  # [tokens]: the romanization of each token by itself, without its word-start mark
    found: Mapping[int, Mapping[tuple[str, bool], int]]  # id: {(a part of a word's romanization, it starts a word): how often}
    least: int  # so often a token must occur

    @cached_property
    def texts(self) -> list[str | None]:
        """[tokens]: the romanization that each token most often has; by itself where the corpus has too little of it."""
        texts = list(self.isolated)
        for i in self._known():
            texts[i] = self._most_frequent(i)[0]
        return texts

    def readings(self, share: float = 0.1) -> list[Reading]:
        """All romanizations that a token has in at least this share of its occurrences, each with whether it starts a word in
        romanized text; the one by itself where the corpus has too little of the token."""
        known = set(self._known())
        made = [Reading(i, text) for i, text in enumerate(self.isolated) if text is not None and i not in known]
        for i in sorted(known):
            total = sum(self.found[i].values())
            made += [Reading(i, *way) for way, times in sorted(self.found[i].items()) if times >= share * total]
        return made

    @cached_property
    def occurrences(self) -> np.ndarray:
        """uint64 [tokens]: how often the corpus has the token with a part of its word's romanization."""
        return self._numbers({i: sum(ways.values()) for i, ways in self.found.items()})

    @cached_property
    def agreeing(self) -> np.ndarray:
        """uint64 [tokens]: how often that part is the most frequent one."""
        return self._numbers({i: self._most_frequent(i)[1] for i in self.found})

    @cached_property
    def changed(self) -> np.ndarray:
        """int64: ids of the tokens that most often are romanized in another way than by themselves."""
        return np.array([i for i in sorted(self._known()) if self._most_frequent(i)[0] != self._own(i)], np.int64)

    def describe(self) -> str:
        """A line for a report."""
        found, total, agreeing = int((self.occurrences > 0).sum()), int(self.occurrences.sum()), int(self.agreeing.sum())
        return (
            f"{found:,} of {sum(text is not None for text in self.isolated):,} tokens occur in the corpus, {total:,} times, "
            f"{agreeing / max(total, 1):.1%} of them with their most frequent romanization; {len(self.changed):,} of these are "
            "others than of the token by itself"
        )

    def _known(self) -> list[int]:
        return [i for i, ways in self.found.items() if sum(ways.values()) >= self.least]

    def _most_frequent(self, i: int) -> tuple[str, int]:
        counts: Counter[str] = Counter()
        for (text, _), times in self.found[i].items():
            counts[text] += times
        text, times = min(counts.items(), key=lambda item: (-item[1], item[0] != self._own(i), item[0]))
        return text, times

    def _own(self, i: int) -> str:
        return (self.isolated[i] or "").strip()

    def _numbers(self, numbers: Mapping[int, int]) -> np.ndarray:
        array = np.zeros(len(self.isolated), np.uint64)
        array[list(numbers)] = list(numbers.values())
        return array


def romanize_in_context(
    source: TokenizerFiles,
    romanizer: Romanizer,
    corpus: Any,
    *,
    field: str = "text",
    least: int = 1,
    threads: int = 0,
) -> ContextRomanizations:
    """Romanize the tokens of `source` as they are in a corpus: anything that `polyvocab.corpus.Corpus` takes, or a mapping of
    words to how often each occurs. A word is what stands between white space; it is tokenized and romanized between spaces.

    A token has the romanization of its characters: of each edge (see `Romanizer.edges`) that lies in it. An edge across several
    tokens, such as a Thai vowel with the consonant behind it, is cut where its parts by themselves give the same together, and
    else goes as a whole to the token with most of its characters, to the first of these. So the parts of a word together are
    the romanization of the word. Of equally frequent romanizations of a token the one by itself is taken, and else the first in
    the order of code points. An empty part is no evidence. A token starts a word in romanized text behind white space (in a
    WordPiece also behind what stands alone), not behind a letter or digit, and elsewhere where it does in the text itself.

    `least`: how often a token must occur; what occurs less is romanized by itself. `threads`: for tokens by themselves.

    Raises `CorpusError` for text that cannot be read, `UnsupportedComponent` for a tokenizer whose tokens do not say where
    words start.
    """
    if least < 1:
        raise PolyvocabError(f"least={least}: a romanization in context needs at least 1 occurrence")
    bodies, starts = _bodies(source.vocabulary)
    made = iter(romanizer.batch([body for body in bodies if body is not None], threads=threads))
    isolated = [None if body is None else next(made) for body in bodies]
    wanted = [body is not None for body in bodies]
    aligner = _Aligner(Tokenizer(source), romanizer, wanted, starts, source.vocabulary.spelling, defaultdict(Counter))
    for words in _counted(corpus, field):
        for text, weights in _batches(words):
            aligner.add(text, weights)
    return ContextRomanizations(isolated, dict(aligner.found), least)


def _bodies(vocabulary: Vocabulary) -> tuple[list[str | None], list[bool]]:
    """What each token stands for, without the space before it, None where that is no text; and whether it starts a word."""
    pieces = Pieces.of(vocabulary)
    is_normal = (pieces.role == Role.NORMAL).tolist()
    bodies = [
        data.decode("utf-8").removeprefix(" ") if normal and is_text(data) else None
        for data, normal in zip(pieces.spelled, is_normal, strict=True)
    ]
    return bodies, [data.startswith(b" ") for data in pieces.spelled]


def _counted(corpus: Any, field: str) -> Iterator[Mapping[str, int]]:
    """The words of the corpus with their counts; a word may come again."""
    if isinstance(corpus, Mapping):
        yield corpus
        return
    words: Counter[str] = Counter()
    for document in Corpus.of(corpus, field=field):
        words.update(document.split())
        if len(words) > _HELD:
            yield words
            words = Counter()
    yield words


def _batches(words: Mapping[str, int]) -> Iterator[tuple[str, list[int]]]:
    """Words in one text, a letter before and behind them so that each has a space on either side, and for each character of
    the text the count of its word."""
    parts, weights = ["x"], [0]
    for word, count in words.items():
        parts.append(word)
        weights += [0, *[count] * len(word)]
        if len(weights) > _BATCH:
            yield " ".join([*parts, "x"]), [*weights, 0, 0]
            parts, weights = ["x"], [0]
    if len(parts) > 1:
        yield " ".join([*parts, "x"]), [*weights, 0, 0]


@dataclass(frozen=True)
class _Aligner:
    """Gives tokens their parts of a romanization, text by text."""

    tokenizer: Tokenizer
    romanizer: Romanizer
    wanted: list[bool]  # by id
    starts: list[bool]  # by id: whether it starts a word of the text
    spelling: Spelling
    found: _Found

    def add(self, text: str, weights: list[int]) -> None:
        """`weights` of each character: how often its word counts, 0 between words."""
        aligned = self.tokenizer.encode_aligned(text)
        owners, firsts = _owners(text, aligned.spans, weights)
        parts, before, last = [""] * len(firsts), [" "] * len(firsts), " "
        for edge in self.romanizer.edges(text):
            for owner, letters in self._shares(edge, owners, text):
                if not letters:
                    continue
                if owner >= 0:
                    if not parts[owner]:
                        before[owner] = " " if letters[0].isspace() else last
                    parts[owner] += letters
                last = letters[-1]
        for i, first, part, behind in zip(aligned.ids.tolist(), firsts, parts, before, strict=True):
            if first != _NONE and self.wanted[i] and (letters := part.strip()):
                self.found[i][letters, self._starts(i, behind)] += weights[first]

    def _shares(self, edge: Edge, owners: list[int], text: str) -> list[tuple[int, str]]:
        """The parts of an edge, with the tokens that have them."""
        owner = owners[edge.start]
        if all(other == owner for other in owners[edge.start + 1 : edge.end]):
            return [(owner, edge.text)]
        runs = [(owner, len(list(run))) for owner, run in groupby(owners[edge.start : edge.end])]
        ends = [edge.start, *(edge.start + size for size in accumulate(size for _, size in runs))]
        alone = self.romanizer.batch([text[a:b] for a, b in pairwise(ends)], threads=1)
        if "".join(alone) == edge.text:
            return [(owner, part) for (owner, _), part in zip(runs, alone, strict=True)]
        tokens = [run for run in runs if run[0] >= 0]
        owner, _ = max(tokens or runs, key=lambda run: run[1])  # of equal ones the first
        return [(owner, edge.text)]

    def _starts(self, i: int, behind: str) -> bool:
        """Whether a token starts a word of the romanized text, behind this character of it."""
        if self.spelling is Spelling.WORDPIECE:
            return behind.isspace() or stands_alone(behind)
        return behind.isspace() or (self.starts[i] and not behind.isalnum())


def _owners(text: str, spans: np.ndarray, weights: list[int]) -> tuple[list[int], list[int]]:
    """For each character the token that it belongs to, _NONE or _SHARED; for each token its first character, _NONE where it has
    none for itself."""
    data = np.frombuffer(text.encode("utf-8"), np.uint8)
    character = np.concatenate([[0], np.cumsum((data & 0xC0) != 0x80)])  # how many characters begin before each byte
    owners, firsts = [_NONE] * len(text), []
    for token, (start, end) in enumerate(character[spans].tolist()):
        while start < end and not weights[start]:  # the space that a token of a word begins with
            start += 1
        taken = {owner for owner in owners[start:end] if owner != _NONE}
        for owner in taken - {_SHARED}:  # several tokens are parts of one character
            firsts[owner] = _NONE
        owners[start:end] = [token if owner == _NONE else _SHARED for owner in owners[start:end]]
        firsts.append(start if start < end and not taken else _NONE)
    return [_SHARED if owner >= 0 and firsts[owner] == _NONE else owner for owner in owners], firsts
