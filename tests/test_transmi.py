"""TransMI: every mode and family, the defects of the published code as tests, and what is proven of text that stays."""

import json

import numpy as np
import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from polyvocab.cli import app
from polyvocab.errors import PolyvocabError, UnsupportedComponent
from polyvocab.formats import TokenizerFiles
from polyvocab.formats.definition_vocabulary import vocabulary as vocabulary_of
from polyvocab.methods.transmi import choose_mark, transmi
from polyvocab.methods.transmi.bpe import new_bpe_tokens
from polyvocab.methods.transmi.grown import grown
from polyvocab.methods.transmi.mark import CANDIDATES, spelled_mark
from polyvocab.methods.transmi.reached import alone
from polyvocab.pieces import Pieces
from polyvocab.romanize import Romanizer
from polyvocab.tokenizer import Tokenizer
from polyvocab.transfer import TokenizerTransfer
from shared_tokenizers import READING, tokenizer_file
from strategies_vocabulary import bpes
from tiny import word_files
from transmi_sources import new_tokens, obvious, of_document, row, score, unigram, untrained
from typer.testing import CliRunner

FAMILIES = ("unigram", "byte-level", "byte fallback", "wordpiece")
LANGUAGES = ("ukr_Cyrl", "hye_Armn", "zho_Hans", "eng_Latn", "est_Latn", "swh_Latn")
LINES = 60


@pytest.fixture(scope="module")
def texts(sample_text) -> dict[str, list[str]]:
    return {name: (sample_text / f"{name}.train.txt").read_text("utf-8").split("\n")[:LINES] for name in LANGUAGES}


@pytest.fixture(scope="module")
def sources(sample_model, sample_text) -> dict[str, TokenizerFiles]:
    """A small tokenizer of each family, trained on several scripts but for the Unigram, which is that of the sample model."""
    lines = []
    for name in LANGUAGES[:4]:
        lines += (sample_text / f"{name}.train.txt").read_text("utf-8").split("\n")[:400]
    made = {"unigram": TokenizerFiles.from_directory(sample_model)}
    for family in FAMILIES[1:]:
        trained = untrained(family)
        trainer = {"wordpiece": tokenizers.trainers.WordPieceTrainer}.get(family, tokenizers.trainers.BpeTrainer)
        special = ["[UNK]"] if family == "wordpiece" else [f"<0x{b:02X}>" for b in range(256)] if "fallback" in family else []
        alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet() if family == "byte-level" else []
        options = {"vocab_size": 2500, "show_progress": False, "special_tokens": special, "initial_alphabet": alphabet}
        trained.train_from_iterator(lines, trainer(**options))
        document = json.loads(trained.to_str())
        document["added_tokens"] = []
        made[family] = of_document(document)
    return made


# -- modes -----------------------------------------------------------------------------------------------------------


BOTH = unigram(("вэ", -9.0), ("▁ве", -8.0), ("ве", -5.0), ("vb", -6.0), ("вб", -4.0))  # вэ and ве romanize alike


@pytest.mark.parametrize(
    ("mode", "weights", "scored"),
    [
        ("max", {3: 1.0}, -5.0),
        ("min", {1: 1.0}, -9.0),
        ("average", {1: 0.5, 3: 0.5}, -7.0),
        ("sum", {1: 1.0, 3: 1.0}, -7.0),
    ],
)
def test_rows_and_scores_of_each_mode_do_not_depend_on_the_order_of_pieces(mode, weights, scored):
    made = transmi(BOTH, mode=mode)
    assert row(made, "ve") == weights and score(made, "ve") == scored
    assert row(made, "▁ve") == {2: 1.0} and score(made, "▁ve") == -8.0  # one source: a copy in every mode


