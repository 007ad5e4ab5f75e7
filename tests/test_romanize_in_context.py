"""Romanizations of tokens as they are inside words."""

import json
from collections import Counter
from shutil import copyfile

import pytest
from polyvocab.cli import app
from polyvocab.errors import PolyvocabError
from polyvocab.formats import TokenizerFiles
from polyvocab.methods.transmi import Reading, choose_mark, in_context, romanize_in_context, transmi
from polyvocab.romanize import Romanizer
from polyvocab.tokenizer import Tokenizer
from reference import context
from typer.testing import CliRunner

MARK = "\u02cf"
WORDS = {
    "th": ["เกม", "แก้ว", "ไทย", "ภาษาไทย", "สวัสดี", "น้ำ", "ทำงาน", "ประเทศ", "เชื่อ", "อร่อย", "เรียน", "๒๕๖๓", "ก็", "เก็บ"],
    "km": ["ខ្មែរ", "ភាសា", "ខ្ញុំ", "កម្ពុជា", "ស្រុក"],
    "bo": ["བོད་ཡིག", "བཀྲ་ཤིས་བདེ་ལེགས", "རྒྱལ", "ང་"],
    "hi": ["हिन्दी", "कर्म", "राम", "किताबें", "क्षत्रिय", "१२३"],
    "zh": ["银行", "百货", "二千零一十", "中国", "行"],
    "ja": ["きゃっか", "ラーメン", "ちょっと"],
    "ru": ["чай", "Щи", "Европейский"],
    "km with a space of no width": ["ដែល\u200bបាន"],
}


def unigram(pieces: dict[str, float], normalizer: dict | None = None) -> TokenizerFiles:
    """A Unigram tokenizer whose words start with ▁."""
    document = {
        "version": "1.0",
        "added_tokens": [{"id": 0, "content": "<unk>", "special": True, **dict.fromkeys(FLAGS, False)}],
        "normalizer": normalizer,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": None,
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], *pieces.items()], "byte_fallback": False},
    }
    return TokenizerFiles.from_files({"tokenizer.json": json.dumps(document).encode()})


FLAGS = ("single_word", "lstrip", "rstrip", "normalized")


def characters(words: list[str]) -> dict[str, float]:
    """The characters of words, inside of words and at their start, which is a piece of its own."""
    return {"▁": -2.0, **{c: -3.0 for c in sorted({c for word in words for c in word})}}


def pairs(words: list[str]) -> dict[str, float]:
    """Also every other pair of neighbours, so that edges meet the ends of tokens in many ways."""
    found = sorted({word[i : i + 2] for word in words for i in range(len(word) - 1)})
    return characters(words) | {pair: -4.0 for pair in found[::2]}


@pytest.mark.parametrize("pieces", [characters, pairs])
@pytest.mark.parametrize("mark", [None, MARK])
@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_parts_of_a_word_are_its_romanization(language, mark, pieces):
    source, romanizer = unigram(pieces(WORDS[language])), Romanizer(mark=mark)
    tokenizer = Tokenizer(source)
    for word in WORDS[language]:
        parts = context.parts_of(tokenizer, romanizer, word)
        assert "".join(part or "" for _, part, _ in parts) == romanizer(f"x {word} x")[2:-2], word
        found = romanize_in_context(source, romanizer, [word])
        if len({i for i, _, _ in parts}) == len(parts):
            made = [found.texts[i] if found.occurrences[i] else "" for i, _, _ in parts]
            assert "".join(made) == romanizer(f"x {word} x")[2:-2], word


@pytest.mark.parametrize("pieces", [characters, pairs])
def test_equals_the_reference(pieces, monkeypatch):
    words = Counter({word: 1 + n % 4 for n, word in enumerate(sum(WORDS.values(), []))})
    source, romanizer = unigram(pieces(list(words))), Romanizer()
    expected = context.count(Tokenizer(source), romanizer, words, starts_like(source))
    found = romanize_in_context(source, romanizer, words)
    assert found.found == expected
    for batch, held in ((1, 2), (17, 5)):  # any cut of the text, any part of the words
        monkeypatch.setattr(in_context, "_BATCH", batch)
        monkeypatch.setattr(in_context, "_HELD", held)
        lines = [f"{word} " * times for word, times in words.items()]
        assert romanize_in_context(source, romanizer, lines).found == romanize_in_context(source, romanizer, words).found
        assert romanize_in_context(source, romanizer, words).found == expected


