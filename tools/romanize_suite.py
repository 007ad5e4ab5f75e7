"""The generated suite for `polyvocab.romanize`: texts with a language code and an output format each.

It comes in numbered chunks of 1000 cases. A chunk depends on its kind and number alone, so that any part can be made again.

- `points`: every code point up to 0x1FFFF alone, between two letters of its script, beside letters, spaces and digits, and
  beside the signs that rules of other scripts ask for
- `keys`: every key of a rule alone, at the start, the end and inside of a word, doubled, before the signs of its script
- `random`: texts by script, with neighbours of other scripts, marks, joiners, spaces, full stops, capitals, digits
- `numbers`: digits of all scripts, numerals with large powers, fractions, decimals, signs, very long runs
- `scripts`: what Tibetan, Thai, Braille, Coptic, Japanese and the scripts with inherent vowels have rules of their own for
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

import romanize_words
from romanize_peer import FORMATS

CHUNK = 1000
_POINTS = 0x20000
RANDOM_CHUNKS = {"random": 220, "numbers": 50, "scripts": 50}
# Codes that the algorithm itself asks for, and some that it has no rule for.
_OTHER_LANGS = ("asm", "ben", "guj", "kas", "pan", "san", "hin", "mar", "nep", "tam", "tha", "khm", "bod", "jpn", "zho", "xxx")
_JOINERS = ("\u200c", "\u200d", "\u00ad", "\ufeff", "\u2060", "\u200e")
_SPACES = (" ", " ", " ", " ", "  ", "\u00a0", "\u3000", "\u2003", "\t", "\u1680")
_STOPS = (
    ".",
    ",",
    ". ",
    ", ",
    "; ",
    "。",
    "、",
    "་",
    "།",
    "।",
    "॥",
    "!",
    "?",
    "-",
    "'",
    "’",
    "·",
    ":",
    "(",
    ")",
    "/",
    "%",
    "⁄",
)
_MARKS = (
    "\u0300",
    "\u0301",
    "\u0303",
    "\u0308",
    "\u0327",
    "\u0323",
    "\u20d0",
    "\ufe0f",
    "\u0651",
    "\u064e",
    "\u05b8",
    "\u3099",
)
_SINGLES = ("०", "၀", "½", "Ⅻ", "²", "①", "ﷺ", "ﬁ", "Å", "™", "㎏", "豈", "ｱ", "Ａ", "�", "\ue000", "\uf8f2", "𐌰", "🙂", "́")


class Case(NamedTuple):
    text: str
    lang: str | None
    form: str


class Suite:
    """The cases, made from the tables that the package has loaded."""

    def __init__(self, data: object, seed: int = 0) -> None:
        self._seed = seed
        self._keys = sorted(key for key, rules in data.rom_rules.items() if key and rules)
        self._script_of: Callable[[str], str] = lambda char: data.dict_str.get(("script", char), "")
        self._chars: dict[str, list[str]] = defaultdict(list)
        for (name, *rest), script in data.dict_str.items():
            if name == "script" and script:
                self._chars[script].append(rest[0])
        for chars in self._chars.values():
            chars.sort()
        self._letters = {s: [c for c in chars if c.isalpha()] or chars for s, chars in self._chars.items()}
        self._signs: dict[str, list[str]] = defaultdict(list)  # vowel signs, viramas, medial consonants, tone marks
        self._viramas: dict[str, list[str]] = defaultdict(list)
        for (name, *rest), value in sorted(data.dict_bool.items()):
            if value and name in ("is-vowel-sign", "is-virama", "is-medial-consonant-sign"):
                self._signs[self._script_of(rest[0])].append(rest[0])
                if name == "is-virama":
                    self._viramas[self._script_of(rest[0])].append(rest[0])
        for key, value in sorted(data.dict_str.items()):
            if key[0] == "tone-mark" and value:
                self._signs[self._script_of(key[1])].append(key[1])
        self._keys_of: dict[str, list[str]] = defaultdict(list)
        self._conditional: dict[str, list[str]] = defaultdict(list)  # keys with conditions, alternatives or several letters
        self._langs_of: dict[str, list[str]] = defaultdict(list)
        self._langs_of_key: dict[str, list[str]] = {}
        for key in self._keys:
            script, rules = self._script_of(key[0]), data.rom_rules[key]
            self._keys_of[script].append(key)
            if len(key) > 1 or len(rules) > 1 or rules[0]["n-restr"] or rules[0]["t-alts"] or rules[0]["t-at-end-of-syllable"]:
                self._conditional[script].append(key)
            langs = sorted({lang for rule in rules for lang in rule["lcodes"] or ()})
            if langs:
                self._langs_of_key[key] = langs
                self._langs_of[script] = sorted({*self._langs_of[script], *langs})
        self.langs = sorted({*_OTHER_LANGS, *(lang for langs in self._langs_of.values() for lang in langs)})
        self._scripts = sorted(self._chars)
        # Scripts that people write, and scripts with handling of their own, come more often than the others.
        self._frequent = [s for s in self._scripts if self._conditional.get(s) or self._signs.get(s)]
        self._numerals: dict[str, list[str]] = defaultdict(list)
        for char, props in sorted(data.num_props.items()):
            if props:
                self._numerals[props.get("script") or "none"].append(char)
        self._fractions = sorted(c for c, props in data.num_props.items() if props and props.get("fraction"))
        self._other_numerals = [c for c in map(chr, range(0x20000)) if c not in data.num_props and _is_numeric(c)]
        self._powers = sorted(c for c, props in data.num_props.items() if props and (props.get("value") or 0) >= 10)

    def chunks(self) -> dict[str, int]:
        """How many chunks each kind has."""
        return {
            "points": -(-_POINTS // CHUNK) * len(POINT_WAYS),
            "keys": -(-len(self._keys) // CHUNK) * _KEY_WAYS,
            **RANDOM_CHUNKS,
        }

    def chunk(self, kind: str, number: int) -> list[Case]:
        """The cases of a chunk."""
        rng = Random(f"{self._seed} {kind} {number}")
        texts = {
            "points": self._points,
            "keys": self._key_texts,
            "random": self._random,
            "numbers": self._numbers,
            "scripts": self._special,
        }[kind]
        return [self._case(rng, text, about) for text, about in texts(number, rng)]

    def _case(self, rng: Random, text: str, about: str) -> Case:
        """A text with a code (one that rules about `about` have more often than others) and a format."""
        draw, lang = rng.random(), None
        langs = self._langs_of_key.get(about) or self._langs_of.get(self._script_of(about[:1]))
        if draw < 0.4 and langs:
            lang = rng.choice(langs)
        elif draw < 0.8:
            lang = rng.choice(self.langs)
        return Case(text, lang, rng.choice(FORMATS))

    def _points(self, number: int, rng: Random) -> Iterator[tuple[str, str]]:
        way = POINT_WAYS[number % len(POINT_WAYS)]
        first = number // len(POINT_WAYS) * CHUNK
        for point in range(first, min(first + CHUNK, _POINTS)):
            if 0xD800 <= point < 0xE000:  # surrogates are no characters
                continue
            c = chr(point)
            letters = self._letters.get(self._script_of(c)) or self._letters["Latin"]
            yield way.format(c=c, b=rng.choice(letters), a=rng.choice(letters)), c

    def _key_texts(self, number: int, rng: Random) -> Iterator[tuple[str, str]]:
        way, first = number % _KEY_WAYS, number // _KEY_WAYS * CHUNK
        for key in self._keys[first : first + CHUNK]:
            script = self._script_of(key[0])
            letters = self._letters.get(script) or self._letters["Latin"]
            before, after = rng.choice(letters), rng.choice(letters)
            sign = rng.choice(self._signs.get(script) or _MARKS)
            virama = rng.choice(self._viramas.get(script) or _MARKS)
            yield (
                (
                    key,
                    key + after,
                    before + key,
                    before + key + after,
                    key + key,
                    key + sign + after,
                    before + key + virama,
                    f"{key} {before}{key}{sign} {key}{virama}{after}",
                    f"{before.upper()}{key}{key.upper()}{after} {key}.",
                    f"⠠{key}⠀⠠⠠{key}⠀っ{key}ゃー",
                    f"เ{key}า \u0a71{key}\u0300 {key}\u094d{key}",
                )[way],
                key,
            )

    def _random(self, number: int, rng: Random) -> Iterator[tuple[str, str]]:
        for _ in range(CHUNK):
            script = rng.choice(self._frequent if rng.random() < 0.7 else self._scripts)
            yield self._text(rng, script), rng.choice(self._letters[script])

    def _text(self, rng: Random, script: str) -> str:
        """Up to 8 words, most of them of one script."""
        words = []
        for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 8))):
            if words:
                words.append(rng.choice(_SPACES) if rng.random() < 0.8 else rng.choice(_STOPS))
            words += self._word(rng, script if rng.random() < 0.9 else rng.choice(self._scripts))
            if rng.random() < 0.1:
                words.append(rng.choice(_STOPS))
        return "".join(words)

    def _word(self, rng: Random, script: str) -> Iterator[str]:
        for _ in range(rng.choice((1, 1, 2, 3, 4, 6, 9))):
            yield self._unit(rng, script)
            if self._signs.get(script) and rng.random() < 0.5:
                yield rng.choice(self._signs[script])

    def _unit(self, rng: Random, script: str) -> str:
        draw = rng.random()
        if draw < 0.50:
            return rng.choice(self._letters[script])
        if draw < 0.65 and self._conditional.get(script):
            return rng.choice(self._conditional[script])
        if draw < 0.75 and self._keys_of.get(script):
            return rng.choice(self._keys_of[script])
        if draw < 0.85:
            return rng.choice(self._chars[script])
        if draw < 0.87:
            return rng.choice(_MARKS)
        if draw < 0.89:
            return rng.choice(_JOINERS)
        if draw < 0.91:
            return rng.choice(self._keys_of[""])  # of no script: punctuation, symbols, abbreviations
        if draw < 0.93:
            return rng.choice("ABCDEFGHIKLMNOPRSTUVWXYZabcdeghiknorstuy")
        if draw < 0.95:
            return rng.choice(self._numerals.get(script) or self._numerals["ascii-digit"])
        if draw < 0.97:
            return rng.choice(_SINGLES)
        return rng.choice(self._letters[rng.choice(self._scripts)])

    def _numbers(self, number: int, rng: Random) -> Iterator[tuple[str, str]]:
        ways = (
            self._digits,
            self._digits,
            self._chinese,
            self._chinese,
            self._chinese,
            self._mixed_numerals,
            self._of_one_script,
        )
        for _ in range(CHUNK):
            parts = []
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                text = rng.choice(ways)(rng)
                parts += [rng.choice(("", "", "", "-", "+", "−", "负", "負", "正", "第", "a", "ก", "$")), text]
                parts.append(rng.choice((*("", " ") * 7, "%", "/", ".", ",", "点", "分之", "人", "km", "年", "円")))
            yield "".join(parts), "一" if rng.random() < 0.3 else "1"

    def _digits(self, rng: Random) -> str:
        """Digits of one script, perhaps with a point or a fraction, or more than a machine number has."""
        digits = self._numerals[rng.choice(("ascii-digit", *sorted(self._numerals)))]
        digits = [c for c in digits if unicodedata.digit(c, None) is not None] or self._numerals["ascii-digit"]
        count, draw = rng.choice((1, 1, 2, 2, 3, 4, 6, 17, 20)), rng.random()
        if draw < 0.03:  # Python reads no integer of more than 4300 digits
            count = rng.choice((25, 40, 310, 400)) if draw > 0.0003 else 4301
        text = "".join(rng.choice(digits) for _ in range(count))
        if rng.random() < 0.3:
            place = rng.randrange(len(text) + 1)
            text = text[:place] + rng.choice((".", ".", ".", ",", "点", "٫", "．")) + text[place:]
        if rng.random() < 0.15:
            text += rng.choice(self._fractions)
        if rng.random() < 0.15:
            text += rng.choice(self._powers)
        return text

    def _chinese(self, rng: Random) -> str:
        """Chinese numerals, well formed and not, with gaps, tags, fractions and powers."""
        if rng.random() < 0.5:
            digits = [rng.choice("一二三四五六七八九两兩壹貳叁零〇") for _ in range(rng.randrange(1, 5))]
            text = "".join(digit + rng.choice(("", "十", "百", "千")) for digit in digits)
            text += rng.choice(("", "", "万", "億", "亿", "兆", "京", "萬"))
            if rng.random() < 0.5:
                text += rng.choice(("", "零", "〇")) + rng.choice("一二三九") + rng.choice(("", "十", "百", "千"))
        else:
            text = "".join(rng.choices("一二三九十百千万億兆零〇兩参參伍陆陸什廿卅卌佰仟拾两京点", k=rng.randrange(1, 8)))
        if rng.random() < 0.2:
            text = rng.choice(("1", "12", "3.5", "1.25", "0.00001", "25", "1000", "99.999", "2345678.9")) + text
        if rng.random() < 0.15:
            text += "分之" + rng.choice(("一", "一", "三", "二十", "5", "3.5", "½", "百", "人", "a", "十五点五"))
        return text

    def _mixed_numerals(self, rng: Random) -> str:
        scripts = sorted(self._numerals)
        pool = [*self._fractions, *rng.sample(self._other_numerals, 5), *self._powers]
        return "".join(
            rng.choice(self._numerals[rng.choice(scripts)]) if rng.random() < 0.7 else rng.choice(pool)
            for _ in range(rng.randrange(1, 7))
        )

    def _of_one_script(self, rng: Random) -> str:
        """Numerals of a script from large to small, as an additive system writes them, or in any order."""
        numerals = self._numerals[rng.choice(sorted(self._numerals))]
        chosen = [rng.choice(numerals) for _ in range(rng.randrange(1, 8))]
        if rng.random() < 0.5:
            chosen.sort(key=lambda c: -(unicodedata.numeric(c, 0.0)))
        return "".join(chosen)

    def _special(self, number: int, rng: Random) -> Iterator[tuple[str, str]]:
        ways = (
            (romanize_words.tibetan, "ཀ"),
            (romanize_words.thai, "ก"),
            (romanize_words.braille, "⠁"),
            (romanize_words.coptic, "ⲁ"),
            (romanize_words.japanese, "か"),
            (romanize_words.capitals, "я"),
            (self._inherent_vowels, "क"),
        )
        for _ in range(CHUNK):
            way, about = rng.choice(ways)
            text = "".join(way(rng) for _ in range(rng.choice((1, 1, 2, 3))))
            if rng.random() < 0.1:
                place = rng.randrange(len(text) + 1)
                text = text[:place] + self._unit(rng, rng.choice(self._scripts)) + text[place:]
            yield text, about

    def _inherent_vowels(self, rng: Random) -> str:
        """Consonants of a script with inherent vowels, each perhaps with a nukta, a sign, a virama."""
        script = rng.choice(_INHERENT_VOWEL)
        marks = [c for c in self._chars[script] if unicodedata.category(c) == "Mn"] or ["\u0300"]
        text = ""
        for _ in range(rng.randrange(1, 7)):
            text += rng.choice(self._letters[script])
            draw = rng.random()
            if draw < 0.15:
                text += rng.choice(marks)
            if draw < 0.45 and self._signs.get(script):
                text += rng.choice(self._signs[script])
            if draw > 0.75 and self._viramas.get(script):
                text += rng.choice(self._viramas[script])
        return text + rng.choice(("", " ", " ", "-", ".", "1", "a", "\u200d", "\u200c", "\uf8f2"))


def _is_numeric(char: str) -> bool:
    return unicodedata.numeric(char, None) is not None


# A code point c between letters a and b of its script; and beside all that is asked for what stands before or behind it.
POINT_WAYS = (
    "{c}",
    "{b}{c}{a}",
    "a{c} {c}1{c}B {c}",
    "{c}я ⠠{c} ⠠⠠{c}{c}",
    "っ{c}ゃー เ{c}า \u0a71{c}\u0300 {c}\u094d{c}",
)
_KEY_WAYS = 11
_INHERENT_VOWEL = (
    *("Devanagari", "Bengali", "Gujarati", "Gurmukhi", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam"),
    *("Sinhala", "Khmer", "Myanmar", "Tibetan", "Sundanese", "Brahmi", "Modi"),
)
