"""What Hugging Face `tokenizers` knows of each code point, found by asking it.

The library mixes several Unicode versions and definitions, and says nowhere which. Each function here puts every scalar
value through the component that uses the property and reads the answer off its output. Arrays are indexed by code point;
surrogates, which cannot be asked for, have the answer no.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import cache
from pathlib import Path

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

SIZE = 0x110000
SCALARS = np.array([code for code in range(SIZE) if not 0xD800 <= code < 0xE000])
TEXT = "".join(map(chr, SCALARS))
CHUNK = 1 << 15  # a component keeps some hundred bytes per piece


def _chunks() -> Iterator[np.ndarray]:
    for first in range(0, len(SCALARS), CHUNK):
        yield SCALARS[first : first + CHUNK]


def _set_of(codes) -> np.ndarray:
    flags = np.zeros(SIZE, bool)
    flags[codes] = True
    return flags


def _spans(component, text: str) -> np.ndarray:
    spans = [span for _, span in component.pre_tokenize_str(text)]
    return np.array(spans, np.int64).reshape(-1, 2)


def _removed(component, text: str = TEXT) -> np.ndarray:
    """Which characters of a text a pre-tokenizer drops; as a set of code points where the text is TEXT."""
    kept = np.zeros(len(text) + 1, np.int64)
    spans = _spans(component, text)
    np.add.at(kept, spans[:, 0], 1)
    np.add.at(kept, spans[:, 1], -1)
    dropped = np.cumsum(kept[:-1]) == 0
    return _set_of(SCALARS[dropped]) if text is TEXT else dropped


def _framed(component) -> tuple[np.ndarray, np.ndarray]:
    """Each character c as `aca`: is it one piece, and is c a piece by itself?"""
    whole, alone = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    for codes in _chunks():
        spans = _spans(component, "".join(f"a{chr(code)}a " for code in codes))
        position, length = spans[:, 0], spans[:, 1] - spans[:, 0]
        whole[codes[position[(position % 4 == 0) & (length == 3)] // 4]] = True
        alone[codes[position[(position % 4 == 1) & (length == 1)] // 4]] = True
    return whole, alone


# Predicates


def whitespace() -> np.ndarray:
    return _removed(pre_tokenizers.WhitespaceSplit())


def numeric() -> np.ndarray:
    spans = _spans(pre_tokenizers.Digits(individual_digits=False), TEXT)
    return _set_of(np.concatenate([SCALARS[first:last] for first, last in spans[1::2]]))  # U+0000 is no number


def word() -> np.ndarray:
    return _framed(pre_tokenizers.Whitespace())[0]


def space() -> np.ndarray:
    whole, alone = _framed(pre_tokenizers.Whitespace())
    return _set_of(SCALARS) & ~whole & ~alone


def _added_token_begins(text: Callable[[int], str], token: AddedToken) -> np.ndarray:
    """The characters before an added token, all texts being of one length: where does its match begin? -1: no match."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.add_tokens([token])
    size = len(text(0))
    begins = np.full(SIZE, -1)
    for codes in _chunks():
        encoding = tokenizer.encode("".join(text(code) for code in codes))
        found = np.array(encoding.ids) == 1
        position = np.array(encoding.offsets)[found][:, 0]
        begins[codes[position // size]] = position % size
    return begins


def single_word() -> np.ndarray:
    """The characters that forbid a `single_word` token behind them."""
    token = AddedToken("[]", single_word=True, normalized=False)
    return _set_of(SCALARS) & (_added_token_begins(lambda code: f"{chr(code)}[] ", token) == -1)


def stripped() -> np.ndarray:
    """The characters that an `lstrip` token takes along."""
    token = AddedToken("[]", lstrip=True, normalized=False)
    return _added_token_begins(lambda code: f"a{chr(code)}[]", token) == 1


def punctuation() -> np.ndarray:
    return _removed(pre_tokenizers.Punctuation(behavior="removed"))


def bert_punctuation() -> np.ndarray:
    return _framed(pre_tokenizers.BertPreTokenizer())[1]


def each(component, separator: str = "\n") -> list[str]:
    """What a normalizer makes of each character by itself, in the order of SCALARS."""
    out: list[str] = []
    for codes in _chunks():
        parts = component.normalize_str(separator.join(map(chr, codes[codes != ord(separator)]))).split(separator)
        if ord(separator) in codes:
            parts.insert(ord(separator), component.normalize_str(separator))
        out += parts
    if len(out) != len(SCALARS):
        raise RuntimeError(f"{component} is not character by character")
    return out


def _emptied(component) -> np.ndarray:
    return _set_of(SCALARS[[text == "" for text in each(component, "!")]])


def _bert(**wanted) -> normalizers.BertNormalizer:
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**{**off, **wanted})


def bert_control() -> np.ndarray:
    flags = _emptied(_bert(clean_text=True))
    flags[0xFFFD] = False  # removed by name
    return flags


def nonspacing_mark() -> np.ndarray:
    return _emptied(_bert(strip_accents=True))


def combining_mark() -> np.ndarray:
    return _emptied(normalizers.StripAccents())


PREDICATES = {
    "whitespace": whitespace,
    "numeric": numeric,
    "word": word,
    "space": space,
    "bert_control": bert_control,
    "bert_punctuation": bert_punctuation,
    "nonspacing_mark": nonspacing_mark,
    "combining_mark": combining_mark,
}


# Scripts


def scripts() -> np.ndarray:
    """A number per script as UnicodeScripts tells them apart, in the order of first appearance; 0 joins any."""
    splitter = pre_tokenizers.UnicodeScripts()

    def cuts(text: str) -> np.ndarray:
        flags = np.zeros(len(text) + 1, bool)
        spans = _spans(splitter, text)
        flags[spans[:, 0]] = True
        flags[: spans[0, 0]] = False  # what joins any script is dropped at the beginning
        return flags

    # A character that joins both of two scripts joins any.
    joins = []
    for script in "a\u0430":
        flags = cuts("".join(script + character for character in TEXT) + script)
        joins.append(~flags[1:-1:2] & ~flags[2::2])
    joins_any = joins[0] & joins[1]
    numbers = np.zeros(SIZE, np.int64)
    codes = SCALARS[~joins_any]
    begins = cuts("".join(map(chr, codes)))[:-1]
    begins[0] = True
    known: list[int] = []
    for first, last in zip(np.flatnonzero(begins), [*np.flatnonzero(begins)[1:], len(codes)], strict=True):
        one = chr(codes[first])
        text = one + "".join(chr(code) + one for code in known)
        same = np.flatnonzero(~cuts(text)[1 : len(text) : 2])
        if len(same) == 0:
            known.append(codes[first])
        numbers[codes[first:last]] = same[0] + 1 if len(same) else len(known)
    return numbers


# Oniguruma


def matches(pattern: str, text: str = TEXT) -> np.ndarray:
    """Which characters of a text match the pattern of one character; as a set of code points where the text is TEXT."""
    return _removed(pre_tokenizers.Split(Regex(f"(?:{pattern})+"), "removed"), text)


# A set of code points a line, by its names in patterns: \p{Name}, an escape, or the inside of [[:name:]].
PROPERTY_NAMES = [line.split() for line in Path(__file__).with_name("unicode_properties.txt").read_text().splitlines()]


def property_pattern(name: str) -> str:
    return name if name.startswith("\\") else f"[{name}]" if name.startswith("[") else rf"\p{{{name}}}"


def properties() -> dict[str, np.ndarray]:
    """The set of each line of PROPERTY_NAMES, under its first name; that the others are synonyms is seen on a sample."""
    sets = {names[0]: matches(property_pattern(names[0])) for names in PROPERTY_NAMES}
    edges = np.unique(np.concatenate([np.flatnonzero(np.diff(flags)) for flags in sets.values()]))
    sample = np.intersect1d(np.concatenate([edges, edges + 1]), SCALARS)
    for first, *others in PROPERTY_NAMES:
        for name in others:
            if (matches(property_pattern(name), "".join(map(chr, sample))) != sets[first][sample]).any():
                raise RuntimeError(f"{name} is not {first}")
    return sets


def case_variants() -> dict[int, list[int]]:
    """The other characters that `(?i:c)` matches, for each c that has any."""
    # Python names the candidates; that no other code point has a variant is then asked of all at once.
    cased = {code for code in SCALARS for one in (chr(code),) if any(len(to) == 1 and to != one for to in _cases(one))}
    cased |= {ord(to) for code in cased for to in _cases(chr(code)) if len(to) == 1}
    candidates = sorted(cased)
    rest = _set_of(SCALARS) & ~_set_of(candidates)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], rest.astype(int), [0]))))
    ranges = "".join(rf"\x{{{first:x}}}-\x{{{last - 1:x}}}" for first, last in edges.reshape(-1, 2))
    apart = "\n".join(TEXT)  # a character may also equal two or three others
    if (matches(f"(?i:[{ranges}])", apart)[::2] != rest[SCALARS]).any():
        raise RuntimeError("a code point that is no candidate has a case variant")
    text = "\n".join(map(chr, candidates))
    variants = {}
    for code in candidates:
        others = [ord(text[at]) for at in np.flatnonzero(matches(f"(?i:{chr(code)})", text)) if ord(text[at]) != code]
        if others:
            variants[code] = others
    return variants