def starts_like(source):
    """Whether a token starts a word of romanized text behind a letter."""
    tokens = source.vocabulary.tokens
    return lambda i, before: before.isspace() or (tokens[i][0] in "▁Ġ" and not before.isalnum())


def test_the_sample(sample_model, sample_text):
    """A trained vocabulary, seven languages: equal to the reference; what the text does not have is romanized by itself."""
    source, romanizer = TokenizerFiles.from_directory(sample_model), Romanizer()
    lines = []
    for path in sorted(sample_text.glob("*.train.txt")):
        lines += path.read_text("utf-8").split("\n")[:20]
    words = Counter(word for line in lines for word in line.split())
    found = romanize_in_context(source, romanizer, lines)
    expected = context.count(Tokenizer(source), romanizer, words, starts_like(source))
    del expected[source.vocabulary.ids["<unk>"]]
    assert found.found == expected
    for i, ways in expected.items():
        assert found.occurrences[i] == ways.total()
        counts = Counter()
        for (text, _), times in ways.items():
            counts[text] += times
        assert found.agreeing[i] == max(counts.values()) == counts[found.texts[i]]
    assert all(found.texts[i] == found.isolated[i] for i in (found.occurrences == 0).nonzero()[0])
    assert found.texts[source.vocabulary.ids["<mask>"]] is None
    assert f"{len(found.changed):,} of these are others" in found.describe()


def test_thai_vowels_and_normalized_text():
    """The model sees NIKHAHIT and SARA AA where the text has SARA AM, which is romanized in another order."""
    words = ["น้ำ", "ทำ"]
    nfkc = {"type": "NFKC"}
    source = unigram({"▁": -2.0, "น้ํา": -3.0, "ทํา": -3.0}, nfkc)
    found = romanize_in_context(source, Romanizer(), words)
    ids = source.vocabulary.ids
    assert [found.isolated[ids[token]] for token in ("น้ํา", "ทํา")] == ["nmaa", "thmaa"]
    assert [found.texts[ids[token]] for token in ("น้ํา", "ทํา")] == ["nam", "tham"]


def test_the_most_frequent_wins_and_a_tie_is_as_by_itself():
    source = unigram(characters(["कम", "कि"]))
    ka, romanizer = source.vocabulary.ids["क"], Romanizer()
    for counts, expected in (({"कम": 3, "कि": 2}, "ka"), ({"कम": 2, "कि": 3}, "k"), ({"कम": 2, "कि": 2}, "ka")):
        assert romanize_in_context(source, romanizer, counts).texts[ka] == expected
    assert romanize_in_context(source, romanizer, {"कि": 3}, least=4).texts[ka] == "ka"
    assert romanize_in_context(source, romanizer, {"कि": 4}, least=4).texts[ka] == "k"
    with pytest.raises(PolyvocabError, match="least=0"):
        romanize_in_context(source, romanizer, ["कि"], least=0)


def test_readings_are_all_that_a_token_has_often_enough():
    source = unigram({"▁": -2.0, "▁क": -3.0, "क": -3.0, "म": -3.0, "ि": -3.0})
    ids = source.vocabulary.ids
    found = romanize_in_context(source, Romanizer(), {"कम": 8, "कि": 2, "मक": 1})

    def readings(token: str, share: float) -> set[tuple[str, bool]]:
        return {(text, starts) for i, text, starts in found.readings(share) if i == ids[token]}

    assert readings("▁क", 0.1) == {("ka", True), ("k", True)}
    assert readings("▁क", 0.5) == {("ka", True)}
    assert readings("क", 0.1) == {("k", False)}  # "mak"
    assert readings("म", 0.1) == {("m", False), ("ma", True)}  # a space before it that is a token of its own
    other = romanize_in_context(source, Romanizer(), ["x"]).readings()
    assert Reading(ids["म"], "ma") in other and all(reading.starts_word is None for reading in other if reading.id)


