"""Merging vocabularies: what is appended, what stays as it was, and what is proven of it."""

import json

import numpy as np
import pytest
import tiny
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from polyvocab import extend
from polyvocab.errors import PolyvocabError, UnsupportedComponent
from polyvocab.formats import TokenizerFiles
from polyvocab.formats.append import NewTokens
from polyvocab.formats.definition import AddedToken
from polyvocab.methods.extend import alphabet_of, certify, covered
from polyvocab.methods.extend.merging import Merging
from polyvocab.recipe import Fill, Origin, apply
from polyvocab.tokenizer import Tokenizer
from shared_tokenizers import READING
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

MERGING = ("byte-level", "characters", "bytes behind")
FAMILIES = ("unigram", *MERGING, "wordpiece", "words")


def trained(family: str, lines: list[str], size: int) -> TokenizerFiles:
    """A small tokenizer of a family, trained on lines."""
    special = ["<unk>", "<s>"] if family != "wordpiece" else ["[UNK]", "[CLS]"]
    common = {"vocab_size": size, "special_tokens": special, "show_progress": False}
    match family:
        case "unigram":
            made = tokenizers.Tokenizer(models.Unigram())
            made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
            trainer = trainers.UnigramTrainer(unk_token="<unk>", **common)
        case "byte-level":
            made = tokenizers.Tokenizer(models.BPE())
            made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
            trainer = trainers.BpeTrainer(initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **common)
        case "characters" | "bytes behind":
            behind = family == "bytes behind"
            made = tokenizers.Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=behind, fuse_unk=True))
            made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
            common["special_tokens"] = special + [f"<0x{b:02X}>" for b in range(256)] * behind
            trainer = trainers.BpeTrainer(**{**common, "vocab_size": size + 256 * behind})
        case "wordpiece":
            made = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
            made.normalizer = normalizers.BertNormalizer(lowercase=True)
            made.pre_tokenizer, made.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
            trainer = trainers.WordPieceTrainer(**common)
        case "words":
            made = tokenizers.Tokenizer(models.WordLevel(unk_token="<unk>"))
            made.pre_tokenizer = pre_tokenizers.Whitespace()
            trainer = trainers.WordLevelTrainer(**common)
    made.train_from_iterator(lines, trainer)
    return TokenizerFiles.from_files({"tokenizer.json": made.to_str(pretty=True).encode()})


@pytest.fixture(scope="module")
def lines(sample_text):
    def read(name: str) -> list[str]:
        return (sample_text / f"{name}.train.txt").read_text("utf-8").splitlines()[:150]

    return {name: read(name) for name in ("eng_Latn", "est_Latn", "swh_Latn", "hye_Armn", "ukr_Cyrl", "zho_Hans")}


@pytest.fixture(scope="module")
def pair(lines):
    """(source, other) of a family: English with some Estonian and a little Ukrainian, and Armenian with Swahili."""
    made = {}

    def of(family: str) -> tuple[TokenizerFiles, TokenizerFiles]:
        if family not in made:
            mine = lines["eng_Latn"] + lines["est_Latn"][:50] + lines["ukr_Cyrl"][:3]
            theirs = lines["hye_Armn"] + lines["swh_Latn"] + lines["ukr_Cyrl"][:50]
            made[family] = trained(family, mine, 500), trained(family, theirs, 700)
        return made[family]

    return of


def encoded(files: TokenizerFiles, texts: list[str]) -> list[list[int]]:
    return Tokenizer(files).encode_batch(texts, as_arrays=False)


def changed(source: TokenizerFiles, target: TokenizerFiles, texts: list[str]) -> tuple[int, int]:
    """(covered texts, how many of them are cut otherwise)"""
    found = covered(source.definition)
    both = [(old, new) for old, new in zip(encoded(source, texts), encoded(target, texts), strict=True) if found[old].all()]
    return len(both), sum(old != new for old, new in both)


