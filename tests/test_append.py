"""The same tokenizer with more tokens: every file of its directory, in our readers and in the libraries'."""

from pathlib import Path

import numpy as np
import pytest
from polyvocab.formats import TokenizerFiles
from polyvocab.formats.append import NewTokens
from polyvocab.formats.definition import AddedToken, Bpe, Unigram
from polyvocab.tokenizer import Tokenizer

JSON = (
    *("focus-ar-bpe-50k", "focus-ar-xlmr-unigram-50k", "focus-sw-bpe-50k", "focus-sw-xlmr-unigram-50k"),
    *("gpt-neox-20b", "model2vec-test"),
)
ADDED = (
    AddedToken(0, "<|new|>", special=True, normalized=False),
    AddedToken(0, "plain words", lstrip=True),
)


@pytest.fixture(scope="module")
def texts(shared) -> list[str]:
    lines = []
    for name in ("eng_Latn.ntrex", "swh_Latn.ntrex", "arb_Arab.ntrex", "zho_Hans.ntrex"):
        lines += (shared / "text" / f"{name}.txt").read_text("utf-8").split("\n")[:40]
    return lines


def encoded(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return tokenizer.encode_batch(texts, as_arrays=False)


def unused_pieces(files: TokenizerFiles) -> NewTokens:
    """Tokens that need what no text of the tests has: they change nothing there, and "ꙮꙮ" becomes one of them."""
    model = files.definition.model
    if isinstance(model, Bpe):
        symbols = ["ê", "Ļ", "®"]  # ꙮ in the alphabet of bytes
        tokens = ["êĻ", "êĻ®", "êĻ®êĻ®"]
        tokens = [token for token in tokens if token not in files.vocabulary.ids]
        pairs = [(symbols[0], symbols[1]), ("êĻ", "®"), ("êĻ®", "êĻ®")]
        return NewTokens(tuple(tokens), merges=tuple(pair for pair in pairs if "".join(pair) in tokens), added=ADDED)
    scores = np.array([-30.0, -41.123456789]) if isinstance(model, Unigram) else None
    return NewTokens(("ꙮꙮ", "ꙮ"), scores, added=ADDED)


def check(files: TokenizerFiles, new: NewTokens, texts: list[str]) -> tuple[TokenizerFiles, Tokenizer]:
    """What holds of every format: the files read back as they should, old text keeps its tokens."""
    made = files.append(new)
    size = len(files.vocabulary)
    contents = tuple(token.content for token in new.added)
    assert made.vocabulary.tokens == (*files.vocabulary.tokens, *new.tokens, *contents)
    assert TokenizerFiles.from_files(made.files) == made
    assert {t.content: t.id for t in made.definition.added_tokens if t.id >= size} == {
        content: size + len(new.tokens) + n for n, content in enumerate(contents)
    }
    more = Tokenizer(made)
    assert encoded(more, texts) == encoded(Tokenizer(files), texts)
    assert set(more.encode("ꙮꙮ")) & set(range(size, size + len(new.tokens)))
    kept = made.keep(np.array([i for i in range(size) if files.vocabulary.tokens[i] is not None]))
    assert Tokenizer(kept).vocabulary.tokens == Tokenizer(files).vocabulary.tokens
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
