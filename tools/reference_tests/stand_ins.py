"""Real files of the same families, from ../shared, for what the libraries' own tests download."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

VOCABULARIES = Path(os.environ["POLYVOCAB_TEST_DATA"]) / "tokenizers"

_FILES = {
    "roberta-base-vocab.json": "gpt2/vocab.json",  # the same tokens and merges, numbered differently
    "roberta-base-merges.txt": "gpt2/merges.txt",
    "bert-base-uncased-vocab.txt": "bert-base-uncased/vocab.txt",
    "openai-gpt-vocab.json": "openai-gpt/vocab.json",
    "openai-gpt-merges.txt": "openai-gpt/merges.txt",
    "small.txt": "../text/eng_Latn.ntrex.txt",
    "big.txt": "../text/eng_Latn.botchan.txt",
}


def download(repo_id: str, filename: str, revision: str | None = None, **options: object) -> str:
    """Instead of `huggingface_hub.hf_hub_download`: the path of a file. Skips the test where nothing stands in for it."""
    if filename == "tokenizer.json":
        return _tokenizer_json(repo_id, revision or "main")
    if filename not in _FILES:
        pytest.skip(f"nothing stands in for {filename}")
    return str(VOCABULARIES / _FILES[filename])


@cache
def _tokenizer_json(name: str, revision: str) -> str:
    make = _MODELS.get((name, revision))
    if make is None:
        pytest.skip(f"nothing stands in for {name}, {revision}")
    path = Path(tempfile.mkdtemp(dir=Path.cwd())) / "tokenizer.json"  # the folder of the tests, which goes with them
    path.write_text(make(), "utf-8")
    return str(path)


def _stored(path: str) -> Callable[[], str]:
    return lambda: (VOCABULARIES / path).read_text("utf-8")


def _converted(kind: str, folder: str, **options: bool) -> Callable[[], str]:
    def make() -> str:
        import transformers

        return getattr(transformers, kind).from_pretrained(VOCABULARIES / folder, **options).backend_tokenizer.to_str()

    return make


def _llama3() -> str:
    from polyvocab.tokenizer import Tokenizer
    from transformers.convert_slow_tokenizer import TikTokenConverter

    path = VOCABULARIES / "llama3" / "tokenizer.model"
    definition = Tokenizer.from_pretrained(path, encoding="llama3").definition
    pattern = definition.pre_tokenizer["pattern"]["Regex"]
    tokenizer = TikTokenConverter(str(path), pattern=pattern).converted()
    tokenizer.add_special_tokens([token.content for token in sorted(definition.added_tokens, key=lambda token: token.id)])
    return tokenizer.to_str()


_MODELS = {
    ("gpt2", "main"): _stored("gpt2/tokenizer.json"),
    ("hf-internal-testing/gpt-oss-20b", "main"): _stored("gpt2/tokenizer.json"),  # is only compared with itself
    ("anthony/tokenizers-test", "main"): _converted("BertTokenizer", "bert-base-uncased", do_lower_case=True),
    ("anthony/tokenizers-test", "gpt-2"): _stored("gpt2/tokenizer.json"),
    ("t5-base", "main"): _converted("T5Tokenizer", "t5"),
    ("hf-internal-testing/llama-new-metaspace", "main"): _converted("LlamaTokenizer", "llama2", add_bos_token=True),
    ("hf-internal-testing/Llama-3.1-8B-Instruct", "main"): _llama3,
}