def _cases(character: str) -> tuple[str, ...]:
    return character.lower(), character.upper(), character.title(), character.casefold()


# Normal forms


@cache
def normal_form(name: str) -> dict[int, str]:
    """The normal form of each character that it changes, by itself; Hangul syllables, which are arithmetic, left out."""
    forms = zip(SCALARS.tolist(), each(getattr(normalizers, name)()), strict=True)
    return {code: form for code, form in forms if form != chr(code) and not 0xAC00 <= code < 0xD7A4}


def combining_classes() -> dict[int, int]:
    """The canonical combining class of each character that is reordered and has no decomposition.

    Only the order of classes can be seen. Python's `unicodedata` names one character of each class; every other is put on
    both sides of each of them. A mark is what moves past one of the lowest or the highest class.
    """
    nfd = normalizers.NFD()
    decomposed = normal_form("NFD")
    plain = [code for code in SCALARS.tolist() if code not in decomposed and not 0xAC00 <= code < 0xD7A4]

    def swapped(pairs: list[str]) -> np.ndarray:
        made = nfd.normalize_str("".join("!" + pair for pair in pairs))
        return np.array([made[at : at + 2] != pair for at, pair in zip(range(1, len(made), 3), pairs, strict=True)])

    moves = swapped(["\u0345" + chr(code) for code in plain]) | swapped([chr(code) + "\u0334" for code in plain])
    marks = [code for code, does in zip(plain, moves, strict=True) if does]
    sample: dict[int, str] = {}
    for code in marks:
        sample.setdefault(unicodedata.combining(chr(code)), chr(code))
    order = sorted(sample)
    classes = {}
    for code in marks:
        below = swapped([chr(code) + sample[number] for number in order])  # its class is above
        above = swapped([sample[number] + chr(code) for number in order])
        (same,) = np.flatnonzero(~below & ~above)
        classes[code] = order[same]
    return classes


