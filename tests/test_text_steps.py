"""Text steps: declared by a transfer, saved with the tokenizer, and done by whoever encodes with it."""

import json
import re

import numpy as np
import polyvocab
import pyarrow as pa
import pytest
import tiny
from polyvocab import Tokenizer, TokenizerFiles, count_tokens, count_words, surgery
from polyvocab.cli import app
from polyvocab.counts import TokenCounting
from polyvocab.counts.original import OriginalTokenizer
from polyvocab.encoded import TokenizerName
from polyvocab.errors import FormatError, PolyvocabError, SurgeryError, TransferError
from polyvocab.formats import text_steps as steps_file
from polyvocab.recipe import RowRecipe
from polyvocab.romanize import Romanizer
from polyvocab.romanize.text_steps import TextSteps, romanize_step
from polyvocab.transfer import SourceTokenizer, TokenizerTransfer
from transformers import AutoTokenizer
from typer.testing import CliRunner

STEP = romanize_step()
UKRAINIAN = romanize_step("ukr")
TEXTS = ["Привіт, світе!", "", "щока <mask> 12 щ", "plain text", "Ծննդոց"]


@pytest.fixture
def folder(tmp_path, sample_model):
    """The sample tokenizer, declared to need romanized text."""
    path = tmp_path / "romanized"
    path.mkdir()
    TokenizerFiles.from_directory(sample_model).with_text_steps([STEP]).write(path)
    return path


def romanized(texts=TEXTS):
    return [Romanizer()(text) for text in texts]


# -- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_reads_back_and_is_carried(folder, sample_model):
    files = TokenizerFiles.from_directory(folder)
    assert files.text_steps == (STEP,) and json.loads((folder / "text_steps.json").read_text())["text_steps"] == [STEP]
    plain = TokenizerFiles.from_directory(sample_model)
    assert plain.text_steps == () and files.with_text_steps([]) == plain
    assert files.vocabulary.fingerprint == plain.vocabulary.fingerprint
    kept = files.keep(np.array([*range(4000), 7999]))
    assert kept.text_steps == (STEP,)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is not JSON"),
        ("[]", "holds no text steps"),
        ('{"format": 2, "text_steps": []}', "is of format 2; this polyvocab reads format 1"),
        ('{"format": 1, "text_steps": [{"scheme": "uroman"}]}', "step 0 is {'scheme': 'uroman'}"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(folder, content, problem):
    (folder / "text_steps.json").write_text(content)
    with pytest.raises(FormatError, match=re.escape(f"text_steps.json: {problem}")):
        Tokenizer.from_pretrained(folder)
    assert Tokenizer.from_pretrained(folder, text_steps=False).text_steps == ()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"step": "lower"}, "'lower' is no known step: this polyvocab does 'romanize'; update polyvocab, or"),
        ({"scheme": "iso"}, "'iso' is no known scheme: this polyvocab has uroman"),
        ({"version": "2.0"}, "uroman 2.0 is not native: this polyvocab has uroman 1.3.1.1"),
        ({"case": "lower"}, "romanize has no setting 'case'"),
        ({"lang": 3}, "lang is 3: a string or null is needed"),
    ],
)
def test_what_is_not_known_is_refused_by_name(folder, changes, problem):
    (folder / "text_steps.json").write_bytes(steps_file.dump([STEP, {**STEP, **changes}]))
    with pytest.raises(FormatError, match=re.escape(f"text_steps.json: step 1: {problem}")):
        Tokenizer.from_pretrained(folder)


def test_a_step_without_its_version_is_refused():
    with pytest.raises(FormatError, match="romanize needs a 'version'"):
        TextSteps([{"step": "romanize", "scheme": "uroman"}])


# -- the steps --------------------------------------------------------------------------------------------------------


def test_steps_are_done_in_their_order():
    steps = TextSteps([UKRAINIAN, STEP])
    assert steps.batch(["Гґ", b"x"]) == [Romanizer()(Romanizer("ukr")("Гґ")), "x"]
    assert TextSteps([]).batch(["щ"]) == ["щ"] and steps("щ") == Romanizer("ukr")("щ")


