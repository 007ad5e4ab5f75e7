"""Published methods, one file each. A new file here is a new method: nothing else has to know it.

A method file `name.py` defines a function `name(source, target, *, corpus=None, seed=0, **options)` that returns a
`TokenizerTransfer`. All methods share these parameters, so that one argument compares them:

- `source`, `target`: `TokenizerFiles`;
- `corpus`: text of the target language; a method that needs none ignores it;
- `seed`: of everything that is drawn.

Two more names mean the same wherever a method has them: `untrained`, ids of source tokens whose rows say nothing
(`surgery.untrained_tokens`) and which it leaves out of what it mixes; and `matrices`, those of the source model
(`surgery.read_matrices`), which the transfer is bound to then.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import PolyvocabError

if TYPE_CHECKING:
    from ..corpus import Corpus
    from ..formats import TokenizerFiles
    from ..transfer import TokenizerTransfer


_OF_VOCABULARIES = frozenset(["extend", "transmi"])  # these make a vocabulary, and take the name of a method for its new rows


def names() -> list[str]:
    """All methods that make rows for a target tokenizer, sorted."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in modules if not name.startswith("_") and name not in _OF_VOCABULARIES)


def options_of(method: str) -> frozenset[str]:
    """The names of what a method takes besides the two tokenizers. Raises `PolyvocabError` for an unknown method."""
    return frozenset(inspect.signature(_function(method)).parameters) - {"source", "target"}


def initialize(
    method: str,
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,
    seed: int = 0,
    **options: Any,
) -> TokenizerTransfer:
    """The transfer of the method with this name."""
    if unknown := sorted(set(options) - options_of(method)):
        raise PolyvocabError(f"the method {method} has no option {unknown[0]!r}")
    return _function(method)(source, target, corpus=corpus, seed=seed, **options)


def _function(method: str) -> Callable[..., TokenizerTransfer]:
    if method not in names():
        raise PolyvocabError(f"unknown method {method!r}: use one of {', '.join(names())}")
    return getattr(importlib.import_module(f".{method}", __name__), method)
