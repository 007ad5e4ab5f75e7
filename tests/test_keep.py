"""The same tokenizer with some of its tokens: every file of its directory, in our readers and in the libraries'."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from polyvocab.formats import TokenizerFiles
from polyvocab.formats.definition import Bpe, Ranks, SentencePieces
from polyvocab.formats.vocabulary import Vocabulary
from polyvocab.tokenizer import Tokenizer
from reference.bpe_closure import closure
from shared_tokenizers import READING

JSON = (
    *("focus-ar-bpe-50k", "focus-ar-xlmr-unigram-50k", "focus-sw-bpe-50k", "focus-sw-xlmr-unigram-50k"),
    *("gpt-neox-20b", "gpt2", "model2vec-test"),
)
CLASSES = {
    "bert-base-multilingual-cased": "BertTokenizer",
    "bert-base-uncased": "BertTokenizer",
    "clip": "CLIPTokenizer",
    "openai-gpt": "OpenAIGPTTokenizer",
    "qwen2": "Qwen2Tokenizer",
}
RANKS = ("cl100k_base", "llama3", "o200k_base", "r50k_base")
PIECES = ("blingfire-bpe", "laser100k", "llama2", "mistral-v1", "mistral-v3", "sp-test", "sp-test-ja", "t5", "xlm-roberta")
# Their special tokens stand behind holes, which vanish: then these tokens move, also where all are kept.
WITH_HOLES = ("cl100k_base", "o200k_base")
MARKS = ("▁", "Ġ", "##", "</w>")


@pytest.fixture(scope="module")
def texts(shared) -> list[str]:
    lines = []
    for name in ("eng_Latn.ntrex", "swh_Latn.ntrex", "arb_Arab.ntrex", "zho_Hans.ntrex"):
        path = shared / "text" / f"{name}.txt"
        lines += path.read_text("utf-8").split("\n")[:60] if path.exists() else []
    assert len(lines) >= 120
    return lines


def is_basic(token: str | None) -> bool:
    """One character, as it is or with a mark."""
    if token is None or len(token) > 1 + max(map(len, MARKS)):
        return False
    for mark in MARKS:
        token = token.removeprefix(mark).removesuffix(mark) or token
    return len(token) <= 1


def always(vocabulary: Vocabulary) -> set[int]:
    """What has to be there."""
    kept = vocabulary.special | vocabulary.literal | vocabulary.control | vocabulary.bytes | {vocabulary.unknown}
    return set(kept - {None}) | {i for i, token in enumerate(vocabulary.tokens) if is_basic(token)}


def chosen(tokenizer: Tokenizer, texts: list[str]) -> np.ndarray:
    """Some tokens at random, those of some of the texts, and what has to be there; closed for a BPE."""
    rng, vocabulary, model = np.random.default_rng(0), tokenizer.vocabulary, tokenizer.definition.model
    used, _ = tokenizer.encode_batch([text for text in texts if rng.random() < 0.6])
    drawn = rng.choice(len(vocabulary), min(600, len(vocabulary) // 3), replace=False).tolist()
    ids = ({*drawn, *used.tolist()} | always(vocabulary)) - set(vocabulary.holes)
    if isinstance(model, Bpe | Ranks) or (isinstance(model, SentencePieces) and model.algorithm == "bpe"):
        ids |= closure(model, ids)
    return np.array(sorted(ids), np.int64)


def encoded(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return tokenizer.encode_batch(texts, as_arrays=False)


def covered(files: TokenizerFiles, old: list[list[int]], ids: np.ndarray) -> list[int]:
    kept = np.zeros(len(files.vocabulary), bool)
    kept[ids] = True
    return [n for n, line in enumerate(old) if kept[line].all()]


def check(files: TokenizerFiles, texts: list[str]) -> tuple[TokenizerFiles, Tokenizer, np.ndarray]:
    """What holds of every format: the files read back as they should, covered text keeps its tokens, what is kept twice is
    kept once."""
    tokenizer = Tokenizer(files)
    ids = chosen(tokenizer, texts)
    kept = files.keep(ids)
    assert kept.vocabulary.tokens == tuple(files.vocabulary.tokens[i] for i in ids) and not kept.vocabulary.holes
    assert TokenizerFiles.from_files(kept.files) == kept
    assert kept.role_ids == {role: int(np.searchsorted(ids, i)) for role, i in files.role_ids.items()}

    small, old = Tokenizer(kept), encoded(tokenizer, texts)
    lines = covered(files, old, ids)
    assert len(texts) / 3 < len(lines) < len(texts)
    new = encoded(small, texts)
    assert [new[n] for n in lines] == [np.searchsorted(ids, old[n]).tolist() for n in lines]

    again = np.union1d(np.arange(0, len(ids), 2), sorted(always(kept.vocabulary)))
    assert len(again) < len(ids)
    assert kept.keep(again).files == files.keep(ids[again]).files
    return kept, small, ids


def assert_all_is_equal(files: TokenizerFiles) -> None:
    everything = files.keep(np.array([i for i, token in enumerate(files.vocabulary.tokens) if token is not None]))
    assert everything.files == files.files and everything == files


def hf_of(data: bytes):
    import tokenizers

    return tokenizers.Tokenizer.from_str(data.decode())


def assert_equals_hf(small: Tokenizer, backend, texts: list[str]) -> None:
    backend.no_padding()
    backend.no_truncation()
    assert backend.get_vocab(with_added_tokens=True) == {token: i for i, token in enumerate(small.vocabulary.tokens)}
    expected = [e.ids for e in backend.encode_batch(texts, add_special_tokens=False)]
    assert encoded(small, texts) == expected
    with_special = [e.ids for e in backend.encode_batch(texts[:9], add_special_tokens=True)]
    assert small.encode_batch(texts[:9], add_special_tokens=True, as_arrays=False) == with_special


def written(files: TokenizerFiles, folder: Path) -> Path:
    folder.mkdir()
    files.write(folder)
    return folder


# -- every tokenizer ---------------------------------------------------------------------------------------------------


def test_the_sample(sample_model, sample_text, tmp_path):
    import transformers

    files = TokenizerFiles.from_directory(sample_model)
    lines = [line for path in sorted(sample_text.glob("*")) for line in path.read_text("utf-8").split("\n")[:40]]
    kept, small, _ = check(files, lines)
    assert_equals_hf(small, hf_of(kept.files["tokenizer.json"]), lines)
    reloaded = transformers.AutoTokenizer.from_pretrained(written(kept, tmp_path / "kept"))
    assert reloaded.get_vocab() == kept.vocabulary.ids
    assert reloaded(lines, add_special_tokens=False)["input_ids"] == encoded(small, lines)
    assert_all_is_equal(files)


@pytest.mark.parametrize("name", JSON)
def test_tokenizer_json(shared, texts, tmp_path, name):
    import transformers

    files = TokenizerFiles.from_directory(shared / "tokenizers" / name)
    kept, small, _ = check(files, texts)
    assert_equals_hf(small, hf_of(kept.files["tokenizer.json"]), texts)
    reloaded = transformers.PreTrainedTokenizerFast.from_pretrained(written(kept, tmp_path / "kept"))
    assert reloaded.get_vocab() == kept.vocabulary.ids
    assert reloaded(texts, add_special_tokens=False)["input_ids"] == encoded(small, texts)
    assert_all_is_equal(files)


@pytest.mark.parametrize("name", CLASSES)
def test_vocabulary_files(shared, texts, tmp_path, name):
    import transformers

    files = TokenizerFiles.from_directory(shared / "tokenizers" / name, **READING.get(name, {}))
    kept, small, _ = check(files, texts)
    reloaded = getattr(transformers, CLASSES[name]).from_pretrained(written(kept, tmp_path / "kept"))
    assert_equals_hf(small, reloaded.backend_tokenizer, texts)
    assert_all_is_equal(files)


def test_the_parts_of_gpt2_are_one_tokenizer(shared, texts):
    """Beside a tokenizer.json the older files are those of the same tokens."""
    files = TokenizerFiles.from_directory(shared / "tokenizers" / "gpt2")
    parts = {name: files.files[name] for name in ("vocab.json", "merges.txt")}
    alone = TokenizerFiles.from_files(parts, family="gpt2")
    ids = chosen(Tokenizer(files), texts)
    kept, other = files.keep(ids), alone.keep(ids)
    assert {name: kept.files[name] for name in parts} == {name: other.files[name] for name in parts}
    assert encoded(Tokenizer(kept), texts) == encoded(Tokenizer(other), texts)


@pytest.mark.parametrize("name", RANKS)
def test_rank_files(shared, texts, name):
    tiktoken = pytest.importorskip("tiktoken")
    files = TokenizerFiles.from_directory(shared / "tokenizers" / name, **READING.get(name, {}))
    kept, small, _ = check(files, texts)
    definition = kept.definition
    reference = tiktoken.Encoding(
        name,
        pat_str=definition.pre_tokenizer["pattern"]["Regex"],
        mergeable_ranks=dict(zip(definition.model.tokens, definition.model.ids.tolist(), strict=True)),
        special_tokens={token.content: token.id for token in definition.added_tokens},
    )
    lines = [text + "<|endoftext|><|eot_id|>" for text in texts]
    assert encoded(small, lines) == [reference.encode(line, allowed_special="all") for line in lines]
    if name not in WITH_HOLES:
        assert_all_is_equal(files)


@pytest.mark.parametrize("name", PIECES)
def test_sentencepiece_models(shared, texts, name):
    library = pytest.importorskip("sentencepiece")
    files = TokenizerFiles.from_directory(shared / "tokenizers" / name)
    kept, small, ids = check(files, texts)
    data = kept.files[kept.defining_file]
    processor = library.SentencePieceProcessor(model_proto=data)
    assert [processor.id_to_piece(i) for i in range(len(processor))] == list(kept.vocabulary.tokens)
    assert [processor.encode(text) for text in texts] == encoded(small, texts)

    from sentencepiece import sentencepiece_model_pb2 as schema

    old, new = (schema.ModelProto.FromString(d) for d in (files.files[files.defining_file], data))
    assert new.trainer_spec.vocab_size == len(ids) == len(new.pieces)
    assert [new.pieces[i] for i in range(len(ids))] == [old.pieces[i] for i in ids]
    roles = [getattr(processor, f"{role}_id")() for role in ("unk", "bos", "eos", "pad")]
    declared = [getattr(new.trainer_spec, f"{role}_id") for role in ("unk", "bos", "eos", "pad")]
    was = [getattr(old.trainer_spec, f"{role}_id") for role in ("unk", "bos", "eos", "pad")]
    before = library.SentencePieceProcessor(model_proto=files.files[files.defining_file])
    if was == [getattr(before, f"{role}_id")() for role in ("unk", "bos", "eos", "pad")]:
        assert declared == roles
    for part in (old, new):  # all else is as it was
        part.ClearField("pieces")
        for field in ("vocab_size", "unk_id", "bos_id", "eos_id", "pad_id"):
            part.trainer_spec.ClearField(field)
    assert old == new
    assert_all_is_equal(files)


# -- the two at once, through transformers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "model", "shift"), [("XLMRobertaTokenizer", "sentencepiece.bpe.model", 1), ("T5Tokenizer", "spiece.model", 0)]
)
def test_a_model_beside_a_tokenizer_json(shared, texts, tmp_path, name, model, shift):
    """Loaded from its tokenizer.json, from its .model alone, and by sentencepiece: the same ids."""
    import sentencepiece as library
    import transformers

    (tmp_path / "source").mkdir()
    shutil.copy(shared / "tokenizers" / "sp-test" / "test_model.model", tmp_path / "source" / model)
    cls = getattr(transformers, name)
    cls.from_pretrained(tmp_path / "source").save_pretrained(tmp_path / "full")
    shutil.copy(tmp_path / "source" / model, tmp_path / "full")
    files = TokenizerFiles.from_directory(tmp_path / "full")
    assert {"tokenizer.json", "tokenizer_config.json", model} <= set(files.files)
    kept, small, ids = check(files, texts)
    loaded = cls.from_pretrained(written(kept, tmp_path / "kept"))
    (tmp_path / "kept" / "tokenizer.json").rename(tmp_path / "tokenizer.json")
    rebuilt = cls.from_pretrained(tmp_path / "kept")
    assert loaded.get_vocab() == rebuilt.get_vocab() == kept.vocabulary.ids
    expected = small.encode_batch(texts, add_special_tokens=True, as_arrays=False)
    assert loaded(texts)["input_ids"] == rebuilt(texts)["input_ids"] == expected
    processor = library.SentencePieceProcessor(model_proto=kept.files[model])
    pieces = [[i + shift if i else kept.vocabulary.unknown for i in processor.encode(text)] for text in texts]
    assert pieces == encoded(small, texts)
    assert_all_is_equal(files)


def test_a_slow_tokenizer(shared, texts, tmp_path):
    import transformers

    files = TokenizerFiles.from_directory(shared / "tokenizers" / "sp-test")
    kept = files.keep(chosen(Tokenizer(files), texts))
    (tmp_path / "spiece.model").write_bytes(kept.files["test_model.model"])
    slow = transformers.BertGenerationTokenizer(str(tmp_path / "spiece.model"), sep_token="</s>", pad_token="<unk>")
    assert slow(texts, add_special_tokens=False)["input_ids"] == encoded(Tokenizer(kept), texts)