def test_the_weighted_mean_weighs_by_frequency():
    counts = np.zeros(len(BOTH.vocabulary))
    counts[[1, 3]] = 1, 3
    assert row(transmi(BOTH, mode="weighted", counts=counts), "ve") == {1: 0.25, 3: 0.75}
    counts[1] = 0
    assert row(transmi(BOTH, mode="weighted", counts=counts), "ve") == {3: 1.0}
    assert row(transmi(BOTH, mode="weighted", counts=counts * 0), "ve") == {1: 0.5, 3: 0.5}
    share = np.exp(-9) / (np.exp(-9) + np.exp(-5))
    assert row(transmi(BOTH, mode="weighted"), "ve") == pytest.approx({1: share, 3: 1 - share}, abs=1e-6)


def test_a_romanization_that_is_a_token_keeps_its_row_and_gets_a_marked_twin_where_text_is_routed():
    assert transmi(BOTH).target.vocabulary.tokens[: len(BOTH.vocabulary)] == BOTH.vocabulary.tokens
    assert "vb" not in new_tokens(transmi(BOTH))
    made = transmi(BOTH, routed=True)
    mark = made.text_steps[0]["mark"]
    assert row(made, f"{mark}v{mark}b") == {5: 1.0}  # of вб, not of vb
    assert row(made, f"{mark}a") == {BOTH.vocabulary.ids["a"]: 1.0}  # no source is romanized as a
    assert row(made, mark) == {0: 1.0}  # the source makes the unknown token of it


def test_what_gets_no_token():
    pieces = ["ба", "бб", "бв", "бг", "▁бд", "бе", "бж", "бз"]
    source = unigram(*((piece, -5.0) for piece in pieces))
    given = ["", "b c", "vv ", " cc", " ee", "12", "aa", None]
    romanizations = [None, *given, *[None] * 6]
    made = transmi(source, romanizations=romanizations)
    assert sorted(new_tokens(made)) == ["aa", "vv", "▁cc", "▁ee"]
    assert row(made, "▁cc") == {4: 1.0}
    assert {k: v for k, v in made.provenance[0]["left_out"].items() if v} == {"empty": 1, "spaces": 1, "letterless": 1}
    with pytest.raises(PolyvocabError, match="14 romanizations|3 romanizations"):
        transmi(source, romanizations=given[:3])
    with pytest.raises(PolyvocabError, match="no romanization has the mark"):
        transmi(source, romanizations=romanizations, routed=True)


def test_a_piece_that_another_segmentation_beats_is_no_dead_row():
    source = unigram(("ва", -30.0), ("вб", -20.0))
    made = transmi(source)  # v and a score -24 together
    assert new_tokens(made) == ["vb"] and made.provenance[0]["left_out"]["unreached"] == 1


