"""`inspect`: what a vocabulary holds, by hand on tiny ones and on every real one, and what it makes of text."""

import json
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyvocab import report
from polyvocab.cli import app
from polyvocab.errors import FormatError, MetricError, PolyvocabError
from polyvocab.formats import TokenizerFiles
from polyvocab.formats.tokenizer_json import read_definition
from polyvocab.inspection import inspect
from polyvocab.inspection.entries import Entries, Entry
from polyvocab.inspection.kinds import kind_of
from polyvocab.inspection.usage import _SPACES
from polyvocab.metrics import continued_words
from polyvocab.romanize.text_steps import romanize_step
from polyvocab.scripts import _NAMES, _runs, script_of, scripts_of, sizes
from polyvocab.tokenizer import Tokenizer
from shared_tokenizers import READING, tokenizer_file
from typer.testing import CliRunner


def definition(model: dict, **members):
    """Of the members of a tokenizer.json."""
    added = [
        {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": special}
        for i, t, special in members.pop("added", ())
    ]
    return read_definition(json.dumps({"version": "1.0", "added_tokens": added, "model": model, **members}).encode(), "tiny")


def byte_level(tokens: list[str | None], merges: list[str], **members):
    vocabulary = {t: i for i, t in enumerate(tokens) if t is not None}
    parts = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return definition({"type": "BPE", "vocab": vocabulary, "merges": merges}, pre_tokenizer=parts, decoder=parts, **members)


def kinds(document: dict) -> dict[str, int]:
    return {row["kind"]: row["tokens"] for row in document["kinds"]}


def scripts(document: dict) -> dict[str, int]:
    return {row["script"]: row["tokens"] for row in document["scripts"]}


def test_a_byte_level_vocabulary_by_hand():
    tokens = ["a", "b", "Ġ", "Ġa", "ab", "Ð", "±", "Ð±", "1", "11", "Ċ", "!", "Ã¤", None, None, "<s>", "<tool>"]
    merges = ["Ġ a", "a b", "Ð ±", "1 1"]
    made = byte_level(tokens, merges, added=[(15, "<s>", True), (16, "<tool>", False)])
    document = inspect(made, {"x": ["ab a", "ab"], "y": ["б", "б"]}).to_dict()
    assert document["tokenizer"]["family"] == "BPE, byte-level"
    assert document["tokenizer"]["pre_tokenizer"][0].startswith("ByteLevel(add_prefix_space=False")
    assert document["tokenizer"]["longest_digits"] == 2
    assert document["sizes"] == {
        **{"tokens": 17, "text": 13, "byte_fallback": 0, "special": 1, "added": 1, "reserved": 0, "holes": 2, "merges": 4}
    }
    assert kinds(document) == {
        **{"word start": 1, "continuation": 5, "digits": 2, "punctuation": 1, "white space": 2, "single byte": 2}
    }
    assert scripts(document) == {"Latin": 5, "no script": 5, "Cyrillic": 1}
    assert {row["script"]: row["characters"] for row in document["scripts"]} == {"Latin": 3, "no script": None, "Cyrillic": 1}
    x, y = document["texts"]
    assert (x["words"], x["tokens"], x["bytes"], x["characters"], x["continued_words"], x["documents"]) == (3, 3, 6, 6, 0, 2)
    assert x["premium"] == 1 and y["premium"] == 2 / 3 and y["characters_per_token"] == 1
    assert x["used"] == 2 and x["used_share"] == 2 / 15
    assert json.loads(json.dumps(document)) == document


def test_continued_words_and_unknowns_of_a_sentencepiece_model_with_bytes(shared):
    """The bytes of a character that has no piece are tokens of its word, though only the last one has a span."""
    text = {"x": ["𐍈𐍈 the", "𐍈"]}
    found = inspect(shared / "tokenizers/llama2/tokenizer.model", text).texts[0]
    assert (found["words"], found["continued_words"], found["tokens"]) == (3, 2, 15)  # ▁, 8 bytes, ▁the; ▁, 4 bytes
    unknown = inspect(shared / "tokenizers/t5/spiece.model", text).texts[0]
    assert unknown["unknown_tokens"] == 2


def test_fertility_is_that_of_the_original(sample_model, sample_text):
    from polyvocab.metrics import fertility
    from transformers import AutoTokenizer

    lines = (sample_text / "zho_Hans.train.txt").read_text("utf-8").split("\n")[:60]
    lines += ["ᏣᎳᎩ x", " a  b ", *(sample_text / "swh_Latn.heldout.txt").read_text("utf-8").split("\n")[:60]]
    lines = [line for line in lines if line]
    expected = fertility(AutoTokenizer.from_pretrained(sample_model), lines).as_dict()
    found = inspect(sample_model, {"x": lines}).texts[0]
    assert {name: found[name] for name in expected} == expected and expected["unknown_tokens"] > 0


def test_text_steps_are_done_and_said(sample_model, tmp_path):
    files = TokenizerFiles.from_directory(sample_model).with_text_steps([romanize_step()])
    files.write(tmp_path)
    assert "text steps     romanize" in report.inspection_summary(inspect(tmp_path).to_dict())
    text = {"x": ["привет мир"]}
    expected = Tokenizer.from_pretrained(tmp_path).encode(text["x"][0])
    for source in (tmp_path, files, Tokenizer.from_pretrained(tmp_path)):
        (found,) = inspect(source, text).texts
        assert (found["tokens"], found["words"], found["bytes"], found["characters"]) == (len(expected), 2, 19, 10)
    assert inspect(files.definition, text).texts[0]["tokens"] == len(Tokenizer(files).encode(text["x"][0])) != len(expected)


def slow_continued(words, tokens) -> int:
    return sum(sum(a < b and a < end and b > begin for a, b in tokens) > 1 for begin, end in words)


@given(st.lists(st.integers(0, 3), max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4)), max_size=20))
def test_continued_words_are_those_of_the_slow_way(gaps, spans):
    bounds = np.cumsum(gaps)[: len(gaps) // 2 * 2].reshape(-1, 2)
    words = [(a, b) for a, b in bounds.tolist() if a < b]
    tokens = [(a, a + size) for a, size in spans]
    found = continued_words(np.array(words, np.int64), np.array(tokens, np.int64))
    assert found == slow_continued(words, tokens)


def test_scripts_are_all_of_unicode():
    first, last, _ = _runs()
    assert (first[1:] > last[:-1]).all(), "scripts overlap"
    assert sum(sizes().values()) == int((last - first + 1).sum())
    from polyvocab._core import unicode

    unknown = unicode.property("Unknown").astype(np.int64)  # what is not assigned, private or half of a pair
    missing = 0x110000 - 2048 - sum(sizes().values())
    assert missing == sum(b - a + 1 for a, b in unknown.tolist())
    assert len(set(_NAMES)) == len(_NAMES) > 160
    assert _SPACES.tolist() == [c for c in range(sys.maxunicode + 1) if chr(c).isspace()]


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("word", "Latin"),
        ("слово 1", "Cyrillic"),
        ("12!", "no script"),
        ("語る", "Japanese, mixed"),
        ("漢字", "Han"),
        ("데이터", "Hangul"),
        ("漢글", "Korean, mixed"),
        ("ab漢", "several scripts"),
        ("\U0010ffff", "no script"),
    ],
)
def test_script_of(text, script):
    assert script_of(text, scripts_of(text)) == script


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (Entry("word", b"", True), "word start"),
        (Entry("word", b"", False, True), "word end"),
        (Entry("don't", b""), "continuation"),
        (Entry("हिन्दी", b"", True, True), "word"),
        (Entry("1st", b"", True), "mixed"),
        (Entry("getName", b""), "code-like"),
        (Entry("_id", b""), "code-like"),
        (Entry("        return", b""), "code-like"),
        (Entry(".com", b""), "code-like"),
        (Entry("२०२४", b""), "digits"),
        (Entry("...", b""), "punctuation"),
        (Entry("{}", b"", True), "punctuation"),
        (Entry("❤️", b""), "symbols"),
        (Entry(" \n", b""), "white space"),
        (Entry("\x00", b""), "control characters"),
        (Entry(None, b"\xd0"), "single byte"),
        (Entry(None, b"\xe3\x81"), "incomplete UTF-8"),
    ],
)
def test_kind_of(entry, kind):
    assert kind_of(entry, "start") == kind
    assert kind != "continuation" or kind_of(entry, "none") == "letters"


