"""Pairs of lines and their romanizations: what is written, what is left out, and words that a predicate chooses."""

import json
import subprocess
import sys

import polyvocab
import pyarrow.parquet as pq
import pytest
from containers import LINES
from polyvocab.cli import app
from polyvocab.errors import CorpusError, PolyvocabError
from polyvocab.romanize import Romanizer
from polyvocab.romanize.chosen_words import ChosenWords, listed
from polyvocab.romanize.pairs import Pair, PairCounts, pairs, write_pairs
from typer.testing import CliRunner

TEXT = ["Мир вам", "plain", "", "Мир вам", "щ", "ا ب\nsecond щука\r\n  \n"]


def read(path) -> list[tuple[str, str]]:
    if path.suffix == ".parquet":
        return [tuple(row.values()) for row in pq.read_table(path).to_pylist()]
    return [tuple(json.loads(line).values()) for line in path.read_text("utf-8").splitlines()]


def expected(texts, lang=None) -> list[tuple[str, str]]:
    return [(text, Romanizer(lang)(text)) for text in texts]


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_a_pair_for_every_line(tmp_path, name):
    counts = polyvocab.write_pairs(TEXT, tmp_path / name)
    assert read(tmp_path / name) == expected(["Мир вам", "plain", "Мир вам", "щ", "ا ب", "second щука"])
    assert counts == PairCounts(lines=8, written=6, short=2) and [p.name for p in tmp_path.iterdir()] == [name]
    assert pairs(TEXT).__next__() == Pair("Мир вам", "Mir vam")


def test_what_is_left_out_on_request(tmp_path):
    counts = write_pairs(TEXT, tmp_path / "a.jsonl", lang="ukr", min_chars=2, deduplicate=True, drop_identical=True)
    assert read(tmp_path / "a.jsonl") == expected(["Мир вам", "ا ب", "second щука"], "ukr")
    assert counts == PairCounts(lines=8, written=3, short=3, duplicates=1, identical=1)


def test_every_container_gives_the_same_pairs(containers, tmp_path):
    for n, source in enumerate(containers):
        write_pairs(source, tmp_path / f"{n}.jsonl", threads=1 + n % 2)
        assert read(tmp_path / f"{n}.jsonl") == expected(LINES)


def test_batches_of_any_size_change_nothing(tmp_path, monkeypatch):
    texts = ["Мир вам", "щ" * 50, "a"] * 7
    for size in (1, 60, 1 << 20):
        monkeypatch.setattr(f"{pairs.__module__}._BATCH_CHARS", size)
        monkeypatch.setattr(f"{pairs.__module__}._ROW_GROUP_CHARS", size)
        for name in ("a.jsonl", "a.parquet"):
            (tmp_path / name).unlink(missing_ok=True)
            write_pairs(texts, tmp_path / name)
            assert read(tmp_path / name) == expected(texts)
        groups = pq.ParquetFile(tmp_path / "a.parquet").num_row_groups
        assert groups == 21 if size == 1 else groups < 21


def test_columns_and_json_without_escapes(tmp_path):
    write_pairs(["щ"], tmp_path / "a.jsonl", columns=("ukr", "latin"))
    assert (tmp_path / "a.jsonl").read_text("utf-8") == '{"ukr": "щ", "latin": "shch"}\n'
    write_pairs([], tmp_path / "a.parquet", columns=("ukr", "latin"))
    assert pq.read_table(tmp_path / "a.parquet").schema.names == ["ukr", "latin"]


