"""The same tokenizer with more tokens: every file of its directory, in our readers and in the libraries'."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from polyvocab.errors import FormatError
from polyvocab.formats import TokenizerFiles
from polyvocab.formats.append import NewTokens
from polyvocab.formats.definition import AddedToken, Bpe, Ranks, SentencePieces, Unigram
from polyvocab.tokenizer import Tokenizer
from shared_tokenizers import READING

JSON = ("focus-sw-bpe-50k", "focus-sw-xlmr-unigram-50k", "gpt-neox-20b", "model2vec-test")
CLASSES = {
    "bert-base-uncased": "BertTokenizer",
    "clip": "CLIPTokenizer",
    "openai-gpt": "OpenAIGPTTokenizer",
}
RANKS = ("cl100k_base",)
PIECES = ("blingfire-bpe", "llama2", "sp-test", "t5")
ADDED = (
    AddedToken(0, "<|new|>", special=True, normalized=False),
    AddedToken(0, "plain words", lstrip=True),
)


@pytest.fixture(scope="module")
def texts(shared) -> list[str]:
    lines = []
    for name in ("eng_Latn.ntrex", "swh_Latn.ntrex", "arb_Arab.ntrex", "zho_Hans.ntrex"):
        lines += (shared / "text" / f"{name}.txt").read_text("utf-8").split("\n")[:20]
    return lines


def encoded(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return tokenizer.encode_batch(texts, as_arrays=False)


def unused_pieces(files: TokenizerFiles) -> NewTokens:
    """Tokens that need what no text of the tests has: they change nothing there, and "ꙮꙮ" becomes one of them."""
    model = files.definition.model
    if isinstance(model, Bpe | Ranks):  # in the alphabet of bytes
        flagless = (*ADDED[:1], replace(ADDED[0], content="plain words"))
        tokens = tuple(token for token in ("êĻ", "êĻ®", "êĻ®êĻ®") if token not in files.vocabulary.ids)
        pairs = (("ê", "Ļ"), ("êĻ", "®"), ("êĻ®", "êĻ®")) if isinstance(model, Bpe) else ()
        return NewTokens(
            tokens, merges=tuple(pair for pair in pairs if "".join(pair) in tokens), added=ADDED if pairs else flagless
        )
    if isinstance(model, SentencePieces):
        scores = np.array([-1e5, -2e5]) if model.algorithm == "bpe" else np.array([-30.0, -41.123456789])
        return NewTokens(("ꙮ", "ꙮꙮ"), scores, added=(*ADDED[:1], replace(ADDED[1], lstrip=False)))
    scores = np.array([-30.0, -41.123456789]) if isinstance(model, Unigram) else None
    return NewTokens(("ꙮꙮ", "ꙮ"), scores, added=ADDED)


def check(files: TokenizerFiles, new: NewTokens, texts: list[str]) -> tuple[TokenizerFiles, Tokenizer]:
    """What holds of every format: the files read back as they should, old text keeps its tokens."""
    made = files.append(new)
    size = len(files.vocabulary)
    contents = tuple(token.content for token in new.added)
    assert made.vocabulary.tokens == (*files.vocabulary.tokens, *new.tokens, *contents)
    assert TokenizerFiles.from_files(made.files) == made
    if not isinstance(files.definition.model, SentencePieces):
        found = [(token.content, token.id) for token in made.definition.added_tokens if token.id >= size]
        assert found == [(content, size + len(new.tokens) + n) for n, content in enumerate(contents)]
    more = Tokenizer(made)
    assert encoded(more, texts) == encoded(Tokenizer(files), texts)
    assert set(more.encode("ꙮꙮ")) & set(range(size, size + len(new.tokens)))
    old = [i for i, token in enumerate(files.vocabulary.tokens) if token is not None]
    assert made.keep(np.array(old)).vocabulary.tokens == tuple(files.vocabulary.tokens[i] for i in old)
    return made, more


def assert_equals_hf(small: Tokenizer, backend, texts: list[str]) -> None:
    backend.no_padding()
    backend.no_truncation()
    assert backend.get_vocab(with_added_tokens=True) == {token: i for i, token in enumerate(small.vocabulary.tokens)}
    assert encoded(small, texts) == [e.ids for e in backend.encode_batch(texts, add_special_tokens=False)]


def written(files: TokenizerFiles, folder: Path) -> Path:
    folder.mkdir()
    files.write(folder)
    return folder


def with_new(texts: list[str]) -> list[str]:
    return [*texts, "ꙮꙮꙮ", "a<|new|>b", "with plain words in it", "ꙮ ꙮꙮ word"]


def test_the_sample(sample_model, sample_text, tmp_path):
    import tokenizers
    import transformers

    files = TokenizerFiles.from_directory(sample_model)
    lines = [line for path in sorted(sample_text.glob("*")) for line in path.read_text("utf-8").split("\n")[:30]]
    made, more = check(files, unused_pieces(files), lines)
    assert_equals_hf(more, tokenizers.Tokenizer.from_str(made.files["tokenizer.json"].decode()), with_new(lines))
    reloaded = transformers.AutoTokenizer.from_pretrained(written(made, tmp_path / "made"))
    assert reloaded.get_vocab() == made.vocabulary.ids
    assert reloaded(with_new(lines), add_special_tokens=False)["input_ids"] == encoded(more, with_new(lines))
    assert files.append(NewTokens()).files == files.files


@pytest.mark.parametrize("name", JSON)
def test_tokenizer_json(shared, texts, tmp_path, name):
    import transformers

    files = TokenizerFiles.from_directory(shared / "tokenizers" / name)
    made, more = check(files, unused_pieces(files), texts)
    reloaded = transformers.PreTrainedTokenizerFast.from_pretrained(written(made, tmp_path / "made"))
    assert reloaded.get_vocab() == made.vocabulary.ids
    assert_equals_hf(more, reloaded.backend_tokenizer, with_new(texts))
    assert files.append(NewTokens()).files == files.files


@pytest.mark.parametrize("name", CLASSES)
def test_vocabulary_files(shared, texts, tmp_path, name):
    import transformers

    files = TokenizerFiles.from_directory(shared / "tokenizers" / name, **READING.get(name, {}))
    new = unused_pieces(files)
    if name == "openai-gpt":  # characters, not bytes
        new = NewTokens(("ꙮ", "ꙮ</w>", "ꙮꙮ</w>"), merges=(("ꙮ", "ꙮ</w>"),), added=ADDED)
    made, more = check(files, new, texts)
    reloaded = getattr(transformers, CLASSES[name]).from_pretrained(written(made, tmp_path / "made"))
    assert_equals_hf(more, reloaded.backend_tokenizer, with_new(texts))
    assert files.append(NewTokens()).files == files.files


def test_the_parts_of_gpt2_are_one_tokenizer(shared, texts):
    """Beside a tokenizer.json the older files get the same tokens and merges."""
    files = TokenizerFiles.from_directory(shared / "tokenizers" / "gpt2")
    alone = TokenizerFiles.from_files({name: files.files[name] for name in ("vocab.json", "merges.txt")}, family="gpt2")
    new = replace(unused_pieces(files), added=())
    made, other = (Tokenizer(check(each, new, texts)[0]) for each in (files, alone))
    assert encoded(made, with_new(texts)) == encoded(other, with_new(texts))


@pytest.mark.parametrize("name", RANKS)
def test_rank_files(shared, texts, name):
    tiktoken = pytest.importorskip("tiktoken")
    files = TokenizerFiles.from_directory(shared / "tokenizers" / name, **READING.get(name, {}))
    made, more = check(files, unused_pieces(files), texts)
    definition = made.definition
    reference = tiktoken.Encoding(
        name,
        pat_str=definition.pre_tokenizer["pattern"]["Regex"],
        mergeable_ranks=dict(zip(definition.model.tokens, definition.model.ids.tolist(), strict=True)),
        special_tokens={token.content: token.id for token in definition.added_tokens},
    )
    assert encoded(more, with_new(texts)) == [reference.encode(line, allowed_special="all") for line in with_new(texts)]
    assert files.append(NewTokens()).files == files.files


@pytest.mark.parametrize("name", PIECES)
def test_sentencepiece_models(shared, texts, name):
    library = pytest.importorskip("sentencepiece")
    from sentencepiece import sentencepiece_model_pb2 as schema

    files = TokenizerFiles.from_directory(shared / "tokenizers" / name)
    made, more = check(files, unused_pieces(files), texts)
    data, before = made.files[made.defining_file], files.files[files.defining_file]
    processor = library.SentencePieceProcessor(model_proto=data)
    assert [processor.id_to_piece(i) for i in range(len(processor))] == list(made.vocabulary.tokens)
    assert [processor.encode(text) for text in with_new(texts)] == encoded(more, with_new(texts))
    old, new = (schema.ModelProto.FromString(d) for d in (before, data))
    assert new.trainer_spec.vocab_size == len(new.pieces) == len(made.vocabulary)
    assert list(new.pieces[: len(old.pieces)]) == list(old.pieces)
    for part in (old, new):  # all else is as it was
        part.ClearField("pieces")
        part.trainer_spec.ClearField("vocab_size")
    assert old == new
    assert files.append(NewTokens()).files == files.files


# -- the two at once, through transformers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "model", "file", "shift"),
    [
        ("XLMRobertaTokenizer", "sp-test/test_model.model", "sentencepiece.bpe.model", 1),
        ("T5Tokenizer", "t5/spiece.model", "spiece.model", 0),
    ],
)
def test_a_unigram_model_beside_a_tokenizer_json(shared, texts, tmp_path, name, model, file, shift):
    """Loaded from its tokenizer.json and by sentencepiece: the same ids, though <mask> and the extra ids have no pieces."""
    import sentencepiece as library
    import transformers

    (tmp_path / "source").mkdir()
    shutil.copy(shared / "tokenizers" / model, tmp_path / "source" / file)
    cls = getattr(transformers, name)
    cls.from_pretrained(tmp_path / "source").save_pretrained(tmp_path / "full")
    shutil.copy(tmp_path / "source" / file, tmp_path / "full")
    files = TokenizerFiles.from_directory(tmp_path / "full")
    made, more = check(files, NewTokens(("ꙮꙮ", "ꙮ"), np.array([-30.0, -41.5]), added=ADDED[:1]), texts)
    loaded = cls.from_pretrained(written(made, tmp_path / "made"))
    assert loaded.get_vocab() == made.vocabulary.ids
    assert loaded(texts)["input_ids"] == more.encode_batch(texts, add_special_tokens=True, as_arrays=False)
    config = json.loads(made.files["tokenizer_config.json"])
    declared = {entry["content"]: int(i) for i, entry in config["added_tokens_decoder"].items()}
    assert declared == {token.content: token.id for token in made.definition.added_tokens}
    processor = library.SentencePieceProcessor(model_proto=made.files[file])
    lines = [*texts, "ꙮꙮꙮ word"]
    pieces = [[i + shift if i else made.vocabulary.unknown for i in processor.encode(text)] for text in lines]
    assert pieces == encoded(more, lines)


def test_a_bpe_model_beside_a_tokenizer_json(shared, texts, tmp_path):
    import sentencepiece as library
    import transformers

    shutil.copy(shared / "tokenizers" / "llama2" / "tokenizer.model", tmp_path)
    transformers.LlamaTokenizer.from_pretrained(tmp_path).save_pretrained(tmp_path / "full")
    shutil.copy(tmp_path / "tokenizer.model", tmp_path / "full")
    files = TokenizerFiles.from_directory(tmp_path / "full")
    new = NewTokens(("ꙮ", "ꙮꙮ", "ꙮꙮꙮ"), merges=(("ꙮ", "ꙮ"), ("ꙮꙮ", "ꙮ"), ("ꙮ", "ꙮꙮ")), added=ADDED[:1])
    made, more = check(files, new, texts)
    loaded = transformers.LlamaTokenizer.from_pretrained(written(made, tmp_path / "made"))
    assert loaded.get_vocab() == made.vocabulary.ids
    lines = [*texts, "ꙮꙮꙮ word", "ꙮꙮꙮꙮ"]
    assert loaded(lines, add_special_tokens=False)["input_ids"] == encoded(more, lines)
    processor = library.SentencePieceProcessor(model_proto=made.files["tokenizer.model"])
    before = library.SentencePieceProcessor(model_proto=files.files["tokenizer.model"])
    alike = [n for n, ids in enumerate(encoded(Tokenizer(files), lines)) if ids == before.encode(lines[n])]
    assert len(alike) > len(lines) - 5  # the conversion differs in spaces
    assert all(processor.encode(lines[n]) == more.encode(lines[n]) for n in alike)
    assert len(processor.encode("ꙮꙮꙮꙮ")) == 3
    with pytest.raises(FormatError, match="would merge 'ꙮ' and 'ꙮꙮ', which the new merges do not: add the merge"):
        files.append(replace(new, merges=new.merges[:2]))
