"""Every file of a tokenizer, each in the way of its format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from ...errors import FormatError
from ..fields import Fields
from ..keep import is_foreign
from ..tiktoken import looks_like_ranks
from . import sentencepiece, settings, tiktoken, tokenizer_json, vocab_merges, vocab_txt
from .meets import require_unmet
from .placed import Placed

# Classes of transformers that take the ids of a lone .model as they are. Others shift them, or have tokens of their own behind
# the pieces (XLM-R's <mask>, T5's extra ids), which new pieces would move.
_PLAIN = frozenset(["AlbertTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer", "LlamaTokenizer", "XLNetTokenizer"])


def append_files(files: Mapping[str, bytes], defining: str, placed: Placed, where: object) -> dict[str, bytes]:
    """The files with the tokens of `placed` after all old ones. `defining` is the file that defines the ids."""
    require_unmet(placed, where)
    is_ranks = _is_ranks(defining, files[defining])
    if PurePath(defining).suffix in (".model", ".tiktoken"):
        _require_plain(files, is_ranks, placed, where)
    out = {name: _appended(name, data, defining, placed, f"{where}/{name}") for name, data in files.items()}
    if is_ranks or defining in ("vocab.txt", "vocab.json"):
        declares = bool(placed.new.added)
    else:  # slow classes number their own tokens by the size of the .model, unless they are declared
        declares = bool(placed.new.tokens) and any(_is_pieces(name, data) for name, data in files.items() if name != defining)
    return settings.append(out, placed, where, declares=declares)


def _appended(name: str, data: bytes, defining: str, placed: Placed, where: str) -> bytes:
    match name:
        case "tokenizer.json":
            return tokenizer_json.append(data, placed, where)
        case "vocab.txt":
            return vocab_txt.append(data, placed, where)
        case "vocab.json":
            return vocab_merges.append_vocabulary(data, placed, where)
        case "merges.txt":
            return vocab_merges.append_lines(data, placed, where)
    if _is_ranks(name, data):
        return (tiktoken.append if name == defining else tiktoken.append_beside)(data, placed, where)
    if _is_pieces(name, data):
        return (sentencepiece.append if name == defining else sentencepiece.append_beside)(data, placed, where)
    if is_foreign(name):
        raise FormatError(where, "a vocabulary in a format that is not written back: remove it, or it would be stale")
    return data


def _is_ranks(name: str, data: bytes) -> bool:
    suffix = PurePath(name).suffix
    return suffix == ".tiktoken" or (suffix == ".model" and looks_like_ranks(data))


def _is_pieces(name: str, data: bytes) -> bool:
    return PurePath(name).suffix == ".model" and not looks_like_ranks(data)


def _require_plain(files: Mapping[str, bytes], is_ranks: bool, placed: Placed, where: object) -> None:
    """Raises `FormatError` where transformers would load the file with a class that numbers tokens in a way of its own."""
    name = settings.CONFIG
    config = Fields.of_json(files.get(name, b"{}"), f"{where}/{name}")
    declared = config.string("tokenizer_class", None)
    if declared is None or not placed.ids or (not is_ranks and declared.removesuffix("Fast") in _PLAIN):
        return
    raise FormatError(
        config.where,
        f"the class {declared} puts tokens of its own behind those of the file, and new ones would move them: save the "
        "tokenizer with transformers first, which makes a tokenizer.json",
    )