def compositions() -> dict[tuple[int, int], int]:
    """Pairs and what NFC makes of them; Hangul left out."""
    composed = {}
    changed_by_nfc = normal_form("NFC")
    for code, parts in normal_form("NFD").items():
        if code not in changed_by_nfc and len(parts) > 1:
            first = normalizers.NFC().normalize_str(parts[:-1])
            composed[ord(first), ord(parts[-1])] = code
    return composed


# Grapheme clusters


def any_cluster() -> normalizers.Precompiled:
    """A charsmap of one rule that every character but LF obeys: it becomes Y.

    Such a normalizer shows the clusters: one below six bytes becomes one Y, a longer one a Y per character.
    """
    units = np.zeros(1024, np.uint32)
    children, leaf = 256, 512
    units[0] = children << 10
    for byte in range(1, 256):
        if byte != 0x0A:
            units[children ^ byte] = byte | 1 << 8 | (children ^ byte ^ leaf) << 10
    units[leaf] = 1 << 31  # the rule's text begins at 0
    return normalizers.Precompiled(np.uint32(units.nbytes).tobytes() + units.tobytes() + b"Y\0")


def cluster_rule(clusters: list[str]) -> int:
    """How many Y any_cluster makes of these clusters."""
    return sum(1 if len(cluster.encode()) < 6 else len(cluster) for cluster in clusters)


