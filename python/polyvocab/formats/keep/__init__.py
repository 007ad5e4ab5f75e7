"""The files of a tokenizer with only some of its tokens: one file here per format, for what of it names tokens or ids."""

from .files import is_foreign, keep_files
from .kept import Kept

__all__ = ["Kept", "is_foreign", "keep_files"]
