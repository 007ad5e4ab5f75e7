"""What the core knows of code points against what Hugging Face `tokenizers` does with every one of them.

`tools/make_unicode_tables.py --check` asks everything again, which takes minutes; here is what takes seconds. With
POLYVOCAB_SLOW=1 all properties of patterns and all grapheme classes are asked too.
"""

import importlib.util
import os
import random
from pathlib import Path

import numpy as np
import pytest
from polyvocab import _core
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

unicode = _core.unicode
FORMS = ("NFC", "NFD", "NFKC", "NFKD")
SLOW = os.environ.get("POLYVOCAB_SLOW") == "1"


def _load_probe():
    path = Path(__file__).parents[1] / "tools" / "unicode_probe.py"
    spec = importlib.util.spec_from_file_location("unicode_probe", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


probe = _load_probe()
ALL = np.arange(probe.SIZE, dtype=np.uint32)


def same(ours: np.ndarray, reference: np.ndarray) -> None:
    wrong = probe.SCALARS[ours[probe.SCALARS] != reference[probe.SCALARS]]
    assert not len(wrong), [f"U+{code:04X}" for code in wrong[:20]]


SHUFFLED = "".join(random.Random(0).sample(probe.TEXT, len(probe.TEXT)))
SHUFFLED_CODES = np.fromiter(map(ord, SHUFFLED), np.uint32)


def check_pieces(component, begins: np.ndarray, kept: np.ndarray | bool = True) -> None:
    """A pre-tokenizer cuts every scalar value, in random order, where we say that pieces begin; the rest is dropped."""
    kept = np.broadcast_to(kept, begins.shape)
    begins = kept & (begins | ~np.roll(kept, 1))
    begins[0] = kept[0]
    ends = kept & np.roll(begins | ~kept, -1)
    ends[-1] = kept[-1]
    spans = np.array([span for _, span in component.pre_tokenize_str(SHUFFLED)])
    assert np.array_equal(spans[:, 0], np.flatnonzero(begins))
    assert np.array_equal(spans[:, 1], np.flatnonzero(ends) + 1)


def differs(values: np.ndarray) -> np.ndarray:
    """From the one before."""
    return values != np.roll(values, 1)


@pytest.mark.parametrize("name", probe.PREDICATES if SLOW else ("bert_control", "nonspacing_mark", "combining_mark"))
def test_predicate(name):
    same(unicode.predicate(name, ALL), probe.PREDICATES[name]())


def test_predicates_cut_where_the_components_do():
    def holds(name):
        return unicode.predicate(name, SHUFFLED_CODES)

    check_pieces(pre_tokenizers.WhitespaceSplit(), np.zeros(len(SHUFFLED), bool), ~holds("whitespace"))
    check_pieces(pre_tokenizers.Digits(individual_digits=False), differs(holds("numeric")))
    check_pieces(pre_tokenizers.Whitespace(), differs(holds("word")), ~holds("space"))
    mark = holds("bert_punctuation")
    check_pieces(pre_tokenizers.Punctuation(), mark | np.roll(mark, 1))
    check_pieces(pre_tokenizers.BertPreTokenizer(), mark | np.roll(mark, 1), ~holds("whitespace"))


def test_no_predicate():
    with pytest.raises(ValueError, match="no predicate 'letter'"):
        unicode.predicate("letter", ALL)


def test_lowercase():
    assert unicode.lowercase(probe.TEXT) == normalizers.Lowercase().normalize_str(probe.TEXT)
    assert unicode.lowercase("ΟΔΟΣ İ") == "οδοσ i̇"


def test_scripts():
    """The numbers are ours; that two characters share one is the reference's."""
    numbers = unicode.scripts(SHUFFLED_CODES)
    known = np.flatnonzero(numbers)
    cut = np.zeros(len(SHUFFLED), bool)
    cut[known[differs(numbers[known])]] = True
    cut[known[0]] = True
    # What joins any script is dropped where no script came before.
    check_pieces(pre_tokenizers.UnicodeScripts(), cut, np.arange(len(SHUFFLED)) >= known[0])
    numbers = unicode.scripts(ALL)
    if SLOW:
        same(numbers, probe.scripts())
    assert numbers[ord(" ")] == 0
    assert numbers[ord("京")] == numbers[ord("い")] == numbers[ord("ー")] != numbers[ord("a")]


# Patterns


def flags_of(name: str) -> np.ndarray:
    flags = np.zeros(probe.SIZE, bool)
    for first, last in unicode.property(name):
        flags[first : last + 1] = True
    return flags


PATTERN_PROPERTIES = ("L", "N", "Han", r"\s", r"\w", "Cn", "[:punct:]")


@pytest.mark.parametrize("names", probe.PROPERTY_NAMES if SLOW else [[name] for name in PATTERN_PROPERTIES])
def test_property(names):
    same(flags_of(names[0]), probe.matches(probe.property_pattern(names[0])))
    for name in names:
        assert np.array_equal(unicode.property(name), unicode.property(names[0]))


def test_property_names():
    assert np.array_equal(unicode.property("Old Hungarian"), unicode.property("oldHUNG-ARIAN"))
    assert np.array_equal(unicode.property(r"\h"), [[0x30, 0x39], [0x41, 0x46], [0x61, 0x66]])
    for name in ("", "Klingon", "L&", "In_Basic_Latin", "sc=Han", "^L"):
        assert unicode.property(name) is None
    for names in probe.PROPERTY_NAMES:
        ranges = unicode.property(names[0]).astype(int)
        assert (ranges[:, 0] <= ranges[:, 1]).all() and (ranges[1:, 0] > ranges[:-1, 1] + 1).all()


def test_general_categories_divide_all_scalar_values():
    kinds = {"L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "S": "mcko", "Z": "slp", "C": "cfon"}
    names = (major + minor for major, minors in kinds.items() for minor in minors)
    assert (sum(flags_of(name).astype(int) for name in names)[probe.SCALARS] == 1).all()


def test_case_variants():
    variants = {code: unicode.case_variants(code) for code in range(probe.SIZE)}
    assert all(found[0] == code for code, found in variants.items())
    ours = {code: sorted(found[1:]) for code, found in variants.items() if len(found) > 1}
    if SLOW:
        assert ours == probe.case_variants()
    assert ours[ord("s")] == [ord("S"), 0x17F] and ours[ord("K")] == [ord("k"), 0x212A]
    text = "\n".join(map(chr, sorted(ours)))
    for code in random.Random(1).sample(sorted(ours), 300):
        matched = probe.matches(f"(?i:{chr(code)})", text)
        assert [ord(text[at]) for at in np.flatnonzero(matched)] == sorted([code, *ours[code]])


# Normal forms

# Characters that decompose, compose or are reordered, and some that do not; each string is drawn from one part or from all.
SYLLABLES = [0xAC00, 0xAC01, 0xAC1C, 0xD7A3, 0xD788, 0x1100, 0x1112, 0x1161, 0x1175, 0x11A7, 0x11A8, 0x11C2, 0x1160, 0x11C3]
PLAIN = [*b"aeiouAEOU =<>", 0x3B1, 0x4E00, 0x0915, 0x09C7, 0x1D157, 0x1D15F, 0x2FA1D, 0x200D]


def alphabet() -> list[list[int]]:
    composing = sorted({one for pair in probe.compositions() for one in pair})
    return [sorted(probe.combining_classes()), sorted(probe.normal_form("NFKD")), composing, SYLLABLES, PLAIN]


def random_strings(count: int, seed: int, parts: list[list[int]], longest: int) -> list[str]:
    generator = random.Random(seed)

    def character() -> str:
        return chr(generator.choice(generator.choice(parts)))

    return ["".join(character() for _ in range(generator.randint(1, longest))) for _ in range(count)]


def by_character(form: str) -> Tokenizer:
    """A tokenizer whose offsets say where each character of the normal form comes from."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.normalizer = getattr(normalizers, form)()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    return tokenizer


def origins(changes: list[int]) -> list[tuple[int, int]]:
    """What the reference makes of changes: the old character that each new one stands for."""
    at, spans = 0, []
    for change in changes:
        if change > 0:
            spans.append((at - 1, at) if at else (0, 0))
        else:
            spans.append((at, at + 1))
            at += 1 - change
    return spans


def check_forms(texts: list[str]) -> None:
    """The texts in one, apart by a character that no normal form touches, and a few by themselves."""
    joined = "\n".join(texts)
    for form in FORMS:
        tokenizer = by_character(form)
        for text in (joined, *texts[:500]):
            made, changes = unicode.normal_form(form, text)
            assert made == tokenizer.normalizer.normalize_str(text)
            assert origins(changes) == tokenizer.encode(text).offsets
        for text in texts:
            check_quick(form, text)
            check_quick(form, unicode.normal_form(form, text)[0])


def check_quick(form: str, text: str) -> None:
    if unicode.is_surely(form, text):
        made, changes = unicode.normal_form(form, text)
        assert made == text and not any(changes)


@pytest.mark.parametrize("form", FORMS)
def test_form_of_each_character(form):
    text = "\n".join(probe.TEXT)
    made, _ = unicode.normal_form(form, text)
    assert made == getattr(normalizers, form)().normalize_str(text)


def test_forms_and_changes_of_random_strings():
    check_forms(random_strings(100_000 if SLOW else 5_000, seed=2, parts=alphabet(), longest=8))


def test_quick_check_knows_ordinary_text():
    for text in ("", "plain ASCII, long enough", "Việt Nam", "Україна", "বাংলা ভাষা", "தமிழ்", "中文", "한국어", "ភាសាខ្មែរ"):
        assert unicode.is_surely("NFC", text) and unicode.is_surely("NFKC", text)
    for text in ("e\u0301", "\u212b", "\u1100\u1161", "a\u0301\u0316"):
        assert not unicode.is_surely("NFC", text)
    assert unicode.is_surely("NFC", "\ufb01") and not unicode.is_surely("NFKC", "\ufb01")
    assert unicode.is_surely("NFD", "e\u0316\u0301") and not unicode.is_surely("NFD", "\u00e9")


def test_a_long_run_of_marks_is_not_quadratic():
    text = "a" + "\u0301\u0316" * 100_000
    made, changes = unicode.normal_form("NFC", text)
    assert made == "\u00e1" + "\u0316" * 100_000 + "\u0301" * 99_999 and changes[0] == -1


# Grapheme clusters


def clusters(text: str) -> list[str]:
    data = text.encode()
    ends = unicode.graphemes(text)
    return [data[begin:end].decode() for begin, end in zip([0, *ends], ends, strict=False)]


# Some characters of each class of UAX 29; no line feed, which the rule below leaves alone.
CLUSTER_PARTS = [
    [*b"ab\r", 0x200B, 0x4E00],
    [0x300, 0x301, 0x345, 0x1F3FB],
    [0x200C],
    [0x200D],
    [0x903, 0xE33],
    [0x600, 0x6DD, 0x110BD],
    [0xA9, 0x2764, 0x1F469],
    [0x1F1E6, 0x1F1FA],
    [0x94D, 0x9CD],
    [0x915, 0x995, 0x930],
    [0x1100, 0xA960],
    [0x1161, 0x16D63],
    [0x11A8],
    [0xAC00, 0xAC01],
]


def test_clusters_of_random_strings():
    """A rule that every character obeys shows the clusters: one below six bytes goes as a whole."""
    normalizer = probe.any_cluster()
    strings = random_strings(200_000 if SLOW else 20_000, seed=3, parts=CLUSTER_PARTS, longest=9)
    for text in strings:
        assert len(normalizer.normalize_str(text)) == probe.cluster_rule(clusters(text)), ascii(text)


@pytest.mark.skipif(not SLOW, reason="asks some minutes; POLYVOCAB_SLOW=1")
def test_grapheme_classes():
    """In each context that tells classes apart, every character is where the reference has it."""
    normalizer = probe.any_cluster()
    codes = [code for code in probe.SCALARS.tolist() if code not in (0x0D, 0x0A)]  # lines are joined by LF
    for frame in (
        "a{}",
        "{}\u0300\u0301",
        "{}a\u0300",
        "\u1100{}\u0300",
        "{}\u11a8\u0300",
        "\u00a9{}\u200d\u00a9\u0300",
        "{}\u200d\u00a9\u0300",
        "{}\u094d\u0915\u0300",
        "\u0915{}\u094d\u0915\u0300",
        "\u0915{}\u0915\u0300",
    ):
        for first in range(0, len(codes), probe.CHUNK):
            texts = [frame.format(chr(code)) for code in codes[first : first + probe.CHUNK]]
            seen = normalizer.normalize_str("\n".join(texts)).split("\n")
            assert [len(line) for line in seen] == [probe.cluster_rule(clusters(text)) for text in texts]


def test_unicode_consortium_grapheme_breaks(shared):
    lines = (shared / "vectors/unicode/GraphemeBreakTest.txt").read_text(encoding="utf-8").splitlines()
    cases = [line.split("#")[0].strip() for line in lines]
    checked = 0
    for case in filter(None, cases):
        if "2701" in case:  # a pictograph in Unicode 14, of which the file is, and none in 17
            continue
        wanted = ["".join(chr(int(code, 16)) for code in part.split("×")) for part in case.strip("÷ ").split("÷")]
        assert clusters("".join(wanted)) == wanted, case
        checked += 1
    assert checked >= 600


# UTF-8


def test_invalid_utf8_is_found_and_replaced_as_python_does():
    generator = random.Random(4)
    lead = [0x41, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF]
    for _ in range(20_000):
        data = bytes(generator.choice(lead) for _ in range(generator.randint(0, 12)))
        try:
            data.decode()
            wanted = None
        except UnicodeDecodeError as error:
            wanted = error.start
        assert unicode.first_invalid(data) == wanted
        assert unicode.lossy(data) == data.decode(errors="replace")
