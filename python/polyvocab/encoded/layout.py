"""The files of an encoded corpus; docs/encoded_files.md describes them for others."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import FormatError

IDS, OFFSETS, HEADER = "ids.bin", "offsets.bin", "corpus.json"
OFFSET_TYPE = "<u8"
_FORMAT, _VERSION = "polyvocab encoded corpus", 1
_DTYPES = ("uint16", "uint32")


@dataclass(frozen=True)
class TokenizerName:
    """Which tokenizer made the ids: the name of its file, for people, its fingerprint, which decides, and what was done to the
    texts first (`Tokenizer.text_steps`)."""

    name: str
    fingerprint: str
    text_steps: tuple[dict[str, Any], ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON has it; without text steps where there are none."""
        return {name: value for name, value in json.loads(json.dumps(asdict(self))).items() if value != []}

    @classmethod
    def of(cls, document: dict[str, Any]) -> TokenizerName:
        return cls(**{**document, "text_steps": tuple(document.get("text_steps", ()))})


@dataclass(frozen=True)
class Header:
    """What corpus.json says. Nothing in it depends on how or when the corpus was made."""

    tokenizer: TokenizerName
    dtype: str  # of the ids: uint16 where every id of the tokenizer fits, else uint32
    add_special_tokens: bool
    eos_id: int | None  # what ends every document; None: nothing
    documents: int
    ids: int
    bytes: int  # of the documents in UTF-8, without what separates them
    sources: tuple[str, ...]  # names of the files, in their order
    polyvocab: str  # the version that wrote it

    @property
    def id_type(self) -> str:
        """The dtype of ids.bin with its byte order, for numpy."""
        return "<u2" if self.dtype == "uint16" else "<u4"

    def dump(self) -> bytes:
        content = {"format": _FORMAT, "version": _VERSION, **asdict(self), "tokenizer": self.tokenizer.document()}
        return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()

    @classmethod
    def load(cls, path: Path) -> Header:
        """Raises `FormatError` where the file is absent, or of another format or version."""
        try:
            content = json.loads(path.read_bytes())
        except OSError as error:
            raise FormatError(path.parent, f"is no encoded corpus: {path.name} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise FormatError(path, f"is not JSON: {error}") from error
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise FormatError(path, "does not belong to an encoded corpus")
        if content.get("version") != _VERSION:
            raise FormatError(path, f"is of version {content.get('version')}; this polyvocab reads version {_VERSION}")
        try:
            known = {field.name: content[field.name] for field in fields(cls)}
            header = cls(**{**known, "tokenizer": TokenizerName.of(content["tokenizer"]), "sources": tuple(content["sources"])})
        except (KeyError, TypeError) as error:
            raise FormatError(path, f"lacks a field, or has a wrong one: {error}") from error
        if header.dtype not in _DTYPES:
            raise FormatError(path, f"has ids of type {header.dtype!r}: {' or '.join(_DTYPES)} is needed")
        return header
