"""Make the core's Unicode tables by asking Hugging Face `tokenizers` about every code point.

    python tools/make_unicode_tables.py csrc/core/unicode            write the tables (some minutes)
    python tools/make_unicode_tables.py csrc/core/unicode --check    exit with an error if they would change

What is asked, and how, is in unicode_probe.py; the layout of each table is explained where it is read. A new version of the
reference may change any of them: run this, and read the difference.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tokenizers
import unicode_probe as probe
from tokenizers import normalizers

LIMIT = 0x20000  # TwoStage::limit
WIDTH = 128


def ranges_of(flags: np.ndarray) -> np.ndarray:
    """First and last of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return edges.reshape(-1, 2) - (0, 1)


def runs_of(values: np.ndarray) -> Iterable[tuple[int, int, int]]:
    """First, last and value of each run of one value."""
    begins = np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1))
    for first, last in zip(begins, [*(begins[1:] - 1), len(values) - 1], strict=True):
        yield int(first), int(last), int(values[first])


def lines(items: Iterable) -> str:
    out, line = [], ""
    for item in items:
        text = f"{item},"
        if len(line) + len(text) > WIDTH:
            out.append(line)
            line = ""
        line += text
    return "\n".join([*out, line])


def array(declaration: str, items: Iterable) -> str:
    return f"constexpr {declaration} = {{\n{lines(items)}\n}};\n"


def braces(*items: object) -> str:
    return "{" + ",".join(map(str, items)) + "}"


def two_stage(name: str, value: str, values: np.ndarray) -> str:
    """A TwoStage, of the size of block that makes the shortest table; see two_stage.h."""
    high = [braces(first + LIMIT, last + LIMIT, v) for first, last, v in runs_of(values[LIMIT:]) if v]

    def with_blocks_of(bits: int) -> str:
        blocks: dict[bytes, int] = {}
        stages = [blocks.setdefault(block.tobytes(), len(blocks)) for block in values[:LIMIT].reshape(-1, 1 << bits)]
        stored = np.concatenate([np.frombuffer(block, values.dtype) for block in blocks])
        block = "std::uint8_t" if len(blocks) <= 256 else "std::uint16_t"
        return (
            array(f"{value} {name}_values[]", stored)
            + f"constexpr TwoStage<{value}, {block}, {bits}, {len(high)}> {name} = {{\n{{\n{lines(stages)}\n}},\n"
            + f"{name}_values,\n{{\n{lines(high)}\n}},\n}};\n"
        )

    return min(map(with_blocks_of, range(4, 9)), key=len)


def predicates() -> str:
    bits = np.zeros(probe.SIZE, np.uint8)
    names = ""
    for bit, (name, ask) in enumerate(probe.PREDICATES.items()):
        bits[ask()] |= 1 << bit
        names += f"constexpr std::uint8_t {name}_bit = {1 << bit};\n"
    for one, same in ((probe.word, probe.single_word), (probe.space, probe.stripped)):
        agree(one(), same())
    agree(probe.punctuation(), probe.bert_punctuation())
    return names + two_stage("predicate_bits", "std::uint8_t", bits)


def agree(one: np.ndarray, other: np.ndarray) -> None:
    if (one != other).any():
        raise RuntimeError("two uses of what was one property differ: give each a table")


def lowercase() -> str:
    index = np.zeros(probe.SIZE, np.uint8)
    deltas = {0: 0, None: 1}
    several = []
    for code, lower in zip(probe.SCALARS.tolist(), probe.each(normalizers.Lowercase()), strict=True):
        if len(lower) == 1:
            index[code] = deltas.setdefault(ord(lower) - code, len(deltas))
        else:
            index[code] = deltas[None]
            codes = [*map(ord, lower)] + [0] * (3 - len(lower))
            several.append(braces(code, braces(braces(*codes), len(lower))))
    return (
        f"constexpr unsigned several = {deltas[None]};  // the index of a character that becomes more than one\n"
        + array("std::pair<char32_t, Mapping> lowercase_several[]", several)
        + array("std::int32_t lowercase_deltas[]", [delta or 0 for delta in deltas])
        + two_stage("lowercase_index", "std::uint8_t", index)
    )


