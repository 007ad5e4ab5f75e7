"""The files of a tokenizer with tokens added after all old ids: one file here per format, the mirror of `keep`."""

from .files import append_files
from .new_tokens import NewTokens
from .placed import Placed
from .read_back import require_appended
from .scores import rounded

__all__ = ["NewTokens", "Placed", "append_files", "require_appended", "rounded"]