GraphemeClass = IntEnum(
    "GraphemeClass",
    "other control cr lf prepend spacing_mark extend zwj incb_extend incb_linker incb_consonant pictograph "
    "regional_indicator l v t lv lvt",
    start=0,
)


def grapheme_classes() -> np.ndarray:
    """What each character is to the rules of UAX 29; a GraphemeClass.

    Whether a character of four bytes is a regional indicator cannot be seen, so these 26 are taken from the standard, as are
    CR and LF.
    """
    normalizer = any_cluster()
    mark, virama, ka, zwj, sign = "\u0300", "\u094d", "\u0915", "\u200d", "\u00a9"
    codes = SCALARS[(SCALARS != 0x0A) & (SCALARS != 0x0D)]

    def joined(context: Callable[[str], tuple[list[str], list[str]]]) -> np.ndarray:
        """Where the text falls into the first of two lists of clusters rather than the second."""
        flags = np.zeros(SIZE, bool)
        for first in range(0, len(codes), CHUNK):
            part = codes[first : first + CHUNK]
            contexts = [context(chr(code)) for code in part]
            lines = normalizer.normalize_str("\n".join("".join(yes) for yes, _ in contexts)).split("\n")
            for code, line, (yes, no) in zip(part, lines, contexts, strict=True):
                flags[code] = len(line) == cluster_rule(yes) != cluster_rule(no)
        return flags

    extends = joined(lambda c: (["a" + c], ["a", c]))
    control = ~joined(lambda c: ([c + mark + "\u0301"], [c, mark + "\u0301"])) & _set_of(codes)
    plain = ~extends & ~control

    def follows(before: str) -> np.ndarray:
        return plain & joined(lambda c: ([before + c + mark], [before, c + mark]))

    def leads(after: str) -> np.ndarray:
        return plain & joined(lambda c: ([c + after + mark], [c, after + mark]))

    prepend = leads("a")
    after_l, after_lv, after_lvt = (follows(before) & ~prepend for before in "\u1100\uac00\uac01")
    before_l, before_v, before_t = (leads(after) & ~prepend for after in "\u1100\u1161\u11a8")
    between_pictographs = joined(lambda c: ([sign + c + zwj + sign + mark], [sign + c + zwj, sign + mark]))
    joins_pictographs = joined(lambda c: ([sign + c + sign + mark], [sign + c, sign + mark]))
    links = joined(lambda c: ([ka + c + ka + mark], [ka + c, ka + mark]))
    between_consonants = joined(lambda c: ([ka + c + virama + ka + mark], [ka + c + virama, ka + mark]))

    classes = np.zeros(SIZE, np.uint8)

    def assign(name: str, flags: np.ndarray) -> None:
        if classes[flags].any():
            raise RuntimeError(f"a character is {name} and something else")
        classes[flags] = GraphemeClass[name]

    assign("control", control)
    assign("cr", _set_of([0x0D]))
    assign("lf", _set_of([0x0A]))
    assign("prepend", prepend)
    assign("zwj", extends & joins_pictographs)
    assign("spacing_mark", extends & ~joins_pictographs & ~between_pictographs)
    marks = extends & ~joins_pictographs & between_pictographs
    assign("incb_linker", marks & links)
    assign("incb_extend", marks & ~links & between_consonants)
    assign("extend", marks & ~links & ~between_consonants)
    assign("incb_consonant", plain & ~prepend & joined(lambda c: ([c + virama + ka + mark], [c + virama, ka + mark])))
    assign("pictograph", plain & ~prepend & joined(lambda c: ([c + zwj + sign + mark], [c + zwj, sign + mark])))
    assign("regional_indicator", _set_of(range(0x1F1E6, 0x1F200)))
    assign("t", after_lvt)
    assign("v", (after_lv & ~after_lvt) | (before_v & ~before_l & ~after_l))  # of four bytes, only what follows shows
    assign("l", before_l)
    assign("lv", after_l & ~after_lv & ~before_l & before_v)
    assign("lvt", after_l & ~after_lv & ~before_l & ~before_v & before_t)
    return classes