# -- exactly ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_covered_text_stays_as_it_was(pair, lines, family):
    source, other = pair(family)
    made = extend(source, other, exact=True)
    size, texts = len(source.vocabulary), sum(lines.values(), [])
    assert made.target.vocabulary.tokens[:size] == source.vocabulary.tokens
    assert made.provenance[0]["certificate"]["proven"] and made.provenance[0]["pieces"] > 20
    words = [word for line in texts for word in line.split()]
    count, different = changed(source, made.target, words if family in ("words", "characters") else texts)
    assert count > 300 and different == 0
    new = [i for ids in encoded(made.target, lines["hye_Armn"]) for i in ids if i >= size]
    assert len(set(new)) > 20
    free = extend(source, other)
    assert set(made.target.vocabulary.ids) <= set(free.target.vocabulary.ids) or family in MERGING
    if family != "words":
        assert changed(source, free.target, words)[1] > 0 and not free.provenance[0]["certificate"]["proven"]


@pytest.mark.parametrize("family", FAMILIES)
def test_text_over_protected_characters_stays_as_it_was(pair, lines, family):
    """Covered or not, and with characters that the source knows outside of it."""
    source, other = pair(family)
    kept = lines["eng_Latn"] + lines["est_Latn"] + lines["swh_Latn"]
    made = extend(source, other, protect=kept)
    alphabet = alphabet_of(source, kept)
    assert made.provenance[0]["alphabet"] == len(alphabet) and made.provenance[0]["certificate"]["proven"]
    assert encoded(made.target, kept) == encoded(source, kept)
    backwards = [line[::-1] for line in kept]
    assert encoded(made.target, backwards) == encoded(source, backwards)
    size = len(source.vocabulary)
    assert sum(i >= size for ids in encoded(made.target, lines["ukr_Cyrl"]) for i in ids) > 20
    assert not certify(source.definition, extend(source, other).target.definition, alphabet).proven


def test_protected_characters_are_those_after_the_text_steps(pair):
    source, _ = pair("unigram")
    step = {"step": "romanize", "scheme": "uroman", "version": "1.3.1.1", "lang": None, "mark": None}
    assert alphabet_of(source.with_text_steps([step]), ["привет"]) == set("privet ▁")
    assert alphabet_of(source, ["привет"]) == set("привет ▁")


ALPHABET, BEYOND = "abc", "xy"
STRINGS = st.text(ALPHABET + BEYOND, min_size=1, max_size=4)


def unigram_of(pieces: dict[str, float]) -> TokenizerFiles:
    vocab = [["<unk>", 0.0], *([piece, score] for piece, score in pieces.items())]
    return of_model({"type": "Unigram", "unk_id": 0, "vocab": vocab, "byte_fallback": False})


