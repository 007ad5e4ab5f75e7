"""What romanizing makes of the tokens of a vocabulary."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

import numpy as np

from ...errors import PolyvocabError
from ...formats.byte_alphabet import is_text
from ...formats.vocabulary import Spelling, Vocabulary
from ...pieces import Pieces, Role, stands_alone
from ...romanize import Romanizer

_LATIN = frozenset(string.ascii_letters)


class Reading(NamedTuple):
    """A romanization of a token. A token may have several."""

    id: int
    text: str  # without word-start mark
    starts_word: bool | None = None  # None: where the token does, or the text starts with white space


@dataclass(frozen=True, eq=False)
class Romanized:
    """The tokens that romanizing changes into something that can be a token. A token may come again: with another
    romanization, and where nothing says whether it starts a word, its romanization may do both."""

    ids: np.ndarray  # int64 [entries], of the source
    texts: list[str]  # [entries], without word-start mark or white space
    starts: list[bool]  # [entries]: whether it starts a word
    left_out: Counter[str]  # reason to number of tokens


def romanized(
    vocabulary: Vocabulary,
    romanizer: Romanizer,
    given: Sequence[str | None] | Sequence[Reading] | None,
    mark: str | None,
    threads: int = 0,
) -> Romanized:
    """`given`: the romanization of each token, without its word-start mark, None where a token has none; or readings, as many
    as a token has. Without it each token is romanized by itself.

    Left out are tokens that are no whole characters (`partial`), and romanizations that are empty (`empty`), that have white
    space inside (`spaces`: no token of a word has any), and that have no Latin letter, or no mark where there is one
    (`letterless`: numbers and punctuation, which the texts of all scripts share). White space at the end of a romanization is
    dropped; at its beginning it starts a word.
    """
    left_out: Counter[str] = Counter()
    ids, bodies, starts = _bodies(vocabulary, left_out)
    is_words = vocabulary.spelling is Spelling.WORDPIECE
    entries: dict[tuple[int, str, bool], None] = {}  # in their order
    for e, text, starts_word in _readings(vocabulary, romanizer, given, ids, bodies, threads):
        body = bodies[e]
        if text == body:
            continue
        parts = text.split()
        if len(parts) != 1:
            left_out["spaces" if parts else "empty"] += 1
            continue
        (word,) = parts
        if mark not in word if mark is not None else _LATIN.isdisjoint(word):
            left_out["letterless"] += 1
        elif starts_word is not None:
            entries[ids[e], word, starts_word] = None
        elif is_words and all(map(stands_alone, body)):
            entries |= dict.fromkeys([(ids[e], word, True), (ids[e], word, False)])
        else:
            entries[ids[e], word, starts[e] or text[0].isspace()] = None
    if given is not None and mark is not None and not entries:
        raise PolyvocabError(f"no romanization has the mark {mark!r}: make them with Romanizer(mark={mark!r}), see choose_mark")
    return Romanized(np.array([e[0] for e in entries], np.int64), [e[1] for e in entries], [e[2] for e in entries], left_out)


def _readings(
    vocabulary: Vocabulary,
    romanizer: Romanizer,
    given: Sequence[str | None] | Sequence[Reading] | None,
    ids: list[int],
    bodies: list[str],
    threads: int,
) -> Iterator[tuple[int, str, bool | None]]:
    """(place in `ids`, romanization, whether it starts a word where that is said)."""
    if given is None:
        yield from ((e, text, None) for e, text in enumerate(romanizer.batch(bodies, threads=threads)))
    elif given and isinstance(given[0], Reading):
        places = {i: e for e, i in enumerate(ids)}
        for reading in given:
            if not 0 <= reading.id < len(vocabulary):
                raise PolyvocabError(f"{reading}: the vocabulary has the ids 0 to {len(vocabulary) - 1}")
            if reading.id in places:
                yield places[reading.id], reading.text, reading.starts_word
    elif len(given) != len(vocabulary):
        raise PolyvocabError(f"{len(given)} romanizations for a vocabulary of {len(vocabulary)} tokens: give one for each id")
    else:
        yield from ((e, given[i], None) for e, i in enumerate(ids) if given[i] is not None)


def _bodies(vocabulary: Vocabulary, left_out: Counter[str]) -> tuple[list[int], list[str], list[bool]]:
    """The ids of tokens that text produces, what they stand for, and whether they start a word."""
    pieces = Pieces.of(vocabulary)
    wanted = pieces.role == Role.NORMAL
    wanted[list(vocabulary.literal | vocabulary.unused)] = False
    ids = np.flatnonzero(wanted).tolist()
    try:
        texts = [pieces.spelled[i].decode("utf-8") for i in ids]
    except UnicodeDecodeError:
        whole = [i for i in ids if is_text(pieces.spelled[i])]
        left_out["partial"] = len(ids) - len(whole)
        ids, texts = whole, [pieces.spelled[i].decode("utf-8") for i in whole]
    if vocabulary.spelling is Spelling.WORDPIECE:
        met = [not _is_never_met(vocabulary, i, text) for i, text in zip(ids, texts, strict=True)]
        ids, texts = list(compress(ids, met)), list(compress(texts, met))
    return ids, [text.removeprefix(" ") for text in texts], [text.startswith(" ") for text in texts]


def _is_never_met(vocabulary: Vocabulary, i: int, text: str) -> bool:
    """BERT cuts ideographs and punctuation off, so that none of them continues a word: such rows were never trained."""
    token = vocabulary.tokens[i]
    return token.startswith(vocabulary.continuing_prefix) and text != token and all(map(stands_alone, text))