def test_strings_that_stay_as_they_are():
    steps = TextSteps([STEP], unchanged=["<маска>", "<mask>", "<мас"])
    assert steps("щ<маска><mask>щ<мас щ") == "shch<маска><mask>shch<мас shch"
    text, origins = steps.aligned("щ<маска>щ")
    assert text == "shch<маска>shch" and len(origins) == len(text.encode())
    assert origins[3].tolist() == [0, 2] and origins[4].tolist() == [2, 3] and origins[-1].tolist() == [14, 16]


@pytest.mark.parametrize("text", ["щ 12 ab", "你好 мир", "", "ab\U0001f600щ", "กำ ข้าว", "ཀྲུང་", "½ ②", "\u0301щ"])
def test_aligned_is_the_text_with_the_edges_that_made_it(text):
    done, origins = TextSteps([STEP]).aligned(text)
    assert done == Romanizer()(text) and origins.shape == (len(done.encode()), 2)
    raw, at = text.encode(), 0
    for edge in Romanizer().edges(text):  # byte by byte
        begin, end = len(text[: edge.start].encode()), len(text[: edge.end].encode())
        for k in range(len(edge.text.encode())):
            found = origins[at].tolist()
            if edge.text == text[edge.start : edge.end]:
                assert begin <= found[0] < found[1] <= end and raw[slice(*found)].decode() in edge.text
            else:
                assert found == [begin, end], (edge, k)
            at += 1
    assert at == len(origins)


def test_aligned_through_two_steps_leads_to_the_original():
    done, origins = TextSteps([STEP, STEP]).aligned("щ 1")
    assert done == "shch 1" and origins.tolist() == [[0, 2]] * 4 + [[2, 3], [3, 4]]


def test_flat_is_batch(folder):
    steps = TextSteps([STEP])
    data = [text.encode() for text in TEXTS]
    offsets = np.cumsum([0, *map(len, data)])
    made, bounds = steps.flat(b"".join(data), offsets)
    assert [made[a:b].decode() for a, b in zip(bounds, bounds[1:], strict=False)] == romanized()
    with pytest.raises(ValueError, match="text 1 is no valid UTF-8 at byte 0"):
        steps.flat(b"a\xff", np.array([0, 1, 2]))
    for wrong in ([0, 3], [1, 0], []):
        with pytest.raises(ValueError, match="offsets that do not rise"):
            steps.flat(b"ab", np.array(wrong, np.int64))


# -- the tokenizer ----------------------------------------------------------------------------------------------------


def test_every_way_to_encode_does_the_steps(folder, tokenizer, tmp_path):
    stepped, expected = Tokenizer.from_pretrained(folder), [tokenizer.encode(text) for text in romanized()]
    assert stepped.text_steps == (STEP,) and list(stepped.prepared(TEXTS)) == romanized()
    assert [stepped.encode(text) for text in TEXTS] == expected
    assert stepped.encode_batch(TEXTS, as_arrays=False, threads=2) == expected
    assert stepped.encode_batch([t.encode() for t in TEXTS], as_arrays=False) == expected
    assert stepped.encode(TEXTS[0], add_special_tokens=True) == tokenizer.encode(romanized()[0], add_special_tokens=True)
    assert stepped.count(TEXTS).tolist() == [len(ids) for ids in expected]
    data = [text.encode() for text in TEXTS]
    ids, offsets = stepped.encode_flat(b"".join(data), np.cumsum([0, *map(len, data)]))
    assert ids.tolist() == sum(expected, []) and len(offsets) == len(TEXTS) + 1
    for array in (pa.array(TEXTS), pa.chunked_array([TEXTS[:2], TEXTS[2:]]), pa.array([*TEXTS, "x"]).slice(0, len(TEXTS))):
        assert stepped.encode_arrow(array)[0].tolist() == sum(expected, [])
    (tmp_path / "a.txt").write_text("\n".join(TEXTS), "utf-8")
    corpus = stepped.encode_file(tmp_path / "a.txt", tmp_path / "out")
    assert [corpus[i].tolist() for i in range(len(corpus))] == [ids for ids in expected if ids]
    assert corpus.header.tokenizer.text_steps == (STEP,)
    assert stepped.decode(expected[0]) == tokenizer.decode(expected[0]) == "Privit, svite!"
    assert stepped.fingerprint == tokenizer.fingerprint


