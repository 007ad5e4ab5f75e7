"""polyvocab changes the vocabulary of an existing language model, exactly.

Everything that changes a vocabulary returns one immutable object, a `TokenizerTransfer`; `surgery.apply` applies it to
a model, `surgery.apply_to_checkpoint` to a directory. Importing polyvocab loads the compiled core and at most numpy;
all else is loaded when it is first used.
"""

from __future__ import annotations

import importlib

from . import _core  # noqa: F401 - the one thing that is loaded at once
from ._version import __version__

_HOMES = {
    "PolyvocabError": "errors",
    "Tokenizer": "tokenizer",
    "EncodedCorpus": "encoded",
    "TokenCounts": "counts",
    "WordCounts": "counts",
    "count_tokens": "counts",
    "count_words": "counts",
    "TokenizerFiles": "formats",
    "Vocabulary": "formats",
    "RowRecipe": "recipe",
    "Romanizer": "romanize",
    "romanize_file": "romanize.files",
    "write_pairs": "romanize.pairs",
    "TokenizerTransfer": "transfer",
    "focus": "methods.focus",
    "subword_mean": "methods.subword_mean",
    "random": "methods.random",
    "extend": "methods.extend",
    "romanize_in_context": "methods.transmi",
    "transmi": "methods.transmi",
    "accelerate_tokenizer": "integrations.transformers",
}
_MODULES = (
    "adapt",
    "audit",
    "corpus",
    "counts",
    "encoded",
    "formats",
    "inspection",
    "methods",
    "metrics",
    "overlap",
    "pieces",
    "recipe",
    "report",
    "romanize",
    "similarity",
    "surgery",
    "tokenizer",
    "train",
    "transfer",
    "trim",
    "vectors",
)

__all__ = ["__version__", *_HOMES, *_MODULES]


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'polyvocab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
