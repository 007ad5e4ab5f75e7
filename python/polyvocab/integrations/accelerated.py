"""Classes of accelerated tokenizers: each a subclass of a class of `transformers`, made when it is asked for.

A class is an attribute of this module, so that pickles find it in any process: `accelerated.GPT2Tokenizer` is made from
`transformers.GPT2Tokenizer` and bears its name. That of a class from elsewhere is named by its module too, with | for a dot.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import Any

from ..errors import UnsupportedComponent
from .native_calls import NativeCalls

# What the original of a replaced method calls: a class that rewrote that has to be asked as well.
_RELIED_ON = {"_encode_plus": ("_convert_encoding", "set_truncation_and_padding"), "decode": ("_decode",)}


def class_of(cls: type) -> type:
    """The accelerated subclass of a tokenizer class. Raises `UnsupportedComponent` where a pickle could not find it."""
    import transformers

    if getattr(transformers, cls.__name__, None) is cls:
        return getattr(sys.modules[__name__], cls.__name__)
    name = f"{cls.__module__}:{cls.__qualname__}".replace(".", "|")
    try:
        found = _named(name)
    except (ImportError, AttributeError):
        found = None
    if found is not cls:
        raise UnsupportedComponent(f"the class {cls.__qualname__}", cls.__module__, "define it at the top of a module")
    return getattr(sys.modules[__name__], name)


def __getattr__(name: str) -> type:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        base = _named(name)
    except ImportError as error:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from error
    return globals().setdefault(name, _subclass(base, name))


def _named(name: str) -> type:
    import transformers

    module, colon, path = name.replace("|", ".").partition(":")
    found: Any = importlib.import_module(module) if colon else transformers
    for part in (path if colon else name).split("."):
        found = getattr(found, part)
    return found


def _subclass(base: type, name: str) -> type:
    """Where `base` itself rewrote a method, that one holds."""
    from transformers import PreTrainedTokenizerFast

    if not (isinstance(base, type) and issubclass(base, PreTrainedTokenizerFast)):
        raise AttributeError(f"{base!r} is no class of fast tokenizers")

    def is_own(method: str) -> bool:
        return getattr(base, method) is not getattr(PreTrainedTokenizerFast, method)

    kept = [m for m in NativeCalls.replaced if is_own(m) or any(map(is_own, _RELIED_ON.get(m, ())))]
    members = {m: inspect.getattr_static(base, m) for m in kept}
    members |= {"__module__": __name__, "__qualname__": name, "__doc__": base.__doc__, "polyvocab_kept": tuple(kept)}
    return type(base.__name__, (NativeCalls, base), members)
