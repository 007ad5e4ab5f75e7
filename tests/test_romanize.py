"""The romanizer against results of the package `uroman` 1.3.1.1, which wrote the files in `data/romanize`."""

import gzip
import json
import re
from collections import defaultdict
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyvocab.romanize import Romanizer

VECTORS = Path(__file__).parent / "data" / "romanize"
MARK = "\u02cf"


@pytest.fixture(scope="module")
def vectors():
    """(text, code, format, expected) of the reduced suite."""
    return [json.loads(line) for line in gzip.decompress((VECTORS / "vectors.jsonl.gz").read_bytes()).decode().split("\n")]


@cache
def romanizer_of(code: str | None, mark: str | None = None) -> Romanizer:
    return Romanizer(code, mark=mark)


def result(romanizer: Romanizer, text: str, form: str):
    """The result in a format; in `lattice` the edges of a span have no order."""
    if form == "str":
        return romanizer(text)
    edges = romanizer.lattice(text) if form == "lattice" else romanizer.edges(text, alternatives=form == "alts")
    edges = [list(edge) for edge in edges]
    if form == "lattice":
        edges = [edge for _, span in groupby(edges, key=lambda edge: edge[:2]) for edge in sorted(span)]
    return edges


def test_the_reduced_suite(vectors):
    different = [
        (text, code, form, expected, got)
        for text, code, form, expected in vectors
        if (got := result(romanizer_of(code), text, form)) != expected
    ]
    assert not different, (len(different), different[:3])


def test_the_reduced_suite_has_every_code_with_every_format(vectors):
    forms = defaultdict(set)
    for _, code, form, _ in vectors:
        forms[code].add(form)
    assert len(forms) > 35
    assert all(found == {"str", "edges", "alts", "lattice"} for found in forms.values())


def test_every_code_point():
    """Alone, and beside all that rules ask for: each block of code points has the digest of the package's results."""
    expected = json.loads((VECTORS / "points.json").read_text("utf-8"))
    size, romanizer, forms = expected["block"], Romanizer(), ("str", "edges", "alts", "lattice")
    assert len(expected["digests"]) == 5
    different = []
    for number, (way, digests) in enumerate(expected["digests"].items()):
        assert len(digests) * size >= 0x20000
        for block, digest in enumerate(digests):
            points = (point for point in range(block * size, (block + 1) * size) if not 0xD800 <= point < 0xE000)
            points = [point for point in points if number in (0, point % 4 + 1)]  # alone, and in one of the contexts
            results = [result(romanizer, way.format(c=chr(point), b="a", a="a"), forms[point // 4 % 4]) for point in points]
            if sha256(json.dumps(results).encode()).hexdigest()[:8] != digest:
                different.append(f"U+{block * size:04X} in {way}")
    assert not different


def test_uromans_own_reference():
    """Line by line; `::lcode xyz` at the start of a line is the code of the rest, as uroman's command reads it."""
    lines = (VECTORS / "multi-script.txt").read_text("utf-8").splitlines()
    expected = (VECTORS / "multi-script.uroman-ref.txt").read_text("utf-8").splitlines()
    assert len(lines) == len(expected) == 32
    for line, reference in zip(lines, expected, strict=True):
        prefix, code, text = re.fullmatch(r"(::lcode\s+([a-z]{3})\s+)?(.*)", line).groups()
        assert (prefix or "") + Romanizer(code)(text) == reference


def test_generated_vectors(shared):
    files = sorted((shared / "vectors" / "uroman-generated").glob("*.tsv"))
    assert len(files) > 30
    for path in files:
        header, *rows = [line.split("\t") for line in path.read_text("utf-8").rstrip("\n").split("\n")]
        code = header[2].removeprefix("uroman_lcode_")
        assert Romanizer().batch([row[0] for row in rows]) == [row[1] for row in rows], path.name
        assert Romanizer(code).batch([row[0] for row in rows]) == [row[2] for row in rows], path.name


def test_edges_tile_the_text_and_join_to_the_romanization(vectors):
    for text, code, _, _ in vectors:
        romanizer = romanizer_of(code)
        edges = romanizer.edges(text)
        assert [edge.start for edge in edges] == [0, *(edge.end for edge in edges)][: len(edges)], text
        assert (edges[-1].end if edges else 0) == len(text)
        assert "".join(edge.text for edge in edges) == romanizer(text)


@given(st.text(st.characters(max_codepoint=0x7F), max_size=60))
def test_ascii_without_a_code_stays_as_it_is(text):
    assert Romanizer()(text) == text


def test_marks_stand_before_letters_that_were_made(vectors):
    for text, code, _, _ in vectors:
        marked, plain = romanizer_of(code, MARK), romanizer_of(code)
        if MARK in text:
            continue
        got = marked(text)
        assert got.replace(MARK, "") == plain(text)
        assert all(letter.isalpha() for letter in re.findall(f"{MARK}(.)", got, re.DOTALL))
        for edge in plain.edges(text):
            if edge.text == text[edge.start : edge.end]:
                continue
            made = "".join(MARK + c if c.isalpha() else c for c in edge.text)
            assert made in got
        assert "".join(edge.text for edge in marked.edges(text)) == got


def test_batches_and_threads_change_nothing(vectors):
    texts = [text for text, *_ in vectors] * 2
    for code in (None, "hin", "rus"):
        romanizer = Romanizer(code)
        single = [romanizer(text) for text in texts]
        for threads in (1, 2, 5):
            assert romanizer.batch(texts, threads=threads) == single
    assert Romanizer().batch([]) == []


def test_a_line_is_the_same_beside_any_other_lines(vectors):
    """No state goes from text to text: any order and any cut of the same lines gives the same."""
    texts = sorted({text for text, *_ in vectors})[::5]
    romanizer = Romanizer("eng")
    alone = {text: Romanizer("eng")(text) for text in texts}
    Random(3).shuffle(texts)
    for size in (1, 7, 1000):
        parts = [texts[i : i + size] for i in range(0, len(texts), size)]
        assert [line for part in parts for line in romanizer.batch(part)] == [alone[text] for text in texts]
    texts = [text for text in texts if not set(text) & {"\n", "\r"}]
    expected = "".join(alone[text] + "\n" for text in texts).encode()
    data = "".join(text + "\n" for text in texts).encode()
    for threads in (1, 3):
        assert romanizer.lines(data, threads=threads) == expected
    half = data.index(b"\n", len(data) // 2) + 1
    assert romanizer.lines(data[:half]) + romanizer.lines(data[half:]) == expected


def test_long_lines_are_those_of_short_ones():
    """A line of 60,000 characters: no limit, and the same words."""
    sentence = "मेरे पास 12 किताबें हैं। 二千零一十 Ελλάδα ချစ် ภาษาไทย "
    once = Romanizer()(sentence)
    assert Romanizer()(sentence * 1000) == once * 1000