def test_encoded_corpora_tell_steps_apart():
    """The fingerprint does not know of steps, so the settings of unfinished work must."""
    plain, stepped = TokenizerName("t", "f"), TokenizerName("t", "f", (STEP,))
    assert plain.document() == {"name": "t", "fingerprint": "f"} != stepped.document()
    assert TokenizerName.of(stepped.document()) == stepped and TokenizerName.of(plain.document()) == plain


def test_the_steps_are_the_callers_on_request(folder, tokenizer):
    assert Tokenizer.from_pretrained(folder, text_steps=False).encode(TEXTS[0]) == tokenizer.encode(TEXTS[0])
    files = TokenizerFiles.from_directory(folder)
    assert Tokenizer(files).encode(TEXTS[0]) == tokenizer.encode(TEXTS[0])
    assert Tokenizer(files, text_steps=files.text_steps).encode(TEXTS[0]) == tokenizer.encode(romanized()[0])
    assert Tokenizer.from_pretrained(folder / "tokenizer.json").text_steps == (STEP,)


def test_transformers_does_no_steps_and_accelerating_it_changes_nothing(folder, tokenizer):
    hf = AutoTokenizer.from_pretrained(folder)
    before = hf(TEXTS[0])["input_ids"]
    assert polyvocab.accelerate_tokenizer(hf)(TEXTS[0])["input_ids"] == before
    assert before == tokenizer.encode(TEXTS[0], add_special_tokens=True)


def test_aligned_tokens_lead_to_the_original_text(folder, tokenizer):
    stepped, text = Tokenizer.from_pretrained(folder), "Привіт щ <mask> 12 світ"
    found, raw = stepped.encode_aligned(text), text.encode()
    shown = [raw[a:b].decode() for a, b in found.spans.tolist()]
    tokens = [stepped.id_to_token(i) for i in found.ids.tolist()]
    assert found.ids.tolist() == stepped.encode(text) and found.spans.dtype == np.uint32
    assert dict(zip(tokens, shown, strict=True)) | {"▁P": "П", "<mask>": "<mask>", "ch": "щ"} == dict(
        zip(tokens, shown, strict=True)
    )
    plain = stepped.encode_aligned("plain <mask> 12")
    assert np.array_equal(plain.spans, tokenizer.encode_aligned("plain <mask> 12").spans)
    assert stepped.encode_aligned("").spans.shape == (0, 2)


def test_special_tokens_in_a_text_survive(sample_model):
    files = TokenizerFiles.from_directory(sample_model)
    document = json.loads(files.files["tokenizer.json"])
    document["added_tokens"].append({**document["added_tokens"][0], "id": 8000, "content": "<щ>"})
    stepped = Tokenizer.from_json(json.dumps(document).encode())
    stepped = Tokenizer(stepped.definition, text_steps=[STEP])
    assert 8000 in stepped.encode("щ <щ> щ")
    again = stepped.with_added_tokens(stepped.definition.added_tokens[:-1])
    assert again.text_steps == (STEP,) and again.encode("щ <щ>") == again.encode("shch <shch>")


def test_saving_keeps_the_steps(folder, tokenizer, tmp_path):
    (tmp_path / "a").mkdir()
    Tokenizer.from_pretrained(folder).save(tmp_path / "a" / "tokenizer.json")
    assert Tokenizer.from_pretrained(tmp_path / "a").text_steps == (STEP,)
    with pytest.raises(PolyvocabError, match="text_steps.json: holds the steps of another tokenizer"):
        tokenizer.save(tmp_path / "a" / "tokenizer.json")


# -- counts -----------------------------------------------------------------------------------------------------------


