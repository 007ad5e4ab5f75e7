"""Only some words of a text transliterated: those for which a predicate is true (Micallef et al. 2024: by etymology)."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache

from ..errors import PolyvocabError

_REMEMBERED = 1 << 20  # words whose answers are kept


class ChosenWords:
    """Texts in which the words that `is_chosen` holds for are transliterated, each as a text of its own; all else stays.

    A word is what `pattern` finds; by default a run of letters, digits, combining marks and joiners, so that punctuation,
    apostrophes and hyphens end words. The predicate is asked once or a few times for each different word.
    """

    def __init__(
        self,
        is_chosen: Callable[[str], bool],
        transliterate: Callable[[Sequence[str]], list[str]],
        pattern: str | re.Pattern[str] | None = None,
    ) -> None:
        """`transliterate`: of many texts at once. Raises `PolyvocabError` for a pattern that is no regular expression."""
        self._is_chosen = lru_cache(_REMEMBERED)(is_chosen)
        self._transliterate = transliterate
        try:
            self._words = re.compile(pattern or default_pattern())
        except re.error as error:
            raise PolyvocabError(f"the pattern of words {pattern!r} is no regular expression: {error}") from error

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """Raises `PolyvocabError` with the word that the predicate fails on."""
        words = {word: "" for text in texts for word in self._found(text)}
        chosen = [word for word in words if self._asked(word)]
        made = {word: word for word in words} | dict(zip(chosen, self._transliterate(chosen), strict=True))
        return [self._words.sub(lambda match: made[match[0]], text) for text in texts]

    def _found(self, text: str) -> Iterable[str]:
        return (match[0] for match in self._words.finditer(text))

    def _asked(self, word: str) -> bool:
        try:
            return bool(self._is_chosen(word))
        except Exception as error:
            raise PolyvocabError(f"the predicate of words fails on {word!r}: {error!r}") from error


def listed(words: Iterable[str]) -> Callable[[str], bool]:
    """The predicate of a list of words; case does not count."""
    known = frozenset(word.strip().casefold() for word in words)
    return lambda word: word.casefold() in known


@cache
def default_pattern() -> str:
    """A run of letters, digits, combining marks and joiners. Python's `re` has no class of marks."""
    marks: list[list[int]] = []
    for point in range(sys.maxunicode + 1):
        if unicodedata.category(chr(point))[0] == "M":
            if marks and marks[-1][1] == point - 1:
                marks[-1][1] = point
            else:
                marks.append([point, point])
    ranges = "".join(f"{chr(first)}-{chr(last)}" for first, last in marks)
    return f"(?:[^\\W_]|[{ranges}\u200c\u200d])+"