def test_dead_tokens_are_named():
    made = byte_level(["a", "b", "ab", "aa", "aab"], ["a b", "a a", "aa b"])  # a+b goes first: aab comes out of nothing
    document = inspect(made).to_dict()
    assert document["dead"]["tokens"] == 1
    assert document["dead"]["examples"] == [{"id": 4, "token": "aab"}]
    assert not document["texts"] and not document["languages"]
    assert "dead tokens    1 (20.0 %)" in report.inspection_summary(document)
    assert ">aab<" in report.inspection_page(document)


def test_a_random_model_is_inspected_without_what_cannot_be_known():
    made = byte_level(["a", "b", "ab"], ["a b"])
    from dataclasses import replace

    document = inspect(replace(made, model=replace(made.model, dropout=0.1))).to_dict()
    assert document["dead"]["tokens"] is None and document["sizes"]["merges"] == 1
    assert "the model is random" in report.inspection_summary(document)
    with pytest.raises(PolyvocabError, match="dropout"):
        inspect(replace(made, model=replace(made.model, dropout=0.1)), {"x": ["a"]})


def test_wordpiece_marks_words():
    tokens = ["[UNK]", "[CLS]", "[unused1]", "the", "##ing", "一", ",", "##,"]
    made = definition(
        {
            **{"type": "WordPiece", "vocab": {t: i for i, t in enumerate(tokens)}, "unk_token": "[UNK]"},
            **{"continuing_subword_prefix": "##", "max_input_chars_per_word": 100},
        },
        pre_tokenizer={"type": "BertPreTokenizer"},
        added=[(0, "[UNK]", True), (1, "[CLS]", True)],
    )
    document = inspect(made).to_dict()
    assert kinds(document) == {"word": 1, "word start": 1, "continuation": 1, "punctuation": 2}
    assert (document["sizes"]["special"], document["sizes"]["reserved"]) == (2, 1)


