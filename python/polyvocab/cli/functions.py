"""MODULE:FUNCTION on the command line."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

from ..errors import PolyvocabError


def named_function(name: str, option: str) -> Callable[..., Any]:
    """The function of a module that Python finds, in the working directory too. Raises `PolyvocabError` where there is none."""
    module, _, path = name.partition(":")
    if not module or not path:
        raise PolyvocabError(f"{option} {name}: write MODULE:FUNCTION")
    if "" not in sys.path:  # the installed command does not look where it is called
        sys.path.insert(0, "")
    try:
        found = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except Exception as error:
        raise PolyvocabError(f"{option} {name}: cannot be imported: {error!r}") from error
    if not callable(found):
        raise PolyvocabError(f"{option} {name}: is a {type(found).__name__}, no function")
    return found