def test_where_words_start_is_that_of_romanized_text():
    """A space of no width parts words of the text, and vanishes when it is romanized: what stands behind it starts no word."""
    as_space = {"type": "Replace", "pattern": {"String": "\u200b"}, "content": " "}
    source = unigram({"▁ដែល": -3.0, "▁បាន": -3.0, "▁": -4.0}, as_space)
    first, second = (source.vocabulary.ids[token] for token in ("▁ដែល", "▁បាន"))
    found = romanize_in_context(source, Romanizer(), ["ដែល\u200bបាន"])
    ((one, _),), ((other, _),) = found.found[first].items(), found.found[second].items()
    assert (one[1], other[1]) == (True, False)
    made = transmi(source, romanizations=found.readings())
    assert made.target.vocabulary.tokens[len(source.vocabulary) :] == (f"▁{one[0]}", other[0])
    assert transmi(source).target.vocabulary.tokens[len(source.vocabulary) :] == (f"▁{one[0]}", f"▁{other[0]}")


def test_a_wordpiece_starts_behind_what_stands_alone(shared):
    """Ideographs start words in BERT; romanized they are one word, whose later parts continue it."""
    source = TokenizerFiles.from_directory(shared / "tokenizers" / "bert-base-multilingual-cased")
    found = romanize_in_context(source, Romanizer(), ["中国", "（中国）"])
    first, second = (source.vocabulary.ids[token] for token in "中国")
    assert found.found == {first: {("zhong", True): 2}, second: {("guo", False): 2}} | {
        i: ways for i, ways in found.found.items() if i not in (first, second)
    }


def test_transmi_takes_texts_and_readings():
    words = ["कम", "कि", "केक"]
    source = unigram(characters(words))
    found = romanize_in_context(source, Romanizer(), words)
    new = set(transmi(source, romanizations=found.readings()).target.vocabulary.tokens[len(source.vocabulary) :])
    assert {"k", "▁ka", "m", "▁k"} <= new and "ka" not in new
    assert set(transmi(source, romanizations=found.texts).target.vocabulary.tokens[len(source.vocabulary) :]) < {*new, "ka"}
    mark = choose_mark(source)
    routed = romanize_in_context(source, Romanizer(mark=mark), words)
    assert f"▁{mark}k{mark}a" in transmi(source, romanizations=routed.readings(), routed=True).target.vocabulary.ids
    with pytest.raises(PolyvocabError, match="ids 0 to"):
        transmi(source, romanizations=[Reading(len(source.vocabulary), "x")])


def test_the_command_takes_a_context_and_reports_what_it_gains(sample_model, tmp_path):
    words = [line for line in (sample_model.parent / "text" / "ukr_Cyrl.train.txt").read_text("utf-8").split("\n")][:2000]
    (tmp_path / "text.txt").write_text("\n".join(words), "utf-8")
    (tmp_path / "tokenizer").mkdir()
    copyfile(sample_model / "tokenizer.json", tmp_path / "tokenizer" / "tokenizer.json")
    arguments = ["transmi", str(tmp_path / "tokenizer"), "--context", str(tmp_path / "text.txt"), "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "out" / "transmi.json").read_text("utf-8"))
    before, alone, in_context = report["tokens_per_word"].values()
    assert before > alone >= in_context > 1
    assert "tokens occur in the corpus" in report["context"] and f"{in_context:.3f}" in done.output
    missing = CliRunner().invoke(app, [*arguments[:-3], str(tmp_path / "absent.txt"), "-o", str(tmp_path / "other")])
    assert missing.exit_code != 0 and not (tmp_path / "other").exists()


def test_parts_of_characters_have_no_romanization(shared):
    """A byte-level BPE cuts characters apart: such tokens are no evidence, and those beside them are."""
    source = TokenizerFiles.from_directory(shared / "tokenizers" / "gpt2")
    text = ["Привет", "привет мир", "ภาษาไทย", "你好", "हिन्दी", "plain text"]
    romanizer, tokenizer = Romanizer(), Tokenizer(source)
    found = romanize_in_context(source, romanizer, text)
    words = Counter(word for line in text for word in line.split())
    expected = context.count(tokenizer, romanizer, words, starts_like(source))
    assert found.found == {i: ways for i, ways in expected.items() if found.isolated[i] is not None}
    assert found.texts[tokenizer.encode("你")[0]] is None
    assert found.texts[source.vocabulary.ids["Ġplain"]] == "plain"
