"""Saving, loading and describing transfers."""

import json
import shutil

import numpy as np
import pytest
from conftest import DATA
from hypothesis import given
from hypothesis import strategies as st
from polyvocab.errors import FormatError, PolyvocabError, TransferError
from polyvocab.recipe import Csr, Fill, Given, RowRecipe
from polyvocab.transfer import SourceTokenizer, TokenizerTransfer, Tying
from strategies import recipes
from tiny import numbered


def transfer_of(input_recipe, output_recipe=None, **fields):
    return TokenizerTransfer(
        SourceTokenizer.of(numbered(range(input_recipe.n_source), None)),
        numbered(range(len(input_recipe)), None),
        input_recipe,
        output_recipe,
        **fields,
    )


@given(st.data())
def test_what_is_saved_reads_back_equal(tmp_path_factory, data):
    first = data.draw(recipes())
    fields = {
        "tying": Tying.join(0.25, 0.75),
        "text_steps": ({"step": "uroman"},),
        "provenance": ({"method": "x"},),
        "derived_from": {"input": "00"},
    }
    transfer = transfer_of(first, **fields)
    path = tmp_path_factory.mktemp("transfer") / "saved"
    transfer.save_pretrained(path)
    assert TokenizerTransfer.from_pretrained(path) == transfer


def test_two_recipes_are_both_saved(tmp_path):
    output = RowRecipe(Csr([0, 2, 2], [0, 1], [0.5, 0.5]), 3, Given.of({1: np.ones(4)}, {1: 2.0}))
    transfer = transfer_of(RowRecipe.select([2, 0], 3), output)
    transfer.save_pretrained(tmp_path / "t")
    again = TokenizerTransfer.from_pretrained(tmp_path / "t")
    assert again.output == output and again.output_or_input.given.bias.tolist() == [2.0]


def test_the_first_format_stays_readable():
    transfer = TokenizerTransfer.from_pretrained(DATA / "transfers" / "v1")
    assert transfer.source.size == 6 and transfer.input.counts() == {"copied": 2, "combined": 1, "given": 1, "filled": 1}
    assert transfer.tying == Tying("untie")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: (p / "transfer.json").unlink(), "transfer.json is missing"),
        (lambda p: (p / "recipes.safetensors").write_bytes(b"1234"), "cut off, or not safetensors"),
        (lambda p: (p / "transfer.json").write_text("{"), "is not JSON"),
        (lambda p: _edit(p, format=99), "has format 99"),
        (lambda p: shutil.rmtree(p / "tokenizer"), "no such directory"),
        (
            lambda p: (p / "tokenizer" / "tokenizer.json").write_bytes(numbered(range(3)).files["tokenizer.json"]),
            "is not the tokenizer that the transfer was saved with",
        ),
    ],
)
def test_damage_is_named(tmp_path, damage, message):
    transfer_of(RowRecipe.identity(4)).save_pretrained(tmp_path / "t")
    damage(tmp_path / "t")
    with pytest.raises(FormatError, match=message):
        TokenizerTransfer.from_pretrained(tmp_path / "t")


def _edit(path, **changes):
    document = json.loads((path / "transfer.json").read_text())
    (path / "transfer.json").write_text(json.dumps({**document, **changes}))


def test_nothing_is_overwritten_and_nothing_half_written_is_left(tmp_path, monkeypatch):
    transfer = transfer_of(RowRecipe.identity(4))
    transfer.save_pretrained(tmp_path / "t")
    with pytest.raises(PolyvocabError, match="exists already"):
        transfer.save_pretrained(tmp_path / "t")
    monkeypatch.setattr("polyvocab.transfer.save_arrays", _full_disk)
    with pytest.raises(OSError, match="No space left"):
        transfer.save_pretrained(tmp_path / "u")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t"]


def _full_disk(*_):
    raise OSError(28, "No space left on device")


def test_describe_is_a_table():
    recipe = RowRecipe(Csr([0, 1, 3, 3], [0, 0, 1], [1.0, 0.5, 0.5]), 4, None, {2: Fill("normal", 0, "t2")})
    text = transfer_of(recipe, provenance=({"method": "focus"},)).describe()
    assert "source     4 tokens" in text and "target     3 tokens" in text
    assert [line.split() for line in text.splitlines() if line.startswith(("copied", "combined", "filled"))] == [
        ["copied", "1", "1"],
        ["combined", "1", "1"],
        ["filled", "1", "1"],
    ]
    assert '"method": "focus"' in text


def test_sizes_must_fit():
    with pytest.raises(TransferError, match="makes 3 rows, the target has 4 tokens"):
        TokenizerTransfer(SourceTokenizer.of(numbered(range(5))), numbered(range(4)), RowRecipe.select([0, 1, 2], 5))
    with pytest.raises(TransferError, match="reads 4 rows, the source has 5"):
        TokenizerTransfer(SourceTokenizer.of(numbered(range(5))), numbered(range(4)), RowRecipe.identity(4))


def test_push_to_hub_uploads_the_saved_folder(monkeypatch):
    import huggingface_hub

    uploaded = {}

    class Api:
        def __init__(self, token=None):
            uploaded["token"] = token

        def create_repo(self, repo_id, private, exist_ok):
            return f"https://hub.test/{repo_id}"

        def upload_folder(self, repo_id, folder_path):
            uploaded["transfer"] = TokenizerTransfer.from_pretrained(folder_path)
            uploaded["card"] = (folder_path / "README.md").read_text()

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    transfer = transfer_of(RowRecipe.identity(4))
    assert transfer.push_to_hub("me/transfer", token="x") == "https://hub.test/me/transfer"
    assert uploaded["transfer"] == transfer and uploaded["token"] == "x" and "library_name: polyvocab" in uploaded["card"]


def test_a_name_that_is_neither_directory_nor_repository(monkeypatch):
    with pytest.raises(TransferError, match="neither a local directory nor a repository"):
        TokenizerTransfer.from_pretrained("nobody/nothing")