def test_counting_does_the_steps(folder, tokenizer, tmp_path):
    texts = [*TEXTS, "\u0301"]  # of the last one nothing is left
    (tmp_path / "a.txt").write_text("\n".join(texts), "utf-8")
    expected = count_tokens(tokenizer, {"a": [t for t in romanized(texts) if t]})
    assert count_tokens(folder, {"a": tmp_path / "a.txt"}) == expected
    assert count_tokens(Tokenizer.from_pretrained(folder), {"a": texts}) == expected
    counting = TokenCounting(folder)
    for text in texts:
        counting.add("a", text)
    assert counting.finish() == expected
    words = count_words(Tokenizer.from_pretrained(folder), texts)
    assert words == count_words(tokenizer, [t for t in romanized(texts) if t])


def test_counting_with_the_original_does_the_steps(folder):
    data = (folder / "tokenizer.json").read_bytes()
    original, plain = OriginalTokenizer(data, [STEP]), OriginalTokenizer(data)
    assert count_tokens(original, {"a": TEXTS}) == count_tokens(plain, {"a": [t for t in romanized() if t]})
    assert original.text_steps == (STEP,) and plain.text_steps == ()


def test_invalid_text_is_still_named_by_its_line(folder, tmp_path):
    (tmp_path / "a.txt").write_bytes("щ\nab".encode() + b"\xff\n")
    with pytest.raises(PolyvocabError, match=r"a.txt: line 2: invalid UTF-8 at byte 5"):
        count_tokens(folder, {"a": tmp_path / "a.txt"})
    with pytest.raises(PolyvocabError, match=r"a.txt: line 2: invalid UTF-8 at byte 5"):
        Tokenizer.from_pretrained(folder).encode_file(tmp_path / "a.txt", tmp_path / "out")


# -- transfers --------------------------------------------------------------------------------------------------------


def transfer(files, target=None, **options):
    return TokenizerTransfer(SourceTokenizer.of(files), target or files, RowRecipe.identity(6), **options)


def test_a_declared_step_is_written_into_the_target_and_saved(tmp_path):
    made = transfer(tiny.numbered(range(6)), text_steps=[STEP])
    assert made.target.text_steps == made.text_steps == (STEP,)
    made.save_pretrained(tmp_path / "t")
    again = TokenizerTransfer.from_pretrained(tmp_path / "t")
    assert again == made and again.target.text_steps == (STEP,)
    assert '"scheme": "uroman"' in made.describe()


def test_what_the_target_says_beyond_the_source_is_declared():
    plain = tiny.numbered(range(6))
    stepped = plain.with_text_steps([STEP])
    assert transfer(plain, stepped).text_steps == (STEP,)
    assert transfer(stepped, stepped).text_steps == ()
    assert transfer(stepped, text_steps=[UKRAINIAN]).target.text_steps == (STEP, UKRAINIAN)
    replaced = transfer(stepped, plain)
    assert replaced.text_steps == () and replaced.target.text_steps == ()


def test_composition_keeps_what_the_text_needs():
    plain = tiny.numbered(range(6))
    romanizing = transfer(plain, text_steps=[STEP])
    trimmed = romanizing.then(transfer(romanizing.target))
    assert trimmed.text_steps == trimmed.target.text_steps == (STEP,)
    # made from files that transformers wrote, which do not say what their text needs
    assert romanizing.then(transfer(plain)).target.text_steps == (STEP,)
    more = romanizing.then(transfer(romanizing.target, text_steps=[UKRAINIAN]))
    assert more.text_steps == more.target.text_steps == (STEP, UKRAINIAN)
    replaced = romanizing.then(transfer(romanizing.target, plain))
    assert replaced.text_steps == replaced.target.text_steps == ()
    with pytest.raises(TransferError, match="make the second from the first one's target"):
        romanizing.then(transfer(plain.with_text_steps([UKRAINIAN])))


@pytest.fixture
def checkpoint(tmp_path):
    model = tiny.model("llama")
    model.save_pretrained(tmp_path / "model")
    tiny.numbered(range(tiny.ROWS)).write(tmp_path / "model")
    return tmp_path / "model"