def scripts() -> str:
    return array("ScriptRun script_runs[]", (braces(first, script) for first, _, script in runs_of(probe.scripts())))


def properties() -> str:
    sets: list[int] = []
    for flags in probe.properties().values():
        ranges = ranges_of(flags)
        sets.append(len(ranges))
        end = 0
        for first, last in ranges.tolist():
            sets += (first - end, last + 1 - first)
            end = last + 1
    names = {fold(name): at for at, line in enumerate(probe.PROPERTY_NAMES) for name in line}
    entries = (braces('"' + name.replace("\\", "\\\\") + '"', at) for name, at in sorted(names.items()))
    return array("std::uint32_t property_sets[]", sets) + array("PropertyName property_names[]", entries)


def fold(name: str) -> str:
    return name.lower().replace("_", "")


def case() -> str:
    variants = probe.case_variants()
    groups = {tuple(sorted([code, *others])) for code, others in variants.items()}
    if sum(map(len, groups)) != len(variants):
        raise RuntimeError("case variants are no equivalence")
    return array("char32_t case_groups[][4]", (braces(*group) for group in sorted(groups)))


def normal_forms() -> str:
    nfc, nfd, nfkc, nfkd = map(probe.normal_form, ("NFC", "NFD", "NFKC", "NFKD"))
    classes, compositions = probe.combining_classes(), probe.compositions()
    forward, backward = ({pair[side] for pair in compositions} for side in (0, 1))
    spellings: list[int] = []
    places: dict[tuple[str, str], int] = {}
    entries = np.zeros(probe.SIZE, np.uint16)
    for code in sorted({*nfd, *nfkd}):
        canonical = nfd.get(code, "")
        compatible = nfkd[code] if nfkd[code] != canonical else ""
        if (canonical, compatible) not in places:
            places[canonical, compatible] = len(spellings)
            spellings += [len(compatible) * 256 + len(canonical), *map(ord, canonical + compatible)]
        entries[code] = 256 + places[canonical, compatible]
        # A character that is its own composed form must not lose its first part to the character before it.
        for form, parts in ((nfc, canonical), (nfkc, nfkd[code])):
            if code not in form and parts and (ord(parts[0]) in backward or ord(parts[0]) in classes):
                raise RuntimeError(f"U+{code:04X} begins with a character that composes with the one before")
    for code, number in classes.items():
        entries[code] = number
    traits = np.zeros(probe.SIZE, np.uint8)
    syllables = range(0xAC00, 0xD7A4)
    forward |= {*range(0x1100, 0x1113), *syllables[::28]}
    backward |= {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}
    with_trait = ((nfc, 1), (nfkc, 2), (nfd, 4), (nfkd, 8), (classes, 16), (backward, 32), (forward, 64), (syllables, 4 | 8))
    for codes, bit in with_trait:
        traits[[*codes]] |= bit
    pairs = (braces(*pair, composed) for pair, composed in sorted(compositions.items()))
    return (
        two_stage("normal_form_traits", "std::uint8_t", traits)
        + two_stage("normal_form_entry", "std::uint16_t", entries)
        + array("char32_t spellings[]", spellings)
        + array("Composition compositions[]", pairs)
    )


def graphemes() -> str:
    return (
        "enum class GraphemeClass : std::uint8_t {\n"
        + lines(one.name for one in probe.GraphemeClass)
        + "\n};\n"
        + two_stage("grapheme_class", "std::uint8_t", probe.grapheme_classes())
    )


TABLES = (predicates, lowercase, scripts, properties, case, normal_forms, graphemes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; compare")
    parser.add_argument("--only", choices=[table.__name__ for table in TABLES])
    options = parser.parse_args()
    head = f"// Generated by tools/make_unicode_tables.py from tokenizers {tokenizers.__version__}; do not edit.\n"
    stale = []
    for table in TABLES:
        if options.only not in (None, table.__name__):
            continue
        path = options.folder / f"tables_{table.__name__}.inc"
        made = head + "// clang-format off\n" + table()
        if not options.check:
            path.write_text(made)
        elif path.read_text() != made:
            stale.append(path.name)
    if stale:
        sys.exit(f"these tables differ from what the reference says: {', '.join(stale)}")


if __name__ == "__main__":
    main()