def test_languages_take_the_tokens_that_they_use_most(sample_model, sample_text):
    texts = {name: [sample_text / f"{name}.train.txt"] for name in ("swh_Latn", "zho_Hans", "hye_Armn")}
    made = inspect(sample_model, texts)
    rows = {row["label"]: row for row in made.languages}
    tokenizer = Tokenizer(TokenizerFiles.from_directory(sample_model))
    counts = []
    for name in texts:
        lines = [line for line in (sample_text / f"{name}.train.txt").read_text("utf-8").split("\n") if line]
        ids, _ = tokenizer.encode_batch(lines)
        counts.append(np.bincount(ids, minlength=tokenizer.token_count))
    shares = np.stack([c / c.sum() for c in counts])
    entries = Entries.of(tokenizer.definition)
    wanted = [i for i in entries.texts if sum(c[i] for c in counts) >= 5]
    for n, name in enumerate(texts):
        mine = [i for i in wanted if shares[:, i].argmax() == n]
        assert rows[name]["tokens"] == len(mine)
        assert rows[name]["only_here"] == sum(counts[n][i] == sum(c[i] for c in counts) for i in mine)
        text = next(row for row in made.texts if row["label"] == name)
        assert text["tokens"] == counts[n].sum() and text["used"] == np.count_nonzero(counts[n])
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", ["bert-base-uncased", "clip", "claude-js", "gpt2", "sp-test-ja", "gguf"])
def test_real_vocabularies_add_up(shared, name):
    folder = shared / "tokenizers" / name
    path = folder / "ggml-vocab-llama-spm.gguf" if name == "gguf" else tokenizer_file(folder)
    made = inspect(path, {"en": [shared / "text/eng_Latn.udhr.txt"]}, **READING.get(name, {}))
    sizes = dict(made.sizes)
    merges, total = sizes.pop("merges"), sizes.pop("tokens")
    assert sum(sizes.values()) == total
    assert sum(row["tokens"] for row in made.kinds) == sizes["text"]
    broken = sum(row["tokens"] for row in made.kinds if row["kind"] in ("single byte", "incomplete UTF-8"))
    assert sum(row["tokens"] for row in made.scripts) == sizes["text"] - broken
    assert (merges is None) == (name in ("bert-base-uncased", "sp-test-ja"))
    assert 1 < made.texts[0]["tokens_per_word"] < 6
    page = report.inspection_page(made.to_dict())
    assert "<svg" in page and "src=" not in page


def test_errors(sample_model, tmp_path):
    with pytest.raises(MetricError, match="x: the text has no words"):
        inspect(sample_model, {"x": [" ", "\t"]})
    with pytest.raises(FormatError, match="no such file or directory"):
        inspect(tmp_path / "absent")
    with pytest.raises(PolyvocabError, match="belong to a path"):
        inspect(TokenizerFiles.from_directory(sample_model), family="gpt2")


def test_the_command(sample_model, sample_text, tmp_path):
    data = ["-d", f"sw={sample_text / 'swh_Latn.heldout.txt'}", "-d", f"zh={sample_text / 'zho_Hans.train.txt'}"]
    done = CliRunner().invoke(app, ["inspect", str(sample_model), *data, "-o", str(tmp_path / "out"), "-q"])
    assert done.exit_code == 0, done.stderr
    assert "Unigram" in done.stdout and "Latin" in done.stdout and "premium" in done.stdout
    document = json.loads((tmp_path / "out" / "inspection.json").read_text("utf-8"))
    assert report.inspection_summary(document) in done.stdout
    assert (tmp_path / "out" / "inspection.html").read_text("utf-8") == report.inspection_page(document)
    for wrong, problem in (
        ((*data, "-o", str(tmp_path / "out")), "exists already"),
        (("-d", "sw"), "--data sw: write LABEL=FILE"),
    ):
        refused = CliRunner().invoke(app, ["inspect", str(sample_model), *wrong, "-q"])
        assert refused.exit_code == 1 and problem in refused.stderr
