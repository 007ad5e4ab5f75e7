"""Trimmed GGUF files: kept rows as they were in every type, all else byte for byte, and the same tokens."""

import struct

import numpy as np
import pytest
import tiny
from polyvocab import Tokenizer, surgery
from polyvocab.atomic import atomic_file
from polyvocab.errors import FormatError, PolyvocabError, SurgeryError
from polyvocab.formats.byte_alphabet import BYTE_OF_CHARACTER
from polyvocab.formats.gguf_layout import read_layout
from polyvocab.formats.gguf_trim import trim_gguf
from polyvocab.recipe import Csr, Fill, RowRecipe
from polyvocab.transfer import UNTIE, SourceTokenizer, TokenizerTransfer
from reference.bpe_closure import closure

library = pytest.importorskip("gguf")
TYPES = library.GGMLQuantizationType
WORDS = ["th", "the", "in", "he", "an", "and", "Ġa", "Ġthe", "Ġin", "Ġand"]
MERGES = ["t h", "th e", "i n", "h e", "a n", "an d", "Ġ a", "Ġ the", "Ġ in", "Ġ and"]
TOKENS = ["<|end|>", "<|pad|>", *BYTE_OF_CHARACTER, *WORDS]
KEPT = [0, *range(2, 258), 258, 259, 260, 265]  # without <|pad|>, he, an, and, Ġa
DIM = 64


