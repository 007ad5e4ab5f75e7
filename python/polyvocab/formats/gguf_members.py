"""What becomes of the members of a GGUF file when some of its tokens go."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FormatError
from .definition import Strings
from .gguf_layout import Layout, Member
from .gguf_metadata import ARRAY, SCALARS, STRING, Reader, read_metadata
from .sentencepiece import PieceType

_KINDS = ("bert", "gpt2", "llama", "t5")  # of tokenizers whose vocabulary is in the members named here, and nowhere else
_PREFIX = "tokenizer."
_TOKENS, _TYPES, _MERGES = (f"tokenizer.ggml.{name}" for name in ("tokens", "token_type", "merges"))
_PER_TOKEN = frozenset({_TOKENS, _TYPES, "tokenizer.ggml.scores"})
_KEPT = frozenset(
    f"tokenizer.ggml.{name}"
    for name in (
        "model",
        "pre",
        "add_bos_token",
        "add_eos_token",
        "add_sep_token",
        "add_space_prefix",
        "remove_extra_whitespaces",
        "precompiled_charsmap",
        "token_type_count",
    )
)


@dataclass(frozen=True)
class Change:
    """The kept tokens of one file."""

    kept: np.ndarray  # int64, ascending
    new_ids: np.ndarray  # int64 [tokens], -1 where the token goes
    tokens: Strings
    architecture: str
    where: Path

    @classmethod
    def of(cls, data: Any, layout: Layout, kept_ids: Sequence[int] | np.ndarray, where: Path) -> Change:
        """Raises `FormatError` where the tokenizer is not known whole, or the ids do not fit it."""
        known = read_metadata(data, where, "tokenizer.ggml.") | read_metadata(data, where, "general.architecture")
        tokens, kind = known.get(_TOKENS), known.get("tokenizer.ggml.model")
        if not isinstance(tokens, Strings) or kind not in _KINDS:
            problem = "has no list of tokens" if kind in _KINDS else f"has a tokenizer of the kind {kind!r}"
            raise FormatError(where, f"{problem}: only vocabularies of the kinds {', '.join(_KINDS)} are trimmed")
        if any(member.key == "split.count" for member in layout.members):
            raise FormatError(where, "is one of several parts (split.count): merge them first, with llama-gguf-split --merge")
        kept = np.asarray(kept_ids)
        if kept.ndim != 1 or not len(kept) or kept.dtype.kind not in "iu" or np.any(np.diff(kept.astype(np.int64)) <= 0):
            raise FormatError(where, "the kept ids must be integers in ascending order, at least one")
        if kept[0] < 0 or kept[-1] >= len(tokens):
            raise FormatError(where, f"the id {kept[0] if kept[0] < 0 else kept[-1]} is none of its {len(tokens)} tokens")
        types = known.get(_TYPES)
        if isinstance(types, np.ndarray) and len(types) == len(tokens):
            is_byte = types == PieceType.BYTE
            if (some := int(is_byte[kept].sum())) not in (0, int(is_byte.sum())):
                lost = int(np.setdiff1d(np.flatnonzero(is_byte), kept)[0])
                raise FormatError(where, f"{some} byte tokens are kept, and {tokens[lost]!r} (id {lost}) is not: keep all")
        new_ids = np.full(len(tokens), -1, np.int64)
        new_ids[kept] = np.arange(len(kept))
        return cls(kept.astype(np.int64), new_ids, tokens, str(known.get("general.architecture")), where)

    def new_id(self, key: str, old: int) -> int:
        """Raises `FormatError` where the token of a role goes."""
        if old < 0:
            return old  # llama.cpp's way to say that there is none
        if old >= len(self.new_ids):
            raise FormatError(self.where, f"{key} is {old}, but there are {len(self.new_ids)} tokens")
        if self.new_ids[old] < 0:
            raise FormatError(self.where, f"{key} is {old}, {self.tokens[old].decode()!r}, which is not among the kept ids")
        return int(self.new_ids[old])


def new_member(data: Any, member: Member, change: Change) -> bytes:
    """The bytes of a member with its key, in the file with fewer tokens; those of the old file where nothing changes."""
    key = member.key
    if key == f"{change.architecture}.vocab_size":
        return data[member.start : member.value] + _scalar(data, member, lambda _: len(change.kept), change)
    if key.endswith(("_token_id", "_token_ids")):
        return data[member.start : member.value] + _scalar(data, member, lambda old: change.new_id(key, old), change)
    if key in _PER_TOKEN:
        return data[member.start : member.value] + _per_token(data, member, change)
    if key == _MERGES:
        return data[member.start : member.value] + _merges(data, member, change)
    if key.startswith(_PREFIX) and key not in _KEPT and not key.startswith("tokenizer.chat_template"):
        raise FormatError(
            change.where,
            f"the member {key!r} of the tokenizer is not known here and may depend on the vocabulary: remove it first, with "
            f"gguf-new-metadata --remove-metadata {key}",
        )
    return data[member.start : member.end]


def _scalar(data: Any, member: Member, new: Any, change: Change) -> bytes:
    """The value with its type: one integer, or an array of them, each changed by `new`."""
    reader = Reader(data, change.where)
    reader.at = member.value
    value = reader.value(True)
    kind = int.from_bytes(data[member.value : member.value + 4], "little")
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        return data[member.value : member.value + 16] + np.array([new(v) for v in value.tolist()], value.dtype).tobytes()
    if not isinstance(value, int) or isinstance(value, bool):
        raise FormatError(change.where, f"{member.key} is no integer")
    return struct.pack("<I", kind) + struct.pack(SCALARS[kind][0], new(value))


def _array(data: Any, member: Member, change: Change) -> Strings | np.ndarray:
    reader = Reader(data, change.where)
    reader.at = member.value
    value = reader.value(True)
    if not isinstance(value, Strings | np.ndarray):
        raise FormatError(change.where, f"{member.key} is no array")
    return value


def _per_token(data: Any, member: Member, change: Change) -> bytes:
    value = _array(data, member, change)
    if len(value) != len(change.new_ids):
        raise FormatError(change.where, f"{member.key} has {len(value)} entries for {len(change.new_ids)} tokens")
    if isinstance(value, Strings):
        return _strings([value[i] for i in change.kept.tolist()])
    kind = data[member.value + 4 : member.value + 8]
    return struct.pack("<I", ARRAY) + kind + struct.pack("<Q", len(change.kept)) + value[change.kept].tobytes()


def _merges(data: Any, member: Member, change: Change) -> bytes:
    value = _array(data, member, change)
    if not isinstance(value, Strings):
        raise FormatError(change.where, f"{member.key} is no array of strings")
    tokens = {change.tokens[i] for i in change.kept.tolist()}
    stay = []
    for number, merge in enumerate(value):
        cut = merge.find(b" ", 1)  # as llama.cpp cuts it: a part may be a space
        if cut < 0:
            raise FormatError(change.where, f"the merge {number} is {merge!r}, not two parts with a space between them")
        left, right = merge[:cut], merge[cut + 1 :]
        if left in tokens and right in tokens and left + right in tokens:
            stay.append(merge)
    return _strings(stay)


def _strings(values: list[bytes]) -> bytes:
    lengths = (struct.pack("<Q", len(value)) for value in values)
    return struct.pack("<IIQ", ARRAY, STRING, len(values)) + b"".join(
        p for pair in zip(lengths, values, strict=True) for p in pair
    )
