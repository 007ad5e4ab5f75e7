"""Every kind of defect, made by hand in a good model, is found and named; a good model has none."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import transformers
from polyvocab import surgery
from polyvocab.audit import Finding, audit
from polyvocab.errors import PolyvocabError
from polyvocab.formats import TokenizerFiles
from polyvocab.formats.safetensors import Writer, map_rows, read_header
from polyvocab.tokenizer import Tokenizer
from polyvocab.trim import trim


@pytest.fixture(scope="module")
def good(sample_model, sample_text, tmp_path_factory) -> Path:
    """The embedded model, trimmed to Swahili."""
    files = TokenizerFiles.from_directory(sample_model)
    text = (sample_text / "swh_Latn.train.txt").read_text("utf-8").split("\n")[:400]
    ids, _ = Tokenizer(files).encode_batch(text)
    made = trim(files, {"sw": np.bincount(ids, minlength=len(files.vocabulary))}, min_count=2)
    out = tmp_path_factory.mktemp("good") / "model"
    surgery.apply_to_checkpoint(made, sample_model, out)
    return out


@pytest.fixture
def broken(good, tmp_path) -> Path:
    """A copy to break."""
    shutil.copytree(good, tmp_path / "model")
    return tmp_path / "model"


def change(path: Path, edit) -> None:
    """Edit a JSON file."""
    document = json.loads(path.read_text("utf-8"))
    edit(document)
    path.write_text(json.dumps(document), "utf-8")


def kinds(found: list[Finding]) -> list[str]:
    return [f"{finding.kind} in {finding.where}" for finding in found if finding.breaks]


def test_a_good_model_has_no_defects(good, sample_model):
    assert audit(good, original=sample_model) == []
    assert audit(sample_model) == []


def test_a_vocabulary_file_that_was_left_behind(broken, sample_model):
    tokens = TokenizerFiles.from_directory(sample_model).vocabulary.tokens
    (broken / "vocab.txt").write_text("\n".join(tokens) + "\n", "utf-8")
    (found,) = audit(broken)
    assert found.kind == "stale file"
    assert found.where == "vocab.txt"
    assert "ids up to 7,999" in found.problem


def test_tokens_in_another_order_and_with_other_ids(broken):
    tokens = list(TokenizerFiles.from_directory(broken).vocabulary.tokens)
    tokens[10], tokens[20] = tokens[20], tokens[10]
    (broken / "vocab.txt").write_text("\n".join(tokens) + "\n", "utf-8")
    assert kinds(audit(broken)) == ["stale file in vocab.txt"]
    tokens = list(TokenizerFiles.from_directory(broken).vocabulary.tokens)
    (broken / "vocab.txt").write_text("\n".join(t for i, t in enumerate(tokens) if i != 30) + "\n", "utf-8")
    assert "lacks 1 tokens" in audit(broken)[0].problem


def test_ids_without_rows(broken):
    def renumber(document: dict) -> None:
        document["model"]["vocab"].append(["kitu kipya", -9.0])

    change(broken / "tokenizer.json", renumber)
    (found,) = audit(broken)
    assert found.kind == "id out of range"
    assert "1 of" in found.problem
    assert "kitu kipya" in found.problem


def test_settings_that_name_another_token(broken):
    change(broken / "config.json", lambda config: config.update(pad_token_id=3))
    (found,) = audit(broken)
    assert (found.kind, found.where) == ("wrong id", "config.json: pad_token_id")
    change(broken / "config.json", lambda config: config.update(pad_token_id=1, decoder_start_token_id=250_001))
    assert kinds(audit(broken)) == ["id out of range in config.json: decoder_start_token_id"]


def test_ids_beside_the_tokenizer_that_disagree(broken):
    change(
        broken / "tokenizer_config.json",
        lambda config: config.update(added_tokens_decoder={"250001": {"content": "<mask>", "special": True}}),
    )
    (found,) = audit(broken)
    assert (found.kind, found.where) == ("wrong id", "tokenizer_config.json")
    assert "'<mask>' is 250001 here" in found.problem


def test_a_frame_of_other_ids(broken):
    def move(document: dict) -> None:
        special = document["post_processor"]["special_tokens"]
        special[next(iter(special))]["ids"] = [77]

    change(broken / "tokenizer.json", move)
    (found,) = audit(broken)
    assert (found.kind, found.where) == ("wrong id", "tokenizer.json: post_processor")


def test_a_frame_of_ids_that_no_token_has(broken):
    """Only the ids of a BPE and a Unigram were renumbered: what is put around texts has the old ones."""

    def move(document: dict) -> None:
        special = document["post_processor"]["special_tokens"]
        special[next(iter(special))]["ids"] = [250_004]

    change(broken / "tokenizer.json", move)
    assert kinds(audit(broken)) == ["wrong id in tokenizer.json: post_processor"]
    files = TokenizerFiles.from_directory(broken)
    with pytest.raises(PolyvocabError, match="post_processor"):
        trim(files, {"sw": np.ones(len(files.vocabulary))}, min_count=1)


def test_ids_of_added_tokens_that_tokenizers_would_change(broken):
    def move(document: dict) -> None:
        document["added_tokens"][-1]["id"] = 250_001

    change(broken / "tokenizer.json", move)
    (found,) = audit(broken)
    assert (found.where, found.breaks) == ("tokenizer.json: added_tokens", False)
    assert "is 250001 here" in found.problem


def test_special_tokens_of_a_vocab_txt_at_other_ids(broken):
    """A slow tokenizer takes the special tokens from tokenizer_config.json and the others from vocab.txt."""
    tokens = list(TokenizerFiles.from_directory(broken).vocabulary.tokens)
    special = TokenizerFiles.from_directory(broken).definition.added_tokens[0]
    entries = {str(special.id): {"content": special.content, "special": True}}
    change(broken / "tokenizer_config.json", lambda config: config.update(added_tokens_decoder=entries))
    (broken / "vocab.txt").write_text("\n".join(tokens) + "\n", "utf-8")
    assert audit(broken) == []
    shifted = ["another", *tokens]
    (broken / "vocab.txt").write_text("\n".join(shifted) + "\n", "utf-8")
    found = audit(broken)
    assert kinds(found) == ["stale file in vocab.txt", "wrong id in tokenizer_config.json"]
    assert f"{special.content!r} is {special.id} here and {special.id + 1} there" in found[1].problem


def test_the_same_tokens_at_other_ids(broken):
    """A dictionary with the old ids, beside a file that was renumbered."""
    ids = TokenizerFiles.from_directory(broken).vocabulary.ids
    (broken / "vocab.json").write_text(json.dumps({token: i + 1 for token, i in ids.items()}), "utf-8")
    (found,) = audit(broken)
    assert (found.kind, found.where) == ("wrong id", "vocab.json")
    assert found.problem.startswith(f"gives {len(ids):,} tokens other ids")


def rewrite_rows(path: Path, edit) -> None:
    """Edit the bytes of tensors in the weights: `edit(name, rows)` in place; rows uint8 [rows, bytes]."""
    file = path / "model.safetensors"
    header, metadata = read_header(file)
    content = {name: np.array(map_rows(file, info)) for name, info in header.items()}
    for name, rows in content.items():
        edit(name, rows)
    declared = {name: (info.dtype, info.shape, info.end - info.start) for name, info in header.items()}
    with Writer(path / "again", declared, metadata) as writer:
        for rows in content.values():
            writer.write(rows)
    (path / "again").replace(file)


def test_rows_of_other_tokens(broken, sample_model):
    def swap(name: str, rows: np.ndarray) -> None:
        if "word_embeddings" in name:
            rows[[5, 6]] = rows[[6, 5]]

    rewrite_rows(broken, swap)
    assert audit(broken) == []  # nothing but the original shows it
    (found,) = audit(broken, original=sample_model)
    assert found.kind == "wrong row"
    assert found.problem.startswith("2 of")


def test_a_bias_that_was_cut_instead_of_selected(broken, sample_model):
    def cut(name: str, rows: np.ndarray) -> None:
        if name.endswith("lm_head.bias"):
            rows.reshape(-1, 4)[:] = np.arange(len(rows.reshape(-1, 4)), dtype=np.float32).view(np.uint8).reshape(-1, 4)

    rewrite_rows(broken, cut)
    found = audit(broken, original=sample_model)
    assert ["bias" in finding.where for finding in found] == [True]
    assert "its first ones" not in found[0].problem
    first = map_rows(sample_model / "model.safetensors", read_header(sample_model / "model.safetensors")[0]["lm_head.bias"])

    def take_first(name: str, rows: np.ndarray) -> None:
        if name.endswith("lm_head.bias"):
            rows.reshape(-1)[:] = first.reshape(-1)[: rows.size]

    rewrite_rows(broken, take_first)
    assert "its first ones" in audit(broken, original=sample_model)[0].problem


def test_tied_matrices_that_differ(sample_model, tmp_path):
    model = transformers.AutoModelForMaskedLM.from_pretrained(sample_model)
    model.config.tie_word_embeddings = False
    model.lm_head.decoder.weight = type(model.lm_head.decoder.weight)(model.lm_head.decoder.weight.detach() + 1)
    model.save_pretrained(tmp_path / "model")
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(sample_model / file, tmp_path / "model")
    change(tmp_path / "model" / "config.json", lambda config: config.update(tie_word_embeddings=True))
    assert [finding.kind for finding in audit(tmp_path / "model")] == ["tied head"]


def test_merges_that_were_dropped_with_a_part(tmp_path):
    """The usual filter keeps a merge where its parts and its result are kept: abc stays in the vocabulary and is dead."""

    def bpe(tokens: list[str], merges: list[list[str]]) -> bytes:
        model = {"type": "BPE", "vocab": {t: i for i, t in enumerate(tokens)}, "merges": merges}
        return json.dumps(
            {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "WhitespaceSplit"}, "model": model}
        ).encode()

    for name, tokens, merges in (
        ("before", ["a", "b", "c", "ab", "abc"], [["a", "b"], ["ab", "c"]]),
        ("after", ["a", "b", "c", "abc"], []),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tokenizer.json").write_bytes(bpe(tokens, merges))
    (dead,) = audit(tmp_path / "after")
    assert (dead.kind, dead.breaks) == ("dead token", False)
    found = audit(tmp_path / "after", original=tmp_path / "before")
    assert [finding.kind for finding in found] == ["closure", "dead token"]
    assert found[0].breaks
    assert "'abc' is made of 'ab' (id 3), which is dropped" in found[0].problem


def test_a_unigram_without_what_proves_it_exact(tmp_path):
    """z was the lowest: without it the dropped x costs less as an unknown character than it did."""
    for name, pieces in (
        ("before", [["<unk>", 0.0], ["a", -1.0], ["x", -30.0], ["z", -40.0]]),
        ("after", [["<unk>", 0.0], ["a", -1.0]]),
    ):
        (tmp_path / name).mkdir()
        model = {"type": "Unigram", "unk_id": 0, "vocab": pieces, "byte_fallback": False}
        flags = dict.fromkeys(["single_word", "lstrip", "rstrip", "normalized"], False)
        added = [{"id": 0, "content": "<unk>", "special": True, **flags}]
        document = {"version": "1.0", "added_tokens": added, "model": model}
        (tmp_path / name / "tokenizer.json").write_text(json.dumps(document))
    assert audit(tmp_path / "after") == []
    (found,) = audit(tmp_path / "after", original=tmp_path / "before")
    assert (found.kind, found.breaks) == ("closure", False)
    assert "'x' is dropped and scored -30.00; as unknown it costs -11.00" in found.problem


def test_rows_of_another_type_are_not_compared(broken, sample_model):
    model = transformers.AutoModelForMaskedLM.from_pretrained(broken, dtype="bfloat16")
    model.save_pretrained(broken)
    found = audit(broken, original=sample_model)
    assert {(finding.kind, finding.breaks) for finding in found} == {("size", False)}
    assert "BF16" in found[0].problem


def test_what_cannot_be_audited(tmp_path, broken, sample_model):
    with pytest.raises(PolyvocabError, match="no such directory"):
        audit(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PolyvocabError, match=r"no tokenizer\.json"):
        audit(tmp_path / "empty")
    (broken / "tokenizer_config.json").write_text("[", "utf-8")
    assert kinds(audit(broken)) == ["unreadable file in tokenizer_config.json"]
    (broken / "tokenizer.json").write_text("{", "utf-8")
    assert "unreadable file" in [finding.kind for finding in audit(broken)]
    with pytest.raises(PolyvocabError, match="the original"):
        audit(sample_model, original=broken)