def embedding(rows: int, kind: TYPES, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((rows, DIM)).astype(np.float32)
    return library.quants.quantize(values, kind)


def write(path, *, kind=TYPES.Q4_0, alignment=None, tensors=None, **members):
    """A byte-level model with quantized matrices, written by the library; members below `tokenizer.ggml.` by their key."""
    writer = library.GGUFWriter(path, "llama")
    if alignment:
        writer.add_custom_alignment(alignment)
    writer.add_uint32("llama.vocab_size", len(TOKENS))
    writer.add_float64("other.number", 1.5)
    writer.add_array("other.strings", ["one", "two"])
    writer.add_string("tokenizer.chat_template", "{{ messages }}<|end|>")
    known = {
        "model": "gpt2",
        "pre": "gpt-2",
        "tokens": TOKENS,
        "token_type": [3, 3] + [1] * (len(TOKENS) - 2),
        "merges": MERGES,
        "eos_token_id": 0,
        "eot_token_id": 0,
        "add_bos_token": False,
    }
    for key, value in (known | members).items():
        if value is not None:
            add = {bool: writer.add_bool, int: writer.add_uint32, str: writer.add_string, list: writer.add_array}[type(value)]
            add(key if key.startswith("tokenizer.") else f"tokenizer.ggml.{key}", value)
    stored = {
        "token_embd.weight": (embedding(len(TOKENS), kind, 0), kind),
        "blk.0.ffn.weight": (embedding(7, TYPES.Q8_0, 1), TYPES.Q8_0),
        "output.weight": (embedding(len(TOKENS), TYPES.Q4_1, 2), TYPES.Q4_1),
        "output.bias": (np.arange(len(TOKENS), dtype=np.float32), None),
        "output_norm.weight": (np.ones(DIM, np.float32), None),
    }
    for name, (values, raw_type) in (stored if tensors is None else tensors).items():
        writer.add_tensor(name, values, raw_dtype=raw_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("kind", [TYPES.F32, TYPES.F16, TYPES.BF16, TYPES.Q4_0, TYPES.Q5_1, TYPES.Q8_0], ids=lambda t: t.name)
@pytest.mark.parametrize("alignment", [None, 128])
def test_rows_are_copied_and_all_else_stays(kind, alignment, tmp_path):
    source = write(tmp_path / "a.gguf", kind=kind, alignment=alignment)
    trimmed = trim_gguf(source, tmp_path / "b.gguf", KEPT)
    before, after = library.GGUFReader(source), library.GGUFReader(trimmed)
    assert after.alignment == before.alignment == (alignment or 32)
    assert [t.name for t in after.tensors] == [t.name for t in before.tensors]
    for old, new in zip(before.tensors, after.tensors, strict=True):
        assert new.tensor_type == old.tensor_type and new.data_offset % before.alignment == 0
        rows = KEPT if old.name in ("token_embd.weight", "output.weight", "output.bias") else slice(None)
        assert np.array_equal(new.data, old.data[rows]), old.name
    changed = {"tokens", "token_type", "merges", "eos_token_id", "eot_token_id"}
    for name, old in before.fields.items():
        new = after.fields[name]
        assert new.types == old.types, name
        if name != "llama.vocab_size" and name.removeprefix("tokenizer.ggml.") not in changed:
            assert new.contents() == old.contents(), name
    assert list(after.fields) == list(before.fields)
    assert after.fields["llama.vocab_size"].contents() == len(KEPT)
    assert after.fields["tokenizer.ggml.tokens"].contents() == [TOKENS[i] for i in KEPT]
    assert after.fields["tokenizer.ggml.token_type"].contents() == [3] + [1] * (len(KEPT) - 1)
    assert after.fields["tokenizer.ggml.merges"].contents() == ["t h", "th e", "i n", "Ġ the"]
    assert trimmed.stat().st_size % before.alignment == 0


def test_keeping_every_token_gives_the_same_file(tmp_path):
    source = write(tmp_path / "a.gguf")
    assert trim_gguf(source, tmp_path / "b.gguf", range(len(TOKENS))).read_bytes() == source.read_bytes()


def test_ids_of_special_tokens_follow(tmp_path):
    source = write(tmp_path / "a.gguf", padding_token_id=265, fim_pre_token_id=2)
    fields = library.GGUFReader(trim_gguf(source, tmp_path / "b.gguf", KEPT)).fields
    roles = {key: fields[f"tokenizer.ggml.{key}_token_id"].contents() for key in ("eos", "eot", "padding", "fim_pre")}
    assert roles == {"eos": 0, "eot": 0, "padding": KEPT.index(265), "fim_pre": 1}


def test_text_of_kept_tokens_gets_the_new_ids(tmp_path):
    source = write(tmp_path / "a.gguf")
    one, two = Tokenizer.from_pretrained(source), Tokenizer.from_pretrained(trim_gguf(source, tmp_path / "b.gguf", KEPT))
    new = {old: i for i, old in enumerate(KEPT)}
    covered = 0
    for text in ("the thin tin", "in the inn", "and he ran", "thé then <|end|>the", "tin thé", "t he"):
        ids = one.encode(text)
        if set(ids) <= set(KEPT):
            assert two.encode(text) == [new[i] for i in ids], text
            covered += 1
        assert two.decode(two.encode(text)) == text
    assert covered == 3


@pytest.mark.parametrize("name", ["ggml-vocab-llama-spm", "ggml-vocab-bert-bge"])
def test_real_vocabularies(name, shared, tmp_path):
    source = shared / f"tokenizers/gguf/{name}.gguf"
    one = Tokenizer.from_pretrained(source)
    lines = [
        line.strip()
        for name in ("eng_Latn.ntrex", "deu_Latn.udhr", "fin_Latn.ntrex")
        for line in (shared / f"text/{name}.txt").read_text("utf-8").splitlines()[:100]
        if line.strip()
    ]
    ids = [one.encode(line) for line in lines]
    wanted = {i for line in ids[::2] for i in line} | {token.id for token in one.definition.added_tokens}
    model = one.definition.model
    if model.kind == "wordpiece":
        kept = np.array(sorted(wanted | {100, 101, 102, 103, 0}))
    else:
        special = np.flatnonzero(np.isin(model.types, (2, 3, 6)))
        kept = np.array(sorted(closure(model, wanted) | set(special.tolist())))
    trimmed = trim_gguf(source, tmp_path / "b.gguf", kept)
    two = Tokenizer.from_pretrained(trimmed)
    new = np.full(len(one.vocab), -1)
    new[kept] = np.arange(len(kept))
    covered = 0
    for line, old in zip(lines, ids, strict=True):
        if (new[old] >= 0).all():
            assert two.encode(line) == new[old].tolist(), line
            covered += 1
    assert covered > len(lines) // 2 and len(kept) < len(one.vocab) // 2


@pytest.mark.parametrize(
    ("members", "kept", "message"),
    [
        ({"eos_token_id": 1}, KEPT, r"tokenizer.ggml.eos_token_id is 1, '<\|pad\|>', which is not among the kept ids"),
        ({"eos_token_id": 999}, KEPT, "eos_token_id is 999, but there are 268 tokens"),
        ({"tokenizer.huggingface.json": "{}"}, KEPT, "the member 'tokenizer.huggingface.json' of the tokenizer is not known"),
        ({"scores": [1.0]}, KEPT, "tokenizer.ggml.scores has 1 entries for 268 tokens"),
        ({"model": "rwkv"}, KEPT, "a tokenizer of the kind 'rwkv': only vocabularies"),
        ({"tokens": None}, KEPT, "has no list of tokens"),
        ({"merges": ["th"]}, KEPT, "the merge 0 is b'th', not two parts"),
        ({"merges": [1]}, KEPT, "merges is no array of strings"),
        ({"token_type": [6] * len(TOKENS)}, KEPT, r"byte tokens are kept, and b'<\|pad\|>' \(id 1\) is not: keep all"),
        ({}, [], "integers in ascending order"),
        ({}, [0, 5, 5], "integers in ascending order"),
        ({}, [0, 268], "the id 268 is none of its 268 tokens"),
    ],
)
def test_what_is_refused(members, kept, message, tmp_path):
    source = write(tmp_path / "a.gguf", **members)
    with pytest.raises(FormatError, match=message):
        trim_gguf(source, tmp_path / "b.gguf", kept)
    assert [p.name for p in tmp_path.iterdir()] == ["a.gguf"]


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"blk.1.nextn.embed_tokens": (np.zeros((268, DIM), np.float32), None)}, "nextn.embed_tokens .* no known role"),
        ({"token_embd.weight": (np.zeros((270, DIM), np.float32), None)}, "token_embd.weight: has the shape .64, 270., but"),
    ],
)
def test_tensors_that_are_refused(tensors, message, tmp_path):
    with pytest.raises(FormatError, match=message):
        trim_gguf(write(tmp_path / "a.gguf", tensors=tensors), tmp_path / "b.gguf", KEPT)


