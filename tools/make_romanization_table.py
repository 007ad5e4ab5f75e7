"""Make the table of the romanizer from the data of the package `uroman`.

    python tools/make_romanization_table.py python/polyvocab/romanize/data            write uroman.npz
    python tools/make_romanization_table.py python/polyvocab/romanize/data --check    exit with an error if it would change

The rules are taken as the package has them after loading, so that what overrides what is its own decision. Properties of
characters are those of the Python that runs this (str.isalpha, unicodedata) and of the package `regex`, as uroman asks them;
the table pins them: run it with Python 3.11 (Unicode 14). What each array means is said where it is read,
csrc/core/romanize/table.h.
"""

from __future__ import annotations

import argparse
import io
import sys
import unicodedata
from pathlib import Path

import numpy as np
import regex
import uroman

VERSION, UNICODE = "1.3.1.1", "14.0.0"
CODES, BLOCK = 0x110000, 256
NONE = np.uint32(0xFFFFFFFF)
CONDITIONS = (  # bits 0, 1, ... of a rule's conditions
    "use-only-at-start-of-word",
    "dont-use-at-start-of-word",
    "use-only-at-end-of-word",
    "dont-use-at-end-of-word",
    "use-only-for-whole-word",
)
NUMBER_TYPES = ("digit", "digit-like", "base", "multi", "fraction")
NAMED_SCRIPTS = ("Thai", "Tibetan", "Coptic", "Hiragana", "Katakana", "Devanagari")
KEPT_WHOLE = ("<super>", "<sub>", "<noBreak>", "<compat>")  # decompositions that uroman does not follow