def test_a_checkpoint_gets_the_steps_and_keeps_them(tmp_path, checkpoint):
    files = TokenizerFiles.from_directory(checkpoint)
    identity = TokenizerTransfer(SourceTokenizer.of(files), files, RowRecipe.identity(tiny.ROWS), text_steps=[STEP])
    surgery.apply_to_checkpoint(identity, checkpoint, tmp_path / "a")
    assert TokenizerFiles.from_directory(tmp_path / "a").text_steps == (STEP,)
    stepped = TokenizerFiles.from_directory(tmp_path / "a")
    keep = [0, 1, 2, 3, *range(10, 60), tiny.ROWS - 1]
    trim = TokenizerTransfer(SourceTokenizer.of(stepped), stepped.keep(np.array(keep)), RowRecipe.select(keep, tiny.ROWS))
    surgery.apply_to_checkpoint(trim, tmp_path / "a", tmp_path / "b")
    assert TokenizerFiles.from_directory(tmp_path / "b").text_steps == (STEP,)
    one = surgery.apply_to_checkpoint(identity.then(trim), checkpoint, tmp_path / "c")
    assert TokenizerFiles.from_directory(one).files == TokenizerFiles.from_directory(tmp_path / "b").files


def test_steps_are_not_lost_by_a_transfer_that_does_not_know_them(tmp_path, checkpoint):
    files = TokenizerFiles.from_directory(checkpoint)
    (checkpoint / "text_steps.json").write_bytes(steps_file.dump([STEP]))
    with pytest.raises(SurgeryError, match=r"text_steps.json has .*uroman.*make the transfer from the tokenizer of this"):
        surgery.apply_to_checkpoint(TokenizerTransfer.identity(files), checkpoint, tmp_path / "out")


def test_files_by_name_bring_their_steps(folder, tmp_path, sample_model):
    from polyvocab.integrations.transformers import tokenizer_files

    assert tokenizer_files(folder).text_steps == (STEP,)
    assert tokenizer_files(sample_model).text_steps == ()
    assert tokenizer_files(AutoTokenizer.from_pretrained(folder)).text_steps == ()


def test_trimming_a_directory_counts_and_keeps_the_steps(folder, tmp_path, sample_model):
    from polyvocab import trim

    counts = count_tokens(folder, {"ukr": TEXTS})
    made = trim.trim_model(folder, counts, tmp_path / "out", size=1000)
    assert made.text_steps == () and Tokenizer.from_pretrained(tmp_path / "out").text_steps == (STEP,)
    before, after = Tokenizer.from_pretrained(folder), Tokenizer.from_pretrained(tmp_path / "out")
    assert [after.decode(after.encode(text)) for text in TEXTS] == [before.decode(before.encode(text)) for text in TEXTS]


# -- the commands -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [True, False])
def test_commands_do_the_steps_and_say_so(folder, tokenizer, tmp_path, given):
    (tmp_path / "a.txt").write_text("\n".join(TEXTS), "utf-8")
    flag = [] if given else ["--no-text-steps"]
    texts = [text for text in (romanized() if given else TEXTS) if text]
    shown = "romanize (uroman 1.3.1.1)"

    def call(*arguments):
        done = CliRunner().invoke(app, [*map(str, arguments), *flag, "-q"])
        assert done.exit_code == 0 and (shown in done.output) == given, done.output

    call("encode", folder, tmp_path / "a.txt", "-o", tmp_path / "ids")
    corpus = polyvocab.EncodedCorpus.open(tmp_path / "ids")
    assert [corpus[i].tolist() for i in range(len(corpus))] == [tokenizer.encode(text) for text in texts]
    call("count", folder, "-c", f"a={tmp_path / 'a.txt'}", "-o", tmp_path / "counts")
    expected = count_tokens(tokenizer, {"a": texts})
    assert polyvocab.TokenCounts.load(tmp_path / "counts") == expected
    call("trim", folder, "-c", f"a={tmp_path / 'a.txt'}", "--min-count", "1", "-o", tmp_path / "trimmed")
    trimmed = Tokenizer.from_pretrained(tmp_path / "trimmed", text_steps=False)
    ids = expected.counts["a"].nonzero()[0].tolist()
    assert {tokenizer.id_to_token(i) for i in ids} <= trimmed.vocab.keys()
    assert TokenizerFiles.from_directory(tmp_path / "trimmed").text_steps == (STEP,)
