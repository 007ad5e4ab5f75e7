"""Every file of a tokenizer, each in the way of its format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from ...errors import FormatError
from ..definition import TokenizerDefinition
from ..tiktoken import looks_like_ranks
from . import sentencepiece, settings, tiktoken, tokenizer_json, vocab_merges, vocab_txt
from .kept import Kept

_FOREIGN = frozenset(["tekken.json", "encoder.json", "vocab.bpe", "bpe.codes", "dict.txt"])


def is_foreign(name: str) -> bool:
    """Whether a file of this name holds a vocabulary that is not written back: it would be stale beside another one."""
    return name in _FOREIGN or name.endswith((".spm", ".vocab"))


def keep_files(
    files: Mapping[str, bytes], defining: str, definition: TokenizerDefinition, kept: Kept, where: object
) -> dict[str, bytes]:
    """The files with the tokens of `kept`. `defining` is the file that defines the ids, `definition` what it defines."""
    return {name: _kept(name, data, defining, definition, kept, f"{where}/{name}") for name, data in files.items()}


def _kept(name: str, data: bytes, defining: str, definition: TokenizerDefinition, kept: Kept, where: str) -> bytes:
    suffix = PurePath(name).suffix
    match name:
        case "tokenizer.json":
            return tokenizer_json.keep(data, definition, kept, where)
        case "vocab.txt":
            return vocab_txt.keep(data, kept, where)
        case "vocab.json":
            return vocab_merges.keep_vocabulary(data, kept, where)
        case "merges.txt":
            return vocab_merges.keep_lines(data, definition, kept, where)
        case "tokenizer_config.json" | "special_tokens_map.json":
            return settings.keep(data, kept, where)
        case "added_tokens.json":
            return settings.keep_added(data, kept, where)
        case "chat_template.json":
            settings.require_templates(data, kept, where)
            return data
    if suffix == ".jinja":
        settings.require_template(data.decode("utf-8", "replace"), kept, where)
        return data
    if suffix == ".tiktoken" or (suffix == ".model" and looks_like_ranks(data)):
        return tiktoken.keep(data, definition.model, kept) if name == defining else tiktoken.keep_beside(data, kept, where)
    if suffix == ".model":
        if name == defining:
            return sentencepiece.keep(data, kept, where)
        return sentencepiece.keep_beside(data, definition, kept, where)
    if is_foreign(name):
        raise FormatError(where, "a vocabulary in a format that is not written back: remove it, or it would be stale")
    return data