# -- the surgery -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize("routed", [False, True])
def test_old_rows_and_biases_stay_and_new_ones_follow_their_sources(sources, mode, routed):
    import torch
    import transformers
    from polyvocab import surgery

    source = sources["unigram"]
    size = len(source.vocabulary)
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    model = transformers.XLMRobertaForMaskedLM(
        transformers.XLMRobertaConfig(vocab_size=size, pad_token_id=1, bos_token_id=0, eos_token_id=2, **sizes)
    )
    with torch.no_grad():
        model.lm_head.bias.normal_()
    rows, bias = model.get_input_embeddings().weight.detach().clone(), model.lm_head.bias.detach().clone()
    made = transmi(source, mode=mode, routed=routed)
    surgery.apply(made, model)
    new_rows, new_bias = model.get_input_embeddings().weight.detach(), model.lm_head.bias.detach()
    assert torch.equal(new_rows[:size], rows) and torch.equal(new_bias[:size], bias)
    assert made.target.role_ids == source.role_ids
    several = 0
    for token in new_tokens(made)[:800]:
        parts = row(made, token)
        several += len(parts) > 1
        i, ids = made.target.vocabulary.ids[token], list(parts)
        torch.testing.assert_close(new_rows[i], rows[ids].mean(0), atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(new_bias[i], bias[ids].mean(0), atol=1e-6, rtol=1e-5)
        if len(parts) == 1:
            assert torch.equal(new_rows[i], rows[ids[0]])
    assert (several > 0) == (mode == "average")


# -- every family ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES[:3])
def test_the_mean_is_that_of_all_tokens_with_the_romanization(sources, family):
    source = sources[family]
    counts = np.ones(len(source.vocabulary))
    made = transmi(source, mode="weighted", counts=counts)
    pieces = Pieces.of(made.target.vocabulary)
    expected, found = obvious(source), 0
    for i in range(made.source.size, len(pieces)):
        ids = expected.get(pieces.spelled[i].decode())
        if ids is not None:
            found += 1
            token = made.target.vocabulary.tokens[i]
            assert row(made, token) == pytest.approx(dict.fromkeys(ids, 1 / len(ids)))
    report = made.provenance[0]
    assert found == report["of_one_token"] + report["of_several"] > 300
    assert report["of_several"] > 0 and report["in_between"] == report["new"] - found


@pytest.mark.parametrize("routed", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_new_token_is_reached_from_its_own_text(sources, family, routed):
    made = transmi(sources[family], routed=routed)
    model = tokenizers.Tokenizer.from_str(made.target.files["tokenizer.json"].decode()).model
    leads = [token for token in sources[family].vocabulary.tokens if len(token) == 1]
    for i, token in enumerate(new_tokens(made), made.source.size):
        if token.startswith("##"):  # behind a piece of one character that it does not become longer pieces with
            made_of = (model.tokenize(lead + token[2:]) for lead in leads)
            assert any([len(ids), ids[-1].id] == [2, i] for ids in made_of), token
        else:
            assert [t.id for t in model.tokenize(token)] == [i], token


@pytest.mark.parametrize("family", FAMILIES)
def test_text_without_the_mark_or_without_latin_letters_stays(sources, texts, family):
    source = sources[family]
    before = Tokenizer(source)
    routed, plain = transmi(source, routed=True), transmi(source)
    assert routed.provenance[0]["certificate"]["proven"] and plain.provenance[0]["certificate"]["proven"]
    after_routed, after = Tokenizer(routed.target), Tokenizer(plain.target)
    changed = 0
    for lines in texts.values():
        for line in lines:
            assert after_routed.encode(line) == before.encode(line), line
            if not any(c.isascii() and c.isalpha() for c in line):
                assert after.encode(line) == before.encode(line), line
            changed += after.encode(line) != before.encode(line)
    assert changed > 0  # Latin text does change where it is not protected
    assert routed.target.vocabulary.tokens[: routed.source.size] == source.vocabulary.tokens


@pytest.mark.parametrize("family", FAMILIES)
def test_routed_text_keeps_the_reduction_and_is_never_unknown(sources, texts, family):
    source = sources[family]
    before, plain, routed = Tokenizer(source), transmi(source), transmi(source, routed=True)
    mark = routed.text_steps[0]["mark"]
    lines = texts["ukr_Cyrl"][:20] + texts["hye_Armn"][:20]
    romanized = Romanizer().batch(lines)
    marked = Romanizer(mark=mark).batch(lines)
    lengths = [before.count(romanized).sum(), Tokenizer(plain.target).count(romanized).sum()]
    after = Tokenizer(routed.target)
    lengths.append(after.count(marked).sum())
    assert lengths[0] - lengths[2] >= 0.9 * (lengths[0] - lengths[1]) > 0
    few = transmi(source, routed=True, twins=1)
    assert few.provenance[0]["twins"] < 100 < routed.provenance[0]["twins"]
    fallback = family == "byte fallback"  # a letter that the source spells in bytes stays in bytes
    letters = "".join(mark + c for c in "qQzZjJxX" if not fallback or c in source.vocabulary.ids)
    strange = {source.vocabulary.unknown, *source.vocabulary.bytes}
    for tokenizer in (after, Tokenizer(few.target)):
        assert strange.isdisjoint(tokenizer.encode(f"{letters} {mark} {letters}"))


def test_a_bpe_cuts_marked_words_as_unmarked_ones(sources, texts):
    for family in FAMILIES[1:3]:
        plain, routed = transmi(sources[family]), transmi(sources[family], routed=True)
        mark = routed.text_steps[0]["mark"]
        written = spelled_mark(mark, routed.target.vocabulary.spelling)
        one, other = Tokenizer(plain.target), Tokenizer(routed.target)
        words = {word for line in texts["ukr_Cyrl"][:30] for word in line.split() if word.isalpha()}
        romanize, with_marks = Romanizer(), Romanizer(mark=mark)
        words = {word: romanize(word) for word in words if sources[family].vocabulary.ids.keys() >= {*romanize(word)}}
        assert len(words) > 100
        for word, romanized in words.items():
            parts = [plain.target.vocabulary.tokens[i] for i in one.encode(romanized)]
            marked = [routed.target.vocabulary.tokens[i] for i in other.encode(with_marks(word))]
            assert parts == [token.replace(written, "") for token in marked], word


def test_rows_in_between_are_the_mean_of_what_they_join():
    source = unreachable_parts()
    made = transmi(source)
    ids = source.vocabulary.ids
    assert made.provenance[0]["in_between"] == 1
    (between,) = set(new_tokens(made)) - {"zhong"}
    assert between == "zho" and row(made, "zhong") == {ids["中"]: 1.0}
    assert row(made, "zho") == pytest.approx({ids["zh"]: 0.5, ids["o"]: 0.5})
    assert made.target.definition.model.merges.tolist()[-2:] == [[ids["zh"], ids["o"]], [len(ids), ids["ng"]]]


def unreachable_parts() -> TokenizerFiles:
    """A BPE that leaves three tokens of the romanization of its one other character: zh, o, ng."""
    tokens = ["z", "h", "o", "n", "g", "中", "zh", "ng"]
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True}
    model = {"type": "BPE", "vocab": {t: i for i, t in enumerate(tokens)}, "merges": [["z", "h"], ["n", "g"]]}
    document = {"version": "1.0", "added_tokens": [], "normalizer": None, "post_processor": None, "model": model}
    return of_document(document | {"pre_tokenizer": metaspace, "decoder": metaspace})


@given(bpes().filter(lambda d: not (d.model.continuing_subword_prefix or d.model.end_of_word_suffix)), st.data())
def test_merges_reach_every_word_whatever_the_old_ones_are(definition, data):
    vocabulary = vocabulary_of(definition)
    words = data.draw(st.lists(st.text("abcd", min_size=2, max_size=9), max_size=6, unique=True))
    wanted = [word for word in words if word not in vocabulary.ids]
    made, parts = new_bpe_tokens(definition, vocabulary, alone(definition), wanted, mark=None)
    assert set(wanted) <= set(made.tokens)
    ids = {**vocabulary.ids, **{token: len(vocabulary) + i for i, token in enumerate(made.tokens)}}
    merges = np.array([[ids[a], ids[b]] for a, b in made.merges]).reshape(-1, 2)
    model = grown(definition, made.tokens, merges=merges, merged=np.array([*parts]))
    tokenizer = Tokenizer(model)
    if definition.normalizer is None and not definition.added_tokens:
        for word in wanted:
            assert tokenizer.encode(word)[-1:] == [ids[word]]


# -- the mark --------------------------------------------------------------------------------------------------------


def test_the_mark_is_in_no_token_survives_and_is_refused_by_name():
    assert choose_mark(BOTH) == CANDIDATES[0]
    assert choose_mark(unigram((f"x{CANDIDATES[0]}", -5.0))) == CANDIDATES[1]
    with pytest.raises(PolyvocabError, match=r"U\+02CF.*is in the token"):
        choose_mark(unigram((CANDIDATES[0], -5.0)), CANDIDATES[0])
    with pytest.raises(PolyvocabError, match="no single modifier letter"):
        choose_mark(BOTH, "x")
    document = json.loads(BOTH.files["tokenizer.json"])
    document["normalizer"] = {"type": "Replace", "pattern": {"Regex": r"\p{Lm}"}, "content": ""}
    with pytest.raises(PolyvocabError, match="is changed by the normalizer"):
        transmi(of_document(document), routed=True)
    split = {"type": "Split", "pattern": {"Regex": "[^A-Za-z]"}, "behavior": "Isolated", "invert": False}
    document["normalizer"], document["pre_tokenizer"] = None, {"type": "Sequence", "pretokenizers": [split]}
    document["decoder"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    with pytest.raises(PolyvocabError, match="cut off from letters"):
        transmi(of_document(document), routed=True)


def test_the_transfer_declares_its_step_and_reads_back(tmp_path, sources):
    made = transmi(sources["unigram"], routed=True)
    step = {"step": "romanize", "scheme": "uroman", "version": "1.3.1.1", "lang": None, "mark": CANDIDATES[0]}
    assert made.text_steps == (step,)
    made.save_pretrained(tmp_path / "transfer")
    assert TokenizerTransfer.from_pretrained(tmp_path / "transfer") == made


def test_what_is_not_served_is_refused_by_name(sources):
    with pytest.raises(UnsupportedComponent, match="TransMI for the model wordlevel"):
        transmi(word_files(["a", "b"]))
    document = json.loads(sources["byte fallback"].files["tokenizer.json"])
    document["model"]["end_of_word_suffix"] = "</w>"
    with pytest.raises(UnsupportedComponent, match="a BPE with a prefix or a suffix"):
        transmi(of_document(document))
    with pytest.raises(PolyvocabError, match="use one of max, min, average, weighted, sum"):
        transmi(BOTH, mode="mean")
    with pytest.raises(PolyvocabError, match="needs counts"):
        transmi(sources["byte-level"], mode="weighted")
    with pytest.raises(PolyvocabError, match="one for each source id"):
        transmi(BOTH, mode="weighted", counts=np.ones(3))


# -- real tokenizers and the command line ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gpt2", "mistral-v1", "r50k_base", "sp-test-ja"])
def test_real_tokenizers_keep_text_without_the_mark(shared, name):
    source = TokenizerFiles.from_files(
        {path.name: path.read_bytes() for path in tokenizer_files_of(shared / "tokenizers" / name)},
        name,
        **READING.get(name, {}),
    )
    made = transmi(source, routed=True, twins=2)
    before, after = Tokenizer(source), Tokenizer(made.target)
    for language in ("eng_Latn", "rus_Cyrl", "jpn_Jpan", "arb_Arab"):
        lines = (shared / "text" / f"{language}.ntrex.txt").read_text("utf-8").split("\n")[:40]
        assert before.encode_batch(lines, as_arrays=False) == after.encode_batch(lines, as_arrays=False)


def tokenizer_files_of(folder):
    found = tokenizer_file(folder)
    return [found] if found.is_file() else [path for path in folder.iterdir() if path.name != "merges.txt"]


def test_the_command_writes_a_model_directory(tmp_path, sample_model):
    import transformers

    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["transmi", str(sample_model), "--out", str(out), "--routed", "--twins", "1", "-q"])
    assert done.exit_code == 0, done.output
    assert "proven: each new token has the mark" in done.output
    report = json.loads((out / "transmi.json").read_text("utf-8"))
    model = transformers.AutoModelForMaskedLM.from_pretrained(out)
    tokenizer = transformers.AutoTokenizer.from_pretrained(out)
    assert model.config.vocab_size == len(tokenizer) == 8000 + report["new"]
    romanizes, plain = Tokenizer.from_pretrained(out), Tokenizer(TokenizerFiles.from_directory(out))
    assert romanizes.encode("привіт") == plain.encode(Romanizer(mark=CANDIDATES[0])("привіт")) != plain.encode("привіт")
    assert romanizes.encode("plain words") == Tokenizer.from_pretrained(sample_model).encode("plain words")
    wrong = CliRunner().invoke(app, ["transmi", str(sample_model), "--out", str(tmp_path / "other"), "--twins", "1"])
    assert wrong.exit_code == 1 and not (tmp_path / "other").exists()
