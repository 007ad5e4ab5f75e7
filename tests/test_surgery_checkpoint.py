"""The surgery on directories: shards, dtypes, files, memory, and kills."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import tiny
import torch
import transformers
from polyvocab import surgery
from polyvocab.errors import FormatError, PolyvocabError, SurgeryError
from polyvocab.recipe import RowRecipe
from polyvocab.transfer import SourceTokenizer, TokenizerTransfer

KEEP = [0, 1, 2, 3, *range(10, 60)]


def transfer(keep=KEEP, n=tiny.ROWS):
    return TokenizerTransfer(SourceTokenizer.of(tiny.numbered(range(n))), tiny.numbered(keep), RowRecipe.select(keep, n))


def save(model, path, **options):
    model.save_pretrained(path, **options)
    tiny.numbered(range(tiny.ROWS)).write(path)
    return path


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_shards_keep_their_files_order_and_dtype(tmp_path, dtype):
    model = tiny.model("llama").to(dtype)
    save(model, tmp_path / "a", max_shard_size="4KB")
    index = json.loads((tmp_path / "a" / "model.safetensors.index.json").read_text())
    assert len(set(index["weight_map"].values())) >= 2
    surgery.apply_to_checkpoint(transfer(), tmp_path / "a", tmp_path / "b")
    new = json.loads((tmp_path / "b" / "model.safetensors.index.json").read_text())
    assert new["weight_map"] == index["weight_map"] and new["metadata"]["total_size"] < index["metadata"]["total_size"]
    made = transformers.LlamaForCausalLM.from_pretrained(tmp_path / "b", dtype="auto")
    surgery.apply(transfer(), model)
    for key, value in model.state_dict().items():
        assert made.state_dict()[key].dtype == dtype and torch.equal(made.state_dict()[key], value), key


def test_files_go_along_and_stale_ones_do_not(tmp_path):
    source = save(tiny.model("llama"), tmp_path / "a")
    for name in ("LICENSE", "pytorch_model.bin", "vocab.txt", "merges.txt", "spiece.model", "preprocessor_config.json"):
        (source / name).write_text("{}")
    surgery.apply_to_checkpoint(transfer(), source, tmp_path / "b")
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == [
        "LICENSE",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "preprocessor_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert len(transformers.AutoTokenizer.from_pretrained(tmp_path / "b")) == len(KEEP)


def test_a_checkpoint_of_the_bare_base_model(tmp_path):
    base = transformers.BertModel(tiny.model("bert").config)
    save(base, tmp_path / "a")
    surgery.apply_to_checkpoint(transfer(), tmp_path / "a", tmp_path / "b")
    made = transformers.BertModel.from_pretrained(tmp_path / "b")
    assert torch.equal(made.embeddings.word_embeddings.weight, base.embeddings.word_embeddings.weight[KEEP])


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (
            lambda p: (p / "model.safetensors").write_bytes((p / "model.safetensors").read_bytes()[:-100]),
            FormatError,
            "it is cut off",
        ),
        (lambda p: (p / "model.safetensors").unlink(), FormatError, "has neither model.safetensors"),
        (lambda p: (p / "config.json").unlink(), FormatError, "no readable config.json"),
        (lambda p: tiny.numbered(range(50)).write(p), SurgeryError, "is not the transfer's source"),
        (lambda p: (p / "tokenizer.json").write_bytes((p / "tokenizer.json").read_bytes()[:-9]), FormatError, "cut off"),
    ],
)
def test_damage_is_named_and_nothing_is_written(tmp_path, damage, error, message):
    source = save(tiny.model("llama"), tmp_path / "a")
    damage(source)
    with pytest.raises(error, match=message):
        surgery.apply_to_checkpoint(transfer(), source, tmp_path / "b")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_an_existing_output_is_not_touched(tmp_path):
    source = save(tiny.model("llama"), tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine").write_text("x")
    with pytest.raises(PolyvocabError, match="exists already"):
        surgery.apply_to_checkpoint(transfer(), source, tmp_path / "b")
    assert [p.name for p in (tmp_path / "b").iterdir()] == ["mine"]


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    source = save(tiny.model("llama"), tmp_path / "a")
    monkeypatch.setattr("polyvocab.surgery.checkpoint.Writer.write", full)
    with pytest.raises(OSError, match="No space left"):
        surgery.apply_to_checkpoint(transfer(), source, tmp_path / "b")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


_CHILD = """
import sys, resource
from polyvocab import surgery
from polyvocab.transfer import TokenizerTransfer
import transformers
t = TokenizerTransfer.from_pretrained(sys.argv[1])
print("ready", flush=True)
surgery.apply_to_checkpoint(t, sys.argv[2], sys.argv[3])
print([l for l in open("/proc/self/status") if l.startswith("VmHWM")][0].split()[1])
"""


def test_kill_at_random_moments_leaves_all_or_nothing(tmp_path):
    source = save(tiny.model("llama", hidden_size=1024, intermediate_size=4096), tmp_path / "a")
    transfer().save_pretrained(tmp_path / "t")
    draw = random.Random(0)
    for round_ in range(4):
        out = tmp_path / f"out{round_}"
        child = subprocess.Popen([sys.executable, "-c", _CHILD, tmp_path / "t", source, out], stdout=subprocess.PIPE, text=True)
        assert child.stdout.readline() == "ready\n"
        time.sleep(draw.uniform(0.0, 0.6))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        if out.exists():
            assert transformers.LlamaForCausalLM.from_pretrained(out).config.vocab_size == len(KEEP)
        else:
            surgery.apply_to_checkpoint(transfer(), source, out)  # and what the kill left is cleaned away
        assert not [p for p in tmp_path.iterdir() if p.name.startswith(f".out{round_}.partial")]


def test_ctrl_c_leaves_nothing(tmp_path, monkeypatch):
    from polyvocab.recipe import RowMaker

    def interrupted(self, start, stop):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)

    source = save(tiny.model("llama"), tmp_path / "a")
    monkeypatch.setattr(RowMaker, "rows", interrupted)
    with pytest.raises(KeyboardInterrupt):
        surgery.apply_to_checkpoint(transfer(), source, tmp_path / "b")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_tied_names_that_are_stored_with_different_values_are_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    source = save(tiny.model("gpt2"), tmp_path / "a")
    tensors = load_file(source / "model.safetensors")
    tensors["lm_head.weight"] = tensors["transformer.wte.weight"].clone()
    save_file(tensors, source / "model.safetensors", {"format": "pt"})
    surgery.apply_to_checkpoint(transfer(), source, tmp_path / "b")  # stored twice, equal
    tensors["lm_head.weight"] += 1
    save_file(tensors, source / "model.safetensors", {"format": "pt"})
    with pytest.raises(SurgeryError, match="stored with different values"):
        surgery.apply_to_checkpoint(transfer(), source, tmp_path / "c")


@pytest.mark.parametrize("name", ["t5", "mt5"])
def test_a_head_that_is_kept_apart_although_its_class_ties_it(name, tmp_path):
    """T5 1.1 and mT5: config.json says untied, the class overrides it, the stored head is another matrix."""
    model = tiny.model(name)
    model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.shared.weight))
    source = save(model, tmp_path / "a")
    config = json.loads((source / "config.json").read_text())
    (source / "config.json").write_text(json.dumps({**config, "tie_word_embeddings": False}))
    before = type(model).from_pretrained(source)
    after = type(model).from_pretrained(surgery.apply_to_checkpoint(transfer(), source, tmp_path / "b"))
    assert not torch.equal(after.lm_head.weight, after.shared.weight)
    assert torch.equal(after.shared.weight, before.shared.weight[KEEP])
    assert torch.equal(after.lm_head.weight, before.lm_head.weight[KEEP])
    ids = torch.arange(4)[None]
    old = before(input_ids=torch.tensor(KEEP)[ids], decoder_input_ids=torch.tensor(KEEP)[ids]).logits
    new = after(input_ids=ids, decoder_input_ids=ids).logits
    torch.testing.assert_close(new, old[..., KEEP], rtol=0, atol=1e-5)


def test_an_index_that_points_elsewhere_is_refused(tmp_path):
    source = save(tiny.model("llama"), tmp_path / "a", max_shard_size="4KB")
    index = json.loads((source / "model.safetensors.index.json").read_text())
    (tmp_path / "evil.safetensors").write_bytes(b"mine")
    index["weight_map"]["lm_head.weight"] = "../evil.safetensors"
    (source / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(FormatError, match="names the file '../evil.safetensors'"):
        surgery.apply_to_checkpoint(transfer(), source, tmp_path / "b")
    assert (tmp_path / "evil.safetensors").read_bytes() == b"mine"


def test_folders_of_sentence_transformers_go_along(tmp_path):
    source = save(transformers.BertModel(tiny.model("bert").config), tmp_path / "a")
    (source / "1_Pooling").mkdir()
    (source / "1_Pooling" / "config.json").write_text("{}")
    surgery.apply_to_checkpoint(transfer(), source, tmp_path / "b")
    assert (tmp_path / "b" / "1_Pooling" / "config.json").read_text() == "{}"


def test_the_tokenizer_of_an_older_format_is_compared_too(tmp_path):
    source = tmp_path / "a"
    tiny.model("bert").save_pretrained(source)
    (source / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abc"]))
    with pytest.raises(SurgeryError, match=r"its tokenizer \(8 tokens.*is not the transfer's source"):
        surgery.apply_to_checkpoint(transfer(), source, tmp_path / "b")


def test_memory_is_a_block_of_rows_not_the_matrix(tmp_path):
    """Anonymous memory: the mapped source is the page cache's."""
    import tracemalloc

    from safetensors.torch import save_file

    config = tiny.model("llama").config
    config.vocab_size, config.hidden_size = 150_000, 512  # 300 MB a matrix
    with torch.device("meta"):
        meta = transformers.LlamaForCausalLM(config)
    (tmp_path / "a").mkdir()
    config.architectures = ["LlamaForCausalLM"]
    config.save_pretrained(tmp_path / "a")
    save_file({k: torch.zeros(v.shape) for k, v in meta.state_dict().items()}, tmp_path / "a" / "model.safetensors")
    identity = TokenizerTransfer(
        SourceTokenizer.of(tiny.numbered(range(150_000))),
        tiny.numbered(range(100_000)),
        RowRecipe.select(range(100_000), 150_000),
    )
    tracemalloc.start()
    surgery.apply_to_checkpoint(identity, tmp_path / "a", tmp_path / "b")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6  # the bound is the output rows (205 MB a matrix) + 64 MB; most of it is the tokenizer's JSON