class Pool:
    """Strings by number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __getitem__(self, string: str | None) -> int:
        return int(NONE) if string is None else self.numbers.setdefault(string, len(self.numbers))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    found = uroman.uroman.__version__, unicodedata.unidata_version
    if found != (VERSION, UNICODE):
        sys.exit(f"uroman {found[0]} and Unicode {found[1]}: the table is made with {VERSION} and {UNICODE}")
    arrays = table(uroman.Uroman())
    path = args.folder / "uroman.npz"
    if args.check:
        old = np.load(path)
        if sorted(old.files) != sorted(arrays) or any(not np.array_equal(old[k], v) for k, v in arrays.items()):
            sys.exit(f"{path} is not what the package gives")
        return
    data = io.BytesIO()
    np.savez_compressed(data, **arrays)
    path.write_bytes(data.getvalue())
    print(f"{path}: {path.stat().st_size:,} bytes, {len(arrays['rules']):,} rules")


def table(data: uroman.Uroman) -> dict[str, np.ndarray]:
    """All arrays by name."""
    pool, scripts = Pool(), script_numbers(data)
    # The empty string is no text: its rule (of a private character that the table's file spells as nothing) matches nothing.
    keys = {key: rules for key, rules in data.rom_rules.items() if rules and key}
    languages = sorted({code for rules in keys.values() for rule in rules for code in rule["lcodes"] or ()})
    arrays = rules_and_nodes(keys, languages, pool)
    arrays |= characters(data, scripts, arrays.pop("roots"))
    arrays["numbers"] = numbers(data)
    arrays |= decompositions(pool)
    names = list(scripts)
    vowels = [list(data.scripts[name.lower()]["abugida-default-vowels"] or ()) if name else [] for name in names]
    arrays["vowels"] = np.array([pool[vowel] for each in vowels for vowel in each], np.uint32)
    arrays["vowel_offsets"] = np.cumsum([0, *map(len, vowels)], dtype=np.uint32)
    arrays["named_scripts"] = np.array([scripts[name] for name in NAMED_SCRIPTS], np.uint16)
    arrays["languages"] = np.frombuffer(" ".join(languages).encode(), np.uint8)
    for change in (str.upper, str.capitalize):
        for string in list(pool.numbers):
            if change is str.capitalize or not string.isascii():
                _ = pool[change(string)]
    arrays["uppercased"] = np.array([pool.numbers.get(s.upper(), i) for s, i in pool.numbers.items()], np.uint32)
    arrays["capitalized"] = np.array([pool.numbers.get(s.capitalize(), i) for s, i in pool.numbers.items()], np.uint32)
    encoded = [string.encode() for string in pool.numbers]
    arrays["text"] = np.frombuffer(b"".join(encoded), np.uint8)
    arrays["string_offsets"] = np.cumsum([0, *map(len, encoded)], dtype=np.uint32)
    return arrays


def script_numbers(data: uroman.Uroman) -> dict[str, int]:
    """Scripts by name; 0 is none."""
    names = sorted({name for (kind, _), name in data.dict_str.items() if kind == "script"} - {""})
    return {"": 0} | {name: i for i, name in enumerate(names, 1)}


def rules_and_nodes(keys: dict[str, list], languages: list[str], pool: Pool) -> dict[str, np.ndarray]:
    """The rules, and a trie over the strings that they are for. Nodes of one character come first."""
    prefixes = sorted({key[:n] for key in keys for n in range(1, len(key) + 1)}, key=lambda p: (len(p), p))
    node_of = {prefix: i for i, prefix in enumerate(prefixes)}
    children: list[list[int]] = [[] for _ in prefixes]
    for prefix, node in node_of.items():
        if len(prefix) > 1:
            children[node_of[prefix[:-1]]].append(node)
    rules, nodes, alternatives, child_nodes = [], [], [], []
    for node, prefix in enumerate(prefixes):
        begin, first_child = len(rules), len(child_nodes)
        for rule in keys.get(prefix, ()):
            alts = [pool[alt] for alt in rule["t-alts"] or ()]
            conditions = sum(1 << bit for bit, name in enumerate(CONDITIONS) if rule[name])
            codes = sum(1 << languages.index(code) for code in rule["lcodes"] or ())
            at_end = pool[rule["t-at-end-of-syllable"]]
            bounds = (len(alternatives), len(alternatives) + len(alts))
            rules.append((pool[rule["t"]], at_end, codes, *bounds, conditions, rule["n-restr"] or 0))
            alternatives += alts
        child_nodes += children[node]
        continues = continues_word(keys.get(prefix, ()))
        nodes.append((begin, len(rules), first_child, len(child_nodes), continues))
    return {
        "rules": np.array(rules, np.uint32),
        "alternatives": np.array(alternatives, np.uint32),
        "nodes": np.array(nodes, np.uint32),
        "child_nodes": np.array(child_nodes, np.uint32),
        "child_characters": np.array([ord(prefixes[node][-1]) for node in child_nodes], np.uint32),
        "roots": np.array([(ord(prefix), node) for prefix, node in node_of.items() if len(prefix) == 1], np.uint32),
    }


def continues_word(rules: list) -> int:
    """Whether the text goes on with a word: the first rule that makes a letter says so (1), and a rule without a target makes
    the question fail (2)."""
    for rule in rules:
        if rule["use-only-at-start-of-word"]:
            continue
        if rule["t"] is None:
            return 2
        if regex.search(r"\pL", rule["t"]):
            return 1
    return 0


def characters(data: uroman.Uroman, scripts: dict[str, int], roots: np.ndarray) -> dict[str, np.ndarray]:
    """The class of every character, and its node, by blocks of which equal ones are stored once."""
    classes: dict[tuple[int, int, int], int] = {}
    of_code = np.array([classes.setdefault(properties(data, scripts, chr(code)), len(classes)) for code in range(CODES)])
    node_of = np.full(CODES, NONE, np.uint32)
    node_of[roots[:, 0]] = roots[:, 1]
    class_pages, class_blocks = blocks(of_code.astype(np.uint16))
    node_pages, node_blocks = blocks(node_of)
    return {
        "classes": np.array(list(classes), np.int32),
        "class_pages": class_pages,
        "class_blocks": class_blocks,
        "node_pages": node_pages,
        "node_blocks": node_blocks,
    }


def blocks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    unique, pages = np.unique(values.reshape(-1, BLOCK), axis=0, return_inverse=True)
    return pages.reshape(-1).astype(np.uint16), unique.reshape(-1)


def properties(data: uroman.Uroman, scripts: dict[str, int], c: str) -> tuple[int, int, int]:
    """Flags in the order of `Flag` in table.h, script and digit of a character."""
    category, name = unicodedata.category(c), data.chr_name(c)
    value = uroman.uroman.ud_numeric(c)

    def has(kind: str) -> bool:
        return bool(data.dict_bool.get((kind, c)))

    def says(kind: str) -> str:
        return data.dict_str.get((kind, c), "")

    flags = (
        c.isalpha(),
        bool(regex.match(r"\pL|\pM", c)),
        c.islower(),
        c.istitle() and not c.isupper(),
        c.isupper(),
        category == "Mn",
        category == "Mn" and "NUKTA" in name,
        category == "Cf",
        category == "Co",
        has("is-vowel-sign"),
        has("is-medial-consonant-sign"),
        has("is-virama"),
        "SUBJOINED LETTER" in name,
        "LETTER" in name,
        "VOCALIC" in name,
        bool(says("tone-mark")),
        says("syllable-info") == "written-pre-consonant-spoken-post-consonant",
        bool(value),
        bool(data.num_props.get(c)),
        decomposed(c) is not None,
    )
    digit = value if "DIGIT" in name and isinstance(value, int) and 0 <= value <= 9 else -1
    return sum(1 << bit for bit, flag in enumerate(flags) if flag), scripts[says("script")], digit


def numbers(data: uroman.Uroman) -> np.ndarray:
    """Characters that stand for numbers: code, value or -1, base or 0, numerator, denominator, type, large power, Chinese."""
    rows = []
    for text, entry in data.num_props.items():
        if not entry:
            continue
        fraction = entry.get("fraction") or (0, 0)
        kind = NUMBER_TYPES.index(entry["type"])
        flags = (bool(entry.get("is-large-power")), entry.get("script") == "CJK")
        rows.append((ord(text), entry.get("value", -1), entry.get("base") or 0, *fraction, kind, *flags))
    return np.array(sorted(rows), np.int64)


def decomposed(c: str) -> str | None:
    """The characters that a character is made of, where uroman romanizes them in its place."""
    parts = unicodedata.decomposition(c).split()
    if not parts or not parts[0].startswith("<") or parts[0] in KEPT_WHOLE:
        return None
    return "".join(chr(int(part, 16)) for part in parts if not part.startswith("<"))


def decompositions(pool: Pool) -> dict[str, np.ndarray]:
    found = [(code, pool[parts]) for code in range(CODES) if (parts := decomposed(chr(code))) is not None]
    array = np.array(found, np.uint32)
    return {"decomposed": array[:, 0], "decompositions": array[:, 1]}


if __name__ == "__main__":
    main()