def of_model(model: dict, pre_tokenizer: dict | None = None) -> TokenizerFiles:
    document = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None}
    document |= {"pre_tokenizer": pre_tokenizer or {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"}}
    document |= {"post_processor": None, "decoder": None, "model": model}
    return TokenizerFiles.from_files({"tokenizer.json": json.dumps(document).encode()})


@settings(max_examples=25)
@given(
    st.dictionaries(st.text(ALPHABET, min_size=1, max_size=3), st.integers(-20, -1), min_size=1, max_size=8),
    st.dictionaries(STRINGS, st.integers(-20, -1), min_size=1, max_size=12),
    st.lists(STRINGS, max_size=10),
)
def test_exactness_of_any_unigram(mine, theirs, texts):
    source, other = unigram_of(mine), unigram_of(theirs)
    target = extend(source, other, exact=True, scores="own").target
    texts = ["".join(texts[i : i + 3]) for i in range(len(texts))]
    assert changed(source, target, texts)[1] == 0
    old = [text for text in texts if set(text) <= set("".join(mine))]
    assert encoded(source, old) == encoded(target, old)


@settings(max_examples=25)
@given(st.lists(STRINGS, max_size=14), st.data(), st.booleans(), st.booleans())
def test_exactness_of_any_bpe(wanted, data, behind, whole):
    """Merges in any order, of several ways to a token; new ones as they come."""
    symbols = [*ALPHABET, *(BEYOND[:1] if data.draw(st.booleans()) else "")]
    vocab, merges = list(symbols), []
    for _ in range(data.draw(st.integers(0, 8))):
        left, right = (data.draw(st.sampled_from(vocab)) for _ in range(2))
        if (left, right) not in merges and len(left + right) < 5:
            merges.append((left, right))
            vocab += [left + right] if left + right not in vocab else []
    bytes_ = [f"<0x{b:02X}>" for b in range(256)] if behind else []
    model = {"type": "BPE", "unk_token": "<unk>", "vocab": {t: i for i, t in enumerate(["<unk>", *bytes_, *vocab])}}
    model |= {"merges": [list(pair) for pair in merges], "byte_fallback": behind, "ignore_merges": whole}
    source = of_model(model)
    other = unigram_of({piece: -float(i) for i, piece in enumerate(dict.fromkeys(wanted))})
    texts = [data.draw(st.text(ALPHABET + BEYOND, max_size=10)) for _ in range(8)]
    target = extend(source, other, exact=True).target
    assert changed(source, target, texts)[1] == 0
    old = [text for text in texts if set(text) <= set(ALPHABET)]
    protected = extend(source, other, protect=[ALPHABET]).target
    assert encoded(protected, old) == encoded(source, old)


@settings(max_examples=25)
@given(st.sets(STRINGS, max_size=8), st.sets(STRINGS, max_size=8), st.lists(STRINGS, max_size=10))
def test_exactness_of_any_wordpiece(mine, theirs, words):
    def of(pieces: set[str]) -> TokenizerFiles:
        tokens = ["[UNK]", *sorted(p[1:] if len(p) > 1 and p[0] == "x" else "##" + p for p in pieces)]
        model = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##"}
        model |= {"max_input_chars_per_word": 100, "vocab": {t: i for i, t in enumerate(dict.fromkeys(tokens))}}
        return of_model(model, {"type": "BertPreTokenizer"})

    source, other = of(mine), of(theirs)
    assert changed(source, extend(source, other, exact=True).target, words)[1] == 0


def test_a_certificate_names_what_breaks_it(pair):
    source, _ = pair("byte-level")
    pieces = source.vocabulary.ids
    left, right = next((a, b) for a in ("Ġthe", "Ġand", "ing") for b in "xqz" if a in pieces and a + b not in pieces)
    target = source.append(NewTokens((left + right,), merges=((left, right),)))
    found = certify(source.definition, target.definition)
    assert not found.proven and list(found.violations) == [len(pieces)]
    assert found.violations[len(pieces)] == f"{left + right!r} is merged of the old {left!r} and {right!r}"
    with pytest.raises(UnsupportedComponent, match="unigram that extends a bpe"):
        certify(source.definition, pair("unigram")[0].definition)


# -- merges ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["byte-level", "characters"])
def test_merges_reach_each_new_token(pair, family):
    source, other = pair(family)
    made = extend(source, other)
    model, old = made.target.definition.model, len(source.vocabulary)
    known = {*made.target.vocabulary.tokens}
    merges = model.merges[len(source.definition.model.merges) :]
    assert all(made.target.vocabulary.tokens[i] in known for i in merges.reshape(-1).tolist())
    names = made.target.vocabulary.tokens
    again = Merging(model)
    for token in names[old:]:
        assert again.run(again.symbols(token)) == [token]
    assert made.provenance[0]["between"] == len(known - {*source.vocabulary.tokens, *other.vocabulary.tokens})
    assert len(extend(source, other, size=50).target.vocabulary) == old + 50


def test_what_has_to_come_between():
    model = of_model({"type": "BPE", "vocab": {t: i for i, t in enumerate("abcde")}, "merges": []}).definition.model
    merging = Merging(model)
    assert merging.add("abcd", frozenset({"abcd", "bcd"}))
    assert merging.merges == [("a", "b"), ("c", "d"), ("ab", "cd")] and merging.tokens == ["ab", "cd", "abcd"]
    assert merging.add("bcd", frozenset()) and merging.merges[3:] == [("b", "cd")]
    wanted = Merging(model)
    assert wanted.add("abcd", frozenset({"abcd", "cd"})) and wanted.merges[0] == ("c", "d")
    barred = Merging(model, apart=frozenset("ab"))
    assert not barred.add("ab") and not barred.tokens and not barred.merges
    assert barred.add("abc") and barred.merges == [("b", "c"), ("a", "bc")]


# -- scores ----------------------------------------------------------------------------------------------------------------


def scores_of(made) -> dict[str, float]:
    model = made.target.definition.model
    return dict(zip(model.tokens.texts(), model.scores.tolist(), strict=True))


def test_scores_come_to_the_scale_of_the_source():
    source = unigram_of({"a": -10.0, "b": -12.0, "c": -30.0})
    other = unigram_of({"a": -2.0, "b": -6.0, "ab": -3.0, "ba": -28.0, "bb": -9.0, "d": -20.0})
    weights = np.exp([-2.0, -6.0])
    shift = float(np.average([-10 + 2, -12 + 6], weights=weights))
    found = scores_of(extend(source, other))
    assert found["ab"] == pytest.approx(-3 + shift, rel=1e-11) and found["bb"] == pytest.approx(-9 + shift, rel=1e-11)
    assert "ba" not in found  # -36, below the lowest score: -30, which b and a together are better than
    assert found["d"] == pytest.approx(-20 + shift, rel=1e-11)
    assert scores_of(extend(source, other, scores="own"))["ab"] == -3.0
    assert min(found.values()) == -30.0


def test_pieces_without_scores_get_them_by_rank():
    source = unigram_of({"a": -2.0, "b": -3.0, "c": -4.0, "zz": -9.0})
    vocab = {t: i for i, t in enumerate(["<unk>", "a", "b", "ab", "c", "d"])}
    other = of_model({"type": "BPE", "unk_token": "<unk>", "vocab": vocab, "merges": [["a", "b"]]})
    slope, start = np.polyfit(np.log1p([1, 2, 4]), [-2, -3, -4], 1)
    found = scores_of(extend(source, other))
    assert found["ab"] == pytest.approx(start + slope * np.log1p(3), rel=1e-10) and found["d"] < found["ab"]
    with pytest.raises(PolyvocabError, match="a bpe has no scores of its own: use scores='calibrated'"):
        extend(source, other, scores="own")
    with pytest.raises(PolyvocabError, match="share 0 pieces"):
        extend(unigram_of({"q": -1.0}), other)


# -- rows and special tokens -----------------------------------------------------------------------------------------------


def test_rows(pair):
    source, other = pair("unigram")
    made = extend(source, other, added=["<|user|>"], seed=5)
    size, count = len(source.vocabulary), len(made.target.vocabulary)
    matrix = np.random.default_rng(0).normal(size=(size, 8)).astype(np.float16)
    rows = apply(made.input, matrix)
    assert np.array_equal(rows[:size], matrix) and (made.input.origins[:size] == Origin.COPIED).all()
    tokenizer = Tokenizer(source)
    for i in range(size, count - 1):
        token = made.target.vocabulary.tokens[i]
        parts = [j for j in tokenizer.encode(token.replace("▁", " ").lstrip()) if j != source.vocabulary.unknown]
        if token.startswith("▁") and parts and made.input.origins[i] == Origin.COMBINED:
            np.testing.assert_allclose(rows[i], matrix[parts].astype(np.float32).mean(axis=0), atol=2e-3)
    assert made.input.fills[count - 1] == Fill("normal", 5, "<|user|>")
    drawn = extend(source, other, initialize="random", seed=5)
    assert drawn.input.fills[size] == Fill("normal", 5, drawn.target.vocabulary.tokens[size])
    assert (drawn.input.origins[:size] == Origin.COPIED).all()


def test_special_tokens_by_role(tmp_path):
    from polyvocab import surgery

    files = tiny.numbered(range(90), {"unk_token": "t3", "bos_token": "t0", "eos_token": "t2"})
    model = tiny.model("llama", pad_token_id=None)
    mask = AddedToken(0, "<mask>", lstrip=True, normalized=False, special=True)
    made = extend(files, special={"pad_token": "<pad>", "mask_token": "<mask>"}, added=["<|user|>", mask])
    assert made.target.vocabulary.tokens[90:] == ("<|user|>", "<mask>", "<pad>")
    assert made.target.role_ids == {**files.role_ids, "pad_token": 92, "mask_token": 91}
    assert made.input.fills == {i: Fill("normal", 0, t) for i, t in ((90, "<|user|>"), (91, "<mask>"), (92, "<pad>"))}
    assert made.provenance[0]["certificate"]["condition"].endswith("in text without the strings of new added tokens")
    changed = surgery.apply(made, model)
    assert changed.config.pad_token_id == 92 and changed.config.eos_token_id == 2
    again = extend(made.target, special={"unk_token": "t4", "pad_token": "<pad>"})
    assert again.target.vocabulary.tokens == made.target.vocabulary.tokens and again.target.roles["unk_token"] == "t4"
    with pytest.raises(PolyvocabError, match="eos_token is 't2', which stands around texts"):
        extend(files, special={"eos_token": "<end>"})


def test_the_command(sample_model, pair, tmp_path, capsys):
    from polyvocab.cli import app
    from typer.testing import CliRunner

    def run(*arguments: str):
        return CliRunner().invoke(app, ["extend", *map(str, arguments)])

    (tmp_path / "other").mkdir()
    pair("unigram")[1].write(tmp_path / "other")
    out = tmp_path / "out"
    arguments = ["--exact", "--size", "40", "--special", "sep_token=</s>", "--add", "<|user|>"]
    done = run(sample_model, tmp_path / "other", "--out", out, *arguments)
    assert done.exit_code == 0, done.output
    report = json.loads((out / "extend.json").read_text("utf-8"))
    old, new = (TokenizerFiles.from_directory(path) for path in (sample_model, out))
    assert report["certificate"]["proven"] and len(new.vocabulary) == len(old.vocabulary) + report["pieces"] + 1
    import transformers

    model = transformers.AutoModelForMaskedLM.from_pretrained(out)
    assert model.get_input_embeddings().num_embeddings == len(new.vocabulary)
    for wrong in (["--special", "pad=<pad>", "--add", "x"], ["--special", "pad_token"], []):
        assert run(sample_model, "--out", tmp_path / "none", *wrong).exit_code == 1


# -- real tokenizers -------------------------------------------------------------------------------------------------------

REAL = [
    ("focus-sw-xlmr-unigram-50k", "focus-ar-xlmr-unigram-50k"),
    ("gpt2", "focus-ar-bpe-50k"),
    ("r50k_base", "focus-sw-xlmr-unigram-50k"),
    ("bert-base-uncased", "bert-base-multilingual-cased"),
]


@pytest.mark.parametrize(("name", "other"), REAL)
def test_real_tokenizers(shared, name, other):
    files = [TokenizerFiles.from_directory(shared / "tokenizers" / each, **READING.get(each, {})) for each in (name, other)]
    texts = []
    for language in ("eng_Latn", "swh_Latn", "arb_Arab", "zho_Hans", "ben_Beng"):
        texts += (shared / "text" / f"{language}.ntrex.txt").read_text("utf-8").split("\n")[:80]
    made = extend(*files, exact=True, size=800)
    count, different = changed(files[0], made.target, texts)
    assert made.provenance[0]["pieces"] > 20 and count > 80 and different == 0


def test_a_whole_script_that_was_known_letter_by_letter(shared):
    files = [TokenizerFiles.from_directory(shared / "tokenizers" / f"focus-{name}-xlmr-unigram-50k") for name in ("sw", "ar")]
    texts = [(shared / "text" / f"{name}.ntrex.txt").read_text("utf-8").split("\n")[:100] for name in ("swh_Latn", "arb_Arab")]
    made = extend(*files, protect=texts[0])
    assert encoded(made.target, texts[0]) == encoded(files[0], texts[0])
    before, after = (sum(map(len, encoded(each, texts[1]))) for each in (files[0], made.target))
    assert after < 0.4 * before
