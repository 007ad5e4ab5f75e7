"""A tokenizer as people have it: a directory of files that belong together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from ..errors import FormatError
from . import sentencepiece, tokenizer_json
from .vocabulary import Vocabulary

_NAMES = frozenset(
    [
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "chat_template.jinja",
        "chat_template.json",
        "vocab.txt",
        "vocab.json",
        "merges.txt",
    ]
)
_TEMPLATES = "additional_chat_templates"


@dataclass(frozen=True)
class TokenizerFiles:
    """The files of one tokenizer, in memory, with the vocabulary that they define.

    tokenizer.json defines the ids where there is one, else the only SentencePiece `.model`. A file that polyvocab does
    not read is carried along unchanged.
    """

    files: Mapping[str, bytes]  # name relative to the directory -> content
    vocabulary: Vocabulary

    @classmethod
    def from_files(cls, files: Mapping[str, bytes], where: object = "tokenizer") -> TokenizerFiles:
        """Raises `FormatError` where no file defines a vocabulary, or more than one could."""
        if "tokenizer.json" in files:
            vocabulary = tokenizer_json.read(files["tokenizer.json"], f"{where}/tokenizer.json")
        else:
            models = sorted(name for name in files if name.endswith(".model"))
            if len(models) != 1:
                found = ", ".join(models) or ", ".join(sorted(files)) or "nothing"
                raise FormatError(where, f"needs a tokenizer.json or one SentencePiece .model; found {found}")
            vocabulary = sentencepiece.read(files[models[0]], f"{where}/{models[0]}")
        if len(vocabulary) == 0:
            raise FormatError(where, "the vocabulary is empty")
        return cls(MappingProxyType(dict(files)), vocabulary)

    @classmethod
    def from_directory(cls, path: str | Path) -> TokenizerFiles:
        """Read a local directory. Raises `FormatError` where it is none or holds no tokenizer."""
        path = Path(path)
        if not path.is_dir():
            raise FormatError(path, "no such directory")
        return cls.from_files({str(p.relative_to(path)): p.read_bytes() for p in tokenizer_paths(path)}, path)

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """Special tokens by role, as tokenizer_config.json names them: {"bos_token": "<s>", ...}."""
        roles: dict[str, str] = {}
        for name in ("special_tokens_map.json", "tokenizer_config.json"):
            if name in self.files:
                roles |= _role_tokens(self.files[name], name)
        return {role: token for role, token in roles.items() if token in self.vocabulary.ids}

    @cached_property
    def role_ids(self) -> Mapping[str, int]:
        """The same by id: {"bos_token": 0, ...}."""
        return {role: self.vocabulary.ids[token] for role, token in self.roles.items()}

    def write(self, path: str | Path) -> None:
        """Write the files into an existing directory. The caller makes it atomic (`files.atomic_directory`)."""
        for name, data in self.files.items():
            target = Path(path) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def tokenizer_paths(path: Path) -> list[Path]:
    """The files of a directory that belong to its tokenizer, sorted."""
    own = [p for p in path.iterdir() if p.is_file() and (p.name in _NAMES or p.suffix == ".model")]
    templates = path / _TEMPLATES
    return sorted(own + (list(templates.glob("*.jinja")) if templates.is_dir() else []))


def _role_tokens(data: bytes, where: str) -> dict[str, str]:
    try:
        document = json.loads(data)
    except ValueError as error:
        raise FormatError(where, f"is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise FormatError(where, "is no JSON object")
    roles = {}
    for key, value in document.items():
        content = value.get("content") if isinstance(value, dict) else value
        if key.endswith("_token") and isinstance(content, str):
            roles[key] = content
    return roles