def test_nothing_is_left_of_a_failure(tmp_path):
    (tmp_path / "a.txt").write_bytes("щ\n".encode() + b"\xff\n")
    for name in ("a.jsonl", "a.parquet"):
        with pytest.raises(CorpusError, match=r"a.txt: line 2: invalid UTF-8 at byte 3"):
            write_pairs(tmp_path / "a.txt", tmp_path / name)
        with pytest.raises(CorpusError, match="line 2 of the corpus: half of a surrogate pair at 1"):
            write_pairs(["a", "b\ud800"], tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.txt", {}, "a.txt: pairs are written as .jsonl or .parquet"),
        ("a.jsonl", {"columns": ("x", "x")}, "x, x: two different names of columns are needed"),
        ("a.jsonl", {"lang": "ukr", "transliterate": str.upper}, "lang is for the romanizer"),
        ("a.jsonl", {"word_pattern": "x"}, "a pattern of words is for a predicate of words"),
        ("a.jsonl", {"words": bool, "word_pattern": "("}, "is no regular expression"),
        ("a.jsonl", {"words": lambda w: 1 / 0}, "the predicate of words fails on 'щ': ZeroDivisionError"),
        ("a.jsonl", {"transliterate": lambda t: 1 / 0}, "the function that transliterates fails on 'щ'"),
        ("a.jsonl", {"transliterate": len}, "the function that transliterates makes a int of 'щ', no text"),
    ],
)
def test_what_cannot_be_asked_for(tmp_path, name, options, message):
    with pytest.raises(PolyvocabError, match=message.replace("(", r"\(")):
        write_pairs(["щ"], tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_an_existing_file_is_not_overwritten(tmp_path):
    (tmp_path / "a.jsonl").write_text("mine")
    with pytest.raises(PolyvocabError, match="exists already"):
        write_pairs(["щ"], tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_text() == "mine"


# -- words ------------------------------------------------------------------------------------------------------------


def test_only_the_chosen_words_are_romanized():
    texts = ["Мир, вам! світе-мир", "нічого"]
    found = [p.romanized for p in pairs(texts, words=lambda word: word.casefold() == "мир")]
    assert found == ["Mir, вам! світе-mir", "нічого"]
    assert [p.romanized for p in pairs(texts, words=lambda word: False)] == texts
    assert [p.romanized for p in pairs(texts, words=lambda word: True)] == ["Mir, vam! svite-mir", "nichogo"]


def test_each_word_is_asked_for_once_and_romanized_by_itself():
    asked, made = [], []

    def is_chosen(word):
        asked.append(word)
        return word != "не"

    def shout(words):
        made.append(list(words))
        return [word.upper() for word in words]

    assert ChosenWords(is_chosen, shout)(["не так, так", "так не 12"]) == ["не ТАК, ТАК", "ТАК не 12"]
    assert sorted(asked) == ["12", "не", "так"] and made == [["так", "12"]]


def test_marks_and_joiners_belong_to_words():
    words = []
    list(pairs(["हिन्दी में, می‌خواهم l'għada ta’ قَلَم x_y"], words=words.append))
    assert words == ["हिन्दी", "में", "می‌خواهم", "l", "għada", "ta", "قَلَم", "x", "y"]
    words.clear()
    list(pairs(["l-għada ta’ x"], words=words.append, word_pattern=r"[^\s’]+"))
    assert words == ["l-għada", "ta", "x"]


def test_a_function_of_the_callers_for_maltese():
    """The published use: words of Arabic origin alone are written in another script, here by a table of letters."""
    table = str.maketrans({"q": "ق", "l": "ل", "b": "ب"})
    found = pairs(["Qalb tajba, skola"], words=listed(["QALB", "tajba "]), transliterate=lambda w: w.lower().translate(table))
    assert [tuple(pair) for pair in found] == [("Qalb tajba, skola", "قaلب tajبa, skola")]


# -- the command ------------------------------------------------------------------------------------------------------


def call(*arguments):
    return CliRunner().invoke(app, ["pairs", *map(str, arguments)])


def test_the_command(tmp_path):
    (tmp_path / "a.txt").write_text("Мир вам\nplain\nМир вам\n", "utf-8")
    done = call(tmp_path / "a.txt", "-o", tmp_path / "a.parquet", "--deduplicate", "--drop-identical", "-q", "--lang", "rus")
    assert done.exit_code == 0 and read(tmp_path / "a.parquet") == [("Мир вам", "Mir vam")]
    assert [line.split() for line in done.output.splitlines()[:4]] == [
        ["lines", "3"],
        ["duplicates", "1"],
        ["identical", "1"],
        ["pairs", "1"],
    ]
    (tmp_path / "words.txt").write_text("мир\n", "utf-8")
    done = call(tmp_path / "a.txt", "-o", tmp_path / "a.jsonl", "--word-list", tmp_path / "words.txt", "-q")
    assert done.exit_code == 0 and read(tmp_path / "a.jsonl")[0] == ("Мир вам", "Mir вам")


def test_functions_by_name(tmp_path):
    (tmp_path / "etymology.py").write_text("def is_short(word):\n    return len(word) < 3\n\nclass T:\n    up = str.upper\n")
    (tmp_path / "a.txt").write_text("вам щ\n", "utf-8")
    command = [sys.executable, "-m", "polyvocab", "pairs", "a.txt", "-q", "-o"]
    named = ["--word-if", "etymology:is_short", "--transliterate", "etymology:T.up"]
    done = subprocess.run([*command, "a.jsonl", *named], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and read(tmp_path / "a.jsonl") == [("вам щ", "вам Щ")], done.stderr
    for name, message in [
        ("etymology", "--word-if etymology: write MODULE:FUNCTION"),
        ("absent_module:f", "--word-if absent_module:f: cannot be imported: ModuleNotFoundError"),
        ("json:absent", "--word-if json:absent: cannot be imported: AttributeError"),
        ("json:__name__", "--word-if json:__name__: is a str, no function"),
    ]:
        done = call(tmp_path / "a.txt", "-o", tmp_path / "b.jsonl", "--word-if", name)
        assert done.exit_code == 1 and message in done.output
    done = call(tmp_path / "a.txt", "-o", tmp_path / "b.jsonl", "--word-if", "json:dumps", "--word-list", tmp_path / "a.txt")
    assert done.exit_code == 1 and "give --word-list or --word-if, not both" in done.output
    assert not (tmp_path / "b.jsonl").exists()
