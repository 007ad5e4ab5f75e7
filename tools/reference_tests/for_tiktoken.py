"""The tests of `tiktoken` on `polyvocab.integrations.tiktoken`."""

from __future__ import annotations

import os

import pytest
import tiktoken
import tiktoken.core
import tiktoken.load
import tiktoken.registry
from polyvocab.integrations import tiktoken as ours
from reference_tests.stand_ins import VOCABULARIES

LEFT_OUT = {
    "encode_bytes": "calls the private method _encode_bytes",
}
"""Parts of test ids, and why those tests are not run."""

_FILES = {"vocab.bpe": "gpt2/merges.txt", "encoder.json": "gpt2/vocab.json"} | {
    f"{name}.tiktoken": f"{name}/{name}.tiktoken" for name in ("r50k_base", "cl100k_base", "o200k_base")
}
_AT_HAND = ["gpt2", "r50k_base", "cl100k_base", "o200k_base", "o200k_harmony"]
_made: list[ours.Encoding] = []


def provide_data() -> None:
    """The vocabularies from files beside the checkout; what goes through all of them goes through those."""
    os.environ["TIKTOKEN_CACHE_DIR"] = ""
    tiktoken.load.read_file = _read
    tiktoken.list_encoding_names = lambda: list(_AT_HAND)


def _read(url: str) -> bytes:
    name = url.rsplit("/", 1)[-1]
    if name not in _FILES:
        pytest.skip(f"{name} is not at hand")
    return (VOCABULARIES / _FILES[name]).read_bytes()


def replace() -> None:
    """Ours where the tests and the library's registry find the original."""
    begin = ours.Encoding.__init__

    def noted(self, *args, **options) -> None:
        begin(self, *args, **options)
        _made.append(self)

    ours.Encoding.__init__ = noted
    tiktoken.Encoding = tiktoken.core.Encoding = tiktoken.registry.Encoding = ours.Encoding


def take_reasons() -> list[None]:
    """One per object of ours that there is: they all are native, and tests share them."""
    return [None] * len(_made)
