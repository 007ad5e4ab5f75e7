"""Split patterns: the automaton and its quick cuts against the backtracking engine of the package `regex`."""

from random import Random

import pytest
import regex
from polyvocab._core import unicode
from polyvocab._core.components import Splitter
from polyvocab.tokenizer.components import GPT2_PATTERN
from strategies_text import hard_texts

_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
PATTERNS = {
    "gpt2": GPT2_PATTERN,
    "llama3": _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + _TAIL,
    "qwen2": _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + _TAIL,
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
    r"|\s+(?!\S)|\s",
    "o200k": rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_CONTRACTIONS}?"
    rf"|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_CONTRACTIONS}?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "clip": r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    "two spaces": " {2,}",
    "lazy": r"a.*?b|[a-c]{2,4}?|\d+?x",
    "possessive": r"a++b|[ab]{1,2}+c|\s++\S|x",
    "look ahead": r"a(?=b)|b(?!\p{L})|[^ab]+",
}
# Python's \s has U+001C to U+001F, which Unicode's White_Space lacks.
_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def _reference(pattern: str):
    in_brackets = pattern.replace(r"[^\s", f"[^{_SPACE}").replace(r"\S", f"[^{_SPACE}]").replace(r"\s", f"[{_SPACE}]")
    return regex.compile(in_brackets.replace("$", r"\Z"))


# `regex` is younger than the tables: code points that are not assigned in them may be something there.
_UNASSIGNED = {code for first, last in unicode.property("Cn").tolist() if first < 0xF0000 for code in range(first, last + 1)}


def _is_known(text: str) -> bool:
    return not any(ord(c) in _UNASSIGNED or c in "\u1c89\u1c8a\ua7cb\ua7da\ua7db" for c in text)


def _byte_ranges(text: str, found) -> list[tuple[int, int]]:
    at = [0]
    for character in text:
        at.append(at[-1] + len(character.encode()))
    return [(at[m.start()], at[m.end()]) for m in found]


@pytest.mark.parametrize("name", PATTERNS)
def test_matches_are_those_of_a_backtracking_engine(name):
    splitter, reference = Splitter(PATTERNS[name], "rust"), _reference(PATTERNS[name])
    for text in filter(_is_known, hard_texts(3000, seed=1)):
        assert splitter.matches(text) == _byte_ranges(text, reference.finditer(text)), text


def _require_quick_cuts(splitter: Splitter, text: str) -> None:
    ends, at = [], 0
    for begin, end in splitter.matches(text):
        ends += [begin] * (begin > at) + [end]
        at = end
    ends += [len(text.encode())] * (at < len(text.encode()))
    assert splitter.cuts(text) == ends, text


@pytest.mark.parametrize("name", PATTERNS)
def test_quick_cuts_are_the_matches_and_what_lies_between(name):
    splitter = Splitter(PATTERNS[name], "rust")
    for text in [*hard_texts(1500, seed=2), *hard_texts(150, seed=3, parts=400), "x = 1\n" * 40, "AbC/d'ef " * 30]:
        _require_quick_cuts(splitter, text)


_LAYOUT_PATTERNS = [
    r"\s*[\r\n]+|\s+(?!\S)|\s+|\S+",
    r"\n {2,3}|\n {4}a|\s|[a-z]+|.",
    r"[a\n] *[b.]|[^ ]| +",
    r"\n( {3})*a|[\s\S]",
]


@pytest.mark.parametrize("pattern", [*PATTERNS.values(), *_LAYOUT_PATTERNS])
def test_quick_cuts_around_runs_of_spaces(pattern):
    splitter, random = Splitter(pattern, "rust"), Random(4)
    parts = [
        "\n",
        "\n",
        "\r\n",
        "\t",
        "a",
        "b",
        "Ab",
        "1",
        "12",
        ".",
        "'s",
        "/",
        "é",
        "\u3000",
        *(" " * n for n in (1, 1, 2, 3, 4, 7, 61)),
    ]
    for _ in range(1500):
        _require_quick_cuts(splitter, "".join(random.choices(parts, k=random.randrange(1, 60))))


@pytest.mark.parametrize("name", PATTERNS)
def test_quick_cuts_of_many_scripts(name):
    """Pieces that go over from ASCII to other scripts and back, at any place of a block of 64 bytes."""
    splitter, random = Splitter(PATTERNS[name], "rust"), Random(5)
    scripts = [
        "слово Ёлка",
        "हिन्दी में",
        "ภาษาไทย",
        "中文字",
        "Ελληνικά",
        "ǅenan",
        "عَرَبِيّ",
        "한국어",
        "ıİſK",
        "𝔸𝔹𐐀",
        "🙂🙃",
        "’…—",
        "٣٤٥",
        "\u3000\x85",
    ]
    ascii = ["don't", "it's", "'", "/", "\n", "\r\n", "\t", " ", "  ", "a" * 30, "Ab", "12", "1234", "-" * 9, ". ", " " * 40]
    for _ in range(1500):
        words = [random.choice(random.choice((scripts, ascii))) for _ in range(random.randrange(1, 40))]
        _require_quick_cuts(splitter, "".join(word[random.randrange(len(word)) :] for word in words))


@pytest.mark.parametrize(
    "pattern", [r"\s{1,900}|\S+", "|".join(chr(0x4E00 + i) + "[一-鿿]{9}" for i in range(60)) + r"|[\s\S]"]
)
def test_automata_that_are_too_large_for_windows(pattern):
    splitter, random = Splitter(pattern, "oniguruma"), Random(6)
    for _ in range(50):
        parts = random.choices(["a", "  ", " " * 1000, "\n", "一", "丁" * 15, "一丁" * 30, "é"], k=random.randrange(1, 30))
        _require_quick_cuts(splitter, "".join(parts))


def test_the_two_dialects_differ_where_their_engines_do():
    assert Splitter(r"\d{1,3}+", "oniguruma").matches("12345") == [(0, 5)]  # repeated
    assert Splitter(r"\d{1,3}+", "rust").matches("12345") == [(0, 3), (3, 5)]  # possessive
    assert Splitter(r"a$", "oniguruma").matches("a\na") == [(0, 1), (2, 3)]  # the end of a line
    assert Splitter(r"a$", "rust").matches("a\na") == [(2, 3)]  # the end of the text


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (r"(a)\1", "escape"),
        (r"(?<=a)b", "group"),
        (r"a(?!bc)", "look-ahead of anything but one character at byte 6"),
        (r"\bword", "escape"),
        (r"^a", "anchor"),
        (r"a*", "empty text"),
        (r"(ab)++", "possessive"),
        (r"a{2,1}", "wrong order"),
        (r"\p{Klingon}", "property Klingon"),
        (r"[z-a]", "wrong order"),
        (r"(a", "without its"),
        (r"a)", "without its"),
        (r"[a", "without its"),
        (r"(?i:st)", "ligature"),
        ("(" * 300 + ")" * 300, "too deeply"),
        (r"((a{900}){900}){900}", "too large"),
        (r".*a.{15}", "too many states"),
        ("a" + "{2,}" * 10 + "|" + "|".join(map(chr, range(0x4E00, 0x4E00 + 200))), "too many steps"),
        (r"\u12", "hexadecimal"),
    ],
)
def test_what_is_not_regular_is_refused_by_name(pattern, what):
    with pytest.raises(ValueError, match=what):
        Splitter(pattern, "oniguruma")