def test_damaged_files_are_refused_with_the_place(tmp_path):
    data = write(tmp_path / "a.gguf").read_bytes()
    layout = read_layout(data, "a")
    after_name = data.index(b"token_embd.weight") + len("token_embd.weight")
    kind_at = after_name + 4 + 16
    cases = [
        (b"", "is empty"),
        (data[:-40], "output_norm.weight: its 256 bytes .* reach beyond the end"),
        (data[: layout.tensors[0].start - 200], "reach beyond the end"),
        (data[:kind_at] + struct.pack("<I", 31) + data[kind_at + 4 :], "token_embd.weight: .* knows no type 31"),
        (data[:after_name] + b"\t" + data[after_name + 1 :], "'token_embd.weight' at byte .* has 9 dimensions"),
        (data.replace(b"eot_token_id", b"eos_token_id"), "the key 'tokenizer.ggml.eos_token_id' at byte .* comes twice"),
    ]
    for content, message in cases:
        (tmp_path / "bad.gguf").write_bytes(content)
        with pytest.raises(FormatError, match=message):
            trim_gguf(tmp_path / "bad.gguf", tmp_path / "b.gguf", KEPT)
    assert not (tmp_path / "b.gguf").exists()
    with pytest.raises(PolyvocabError, match="exists already"):
        trim_gguf(tmp_path / "a.gguf", tmp_path / "bad.gguf", KEPT)


def test_a_large_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "x.gguf"
    (tmp_path / ".x.gguf.partial-abandoned").write_bytes(b"left by a killed process")
    with pytest.raises(RuntimeError), atomic_file(target) as file:
        file.write(b"half")
        assert not target.exists()
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    with atomic_file(target) as file:
        file.write(b"whole")
    assert target.read_bytes() == b"whole" and len(list(tmp_path.iterdir())) == 1


def test_a_transfer_is_applied_where_all_its_rows_are_copies(tmp_path):
    source = write(tmp_path / "a.gguf")
    files, kept = tiny.word_files(TOKENS), tiny.word_files([TOKENS[i] for i in KEPT])

    def transfer(recipe, target=kept, **settings):
        return TokenizerTransfer(SourceTokenizer.of(files), target, recipe, **settings)

    select = RowRecipe.select(KEPT, len(TOKENS))
    made = surgery.apply_to_gguf(transfer(select), source, tmp_path / "b.gguf")
    assert made.read_bytes() == trim_gguf(source, tmp_path / "c.gguf", KEPT).read_bytes()

    n = len(KEPT)
    csr = Csr.from_entries(n, np.r_[np.arange(n), n - 1], np.r_[KEPT, 3], np.r_[np.ones(n - 1), 0.5, 0.5])
    fewer = Csr.selection(KEPT[:-1])
    filled = RowRecipe(
        Csr(np.r_[fewer.indptr, fewer.indptr[-1]], fewer.indices, fewer.weights),
        len(TOKENS),
        None,
        {n - 1: Fill("zero", 0, "x")},
    )
    order = [*KEPT[:-2], KEPT[-1], KEPT[-2]]
    cases = [
        (transfer(RowRecipe(csr, len(TOKENS))), "the row of 'Ġthe' is combined, but rows of a GGUF file can only be copied"),
        (transfer(filled), "the row of 'Ġthe' is filled"),
        (transfer(select, tying=UNTIE), "two recipes or another tying"),
        (transfer(select, output=RowRecipe.select(KEPT[::-1], len(TOKENS))), "two recipes"),
        (
            transfer(RowRecipe.select(order, len(TOKENS)), tiny.word_files([TOKENS[i] for i in order])),
            "moves 'in' before 'Ġthe'",
        ),
        (transfer(select, tiny.word_files([f"t{i}" for i in KEPT])), r"the token 0 is '<\|end\|>', in the transfer it is 't0'"),
    ]
    for refused, message in cases:
        with pytest.raises(SurgeryError, match=message):
            surgery.apply_to_gguf(refused, source, tmp_path / "d.gguf")
    assert not (tmp_path / "d.gguf").exists()
