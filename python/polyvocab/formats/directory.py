"""A tokenizer as people have it: a directory of files that belong together, or one file."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ..errors import FormatError
from . import definition_vocabulary, gguf, sentencepiece, text_steps, tiktoken, tokenizer_json, vocab_merges, vocab_txt
from .append import NewTokens, Placed, append_files, require_appended
from .definition import TokenizerDefinition
from .keep import Kept, is_foreign, keep_files
from .tokenizer_config import with_setting
from .vocabulary import Vocabulary

_NAMES = frozenset(
    [
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "chat_template.jinja",
        "chat_template.json",
        text_steps.NAME,
        "vocab.txt",
        "vocab.json",
        "merges.txt",
    ]
)
_SUFFIXES = frozenset([".model", ".tiktoken", ".gguf"])
_TEMPLATES = "additional_chat_templates"


@dataclass(frozen=True)
class TokenizerFiles:
    """The files of one tokenizer, in memory, with the vocabulary that they define.

    tokenizer.json defines the ids where there is one, else the only one of: a SentencePiece `.model`, a rank file
    (`.model` or `.tiktoken`), vocab.txt, vocab.json with merges.txt. A file that polyvocab does not read is carried along
    unchanged.
    """

    files: Mapping[str, bytes]  # name relative to the directory -> content
    vocabulary: Vocabulary
    where: str = field(default="tokenizer", compare=False)  # the directory, for messages

    @classmethod
    def from_files(
        cls,
        files: Mapping[str, bytes],
        where: object = "tokenizer",
        *,
        encoding: str | None = None,
        family: str | None = None,
        lowercase: bool | None = None,
    ) -> TokenizerFiles:
        """What a format leaves open the caller gives, as for `read_definition`; it is written into tokenizer_config.json,
        so that the files say it themselves from then on. Raises `FormatError` where that is missing, where no file
        defines a vocabulary, or more than one could."""
        name = _defining_file(files, where)
        if name == "vocab.txt" and lowercase is not None:
            files = with_setting(files, "do_lower_case", lowercase, where)
        elif name == "vocab.json" and family is not None:
            files = with_setting(files, "tokenizer_class", vocab_merges.class_name(family, where), where)
        elif _is_rank_file(name, files):
            files = tiktoken.described(files, name, encoding, where)
        is_pieces = name.endswith(".model") and not _is_rank_file(name, files)
        definition = None if is_pieces else _definition(files, name, where)
        if definition is None:
            vocabulary = sentencepiece.read(files[name], f"{where}/{name}")
        else:
            vocabulary = definition_vocabulary.vocabulary(definition)
        if len(vocabulary) == 0:
            raise FormatError(where, "the vocabulary is empty")
        made = cls(MappingProxyType(dict(files)), vocabulary, str(where))
        if definition is not None:
            made.__dict__["definition"] = definition  # what the cached property would read again
        return made

    @classmethod
    def from_directory(
        cls, path: str | Path, *, encoding: str | None = None, family: str | None = None, lowercase: bool | None = None
    ) -> TokenizerFiles:
        """Read a local directory. Raises `FormatError` where it is none or holds no tokenizer."""
        path = Path(path)
        if not path.is_dir():
            raise FormatError(path, "no such directory")
        files = {str(p.relative_to(path)): _bytes(p) for p in tokenizer_paths(path)}
        return cls.from_files(files, path, encoding=encoding, family=family, lowercase=lowercase)

    @cached_property
    def defining_file(self) -> str:
        """The file that defines the vocabulary."""
        return _defining_file(self.files, self.where)

    @cached_property
    def definition(self) -> TokenizerDefinition:
        """What the tokenizer of these files does; that of a lone `.model` is SentencePiece's own."""
        return _definition(self.files, self.defining_file, self.where)

    def keep(self, ids: np.ndarray) -> TokenizerFiles:
        """The same tokenizer with these tokens alone. `ids`: old ids, int64, sorted, each once; the new id of a token is its
        position among them, so holes vanish.

        Every file that names tokens or ids is written anew, in its own layout; no other one changes. A text whose tokens are
        all kept has the same tokens as before where the model allows it: Unigram, WordPiece and WordLevel models do, a BPE
        where the kept tokens are closed under its merges, which the caller sees to.

        Raises `PolyvocabError` for ids that no token has; `FormatError` naming the file, the token and its role where a
        component needs a token that is not kept, where a format cannot have these tokens at these ids, and where a file of
        another vocabulary lies beside.
        """
        kept = Kept.of(self.vocabulary, ids)
        files = keep_files(self.files, self.defining_file, self.definition, kept, self.where)
        again = TokenizerFiles.from_files(files, self.where)
        expected = tuple(map(self.vocabulary.tokens.__getitem__, kept.ids.tolist()))
        if again.vocabulary.tokens != expected:
            wrong = zip_longest(again.vocabulary.tokens, expected)
            i, (found, wanted) = next((i, pair) for i, pair in enumerate(wrong) if pair[0] != pair[1])
            raise FormatError(
                self.where,
                f"with these tokens the id {i} would be {found!r} instead of {wanted!r}: the class of this tokenizer brings it "
                "back; keep it, or save the tokenizer as a tokenizer.json with transformers first",
            )
        return again

    def append(self, new: NewTokens) -> TokenizerFiles:
        """The same tokenizer with new tokens after all old ids, which stay; holes stay holes.

        Every file that lists tokens is written anew, with what stood in it as it stood; a file that need not change stays byte
        for byte. What the new tokens do to text that the old ones covered is the caller's to see to (`methods.extend`).

        Raises `PolyvocabError` for new tokens that are there already or that the model cannot have; `FormatError` naming the
        file where a format, or the class of `transformers` that reads it, would give an old token another id or another
        meaning, and where a file of another vocabulary lies beside.
        """
        placed = Placed.of(self.vocabulary, self.definition, new, self.where)
        again = TokenizerFiles.from_files(append_files(self.files, self.defining_file, placed, self.where), self.where)
        require_appended(again.vocabulary, again.definition, placed, self.where)
        return again

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """Special tokens by role, as tokenizer_config.json names them: {"bos_token": "<s>", ...}."""
        return {role: token for role, token in declared_roles(self.files).items() if token in self.vocabulary.ids}

    @cached_property
    def role_ids(self) -> Mapping[str, int]:
        """The same by id: {"bos_token": 0, ...}."""
        return {role: self.vocabulary.ids[token] for role, token in self.roles.items()}

    @cached_property
    def text_steps(self) -> text_steps.Steps:
        """What has to be done to a text before this tokenizer sees it, first things first, as text_steps.json has it."""
        if text_steps.NAME not in self.files:
            return ()
        return text_steps.load(self.files[text_steps.NAME], f"{self.where}/{text_steps.NAME}")

    def with_text_steps(self, steps: Iterable[Mapping[str, Any]]) -> TokenizerFiles:
        """The same tokenizer for text to which these steps, and no others, have been done."""
        files = {name: data for name, data in self.files.items() if name != text_steps.NAME}
        if steps := tuple(steps):
            files[text_steps.NAME] = text_steps.dump(steps)
        made = type(self)(MappingProxyType(files), self.vocabulary, self.where)
        if "definition" in self.__dict__:
            made.__dict__["definition"] = self.definition
        return made

    def write(self, path: str | Path) -> None:
        """Write the files into an existing directory. The caller makes it atomic (`files.atomic_directory`)."""
        for name, data in self.files.items():
            target = Path(path) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def read_definition(
    path: str | Path, *, encoding: str | None = None, family: str | None = None, lowercase: bool | None = None
) -> TokenizerDefinition:
    """The tokenizer of a directory or of one file, in whatever format it is.

    A tokenizer.json goes before any other file of a directory; of the others only one format may be there. What a
    format leaves open the caller gives: the `encoding` of a rank file (a name of `tiktoken.ENCODINGS`; a file that bears
    such a name needs none), the `family` of vocab.json and merges.txt (of `vocab_merges.FAMILIES`), whether a vocab.txt
    is `lowercase`. Raises `FormatError` where that is missing, or where it is open which file counts.
    """
    path = Path(path)
    if path.is_dir():
        paths = [p for p in sorted(path.iterdir()) if p.is_file() and (p.name in _NAMES or p.suffix in _SUFFIXES)]
    elif path.is_file():
        paths = [path]
    else:
        raise FormatError(path, "no such file or directory")
    names = {p.name: p for p in paths}
    if "tokenizer.json" in names:
        return tokenizer_json.read_definition(_bytes(names["tokenizer.json"]), names["tokenizer.json"])
    found = [p for p in paths if p.suffix in _SUFFIXES or p.name in ("vocab.txt", "vocab.json") or not path.is_dir()]
    if len(found) != 1:
        listed = ", ".join(p.name for p in found or paths) or "nothing"
        raise FormatError(path, f"needs one file that defines a tokenizer; found {listed}")
    chosen = found[0]
    if chosen.name in ("vocab.txt", "vocab.json"):
        files = {p.name: _bytes(p) for p in (paths if path.is_dir() else tokenizer_paths(path.parent))}
        if chosen.name == "vocab.txt":
            return vocab_txt.read_definition(files, chosen.parent, lowercase=lowercase)
        if "merges.txt" not in files:
            raise FormatError(chosen, "needs a merges.txt beside it")
        return vocab_merges.read_definition(files, chosen.parent, family=family)
    return _read_file(chosen, encoding)


def _read_file(path: Path, encoding: str | None) -> TokenizerDefinition:
    """A file that is a tokenizer by itself, told by its suffix and its beginning."""
    if path.suffix == ".gguf":
        with open(path, "rb") as file:
            if path.stat().st_size == 0:
                raise FormatError(path, "is empty")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return gguf.read_definition(data, path)
    data = _bytes(path)
    if path.suffix == ".tiktoken" or tiktoken.looks_like_ranks(data):
        config = path.parent / tiktoken.CONFIG
        files = {path.name: data} | ({tiktoken.CONFIG: _bytes(config)} if config.is_file() else {})
        return tiktoken.read_files(tiktoken.described(files, path.name, encoding, path.parent), path.name, path.parent)
    if path.suffix == ".model":
        return sentencepiece.read_definition(data, path)
    if path.suffix == ".json":
        is_packed = b'"bpe_ranks"' in data and b'"pat_str"' in data
        return (tiktoken.read_js_definition if is_packed else tokenizer_json.read_definition)(data, path)
    raise FormatError(path, f"is of no known format: a tokenizer.json, {', '.join(sorted(_SUFFIXES))}, vocab.txt or vocab.json")


def _defining_file(files: Mapping[str, bytes], where: object) -> str:
    if "tokenizer.json" in files:
        return "tokenizer.json"
    names = sorted(n for n in files if n in ("vocab.txt", "vocab.json") or n.endswith((".model", ".tiktoken")))
    if len(names) != 1:
        found = ", ".join(names or sorted(files)) or "nothing"
        raise FormatError(
            where, f"needs a tokenizer.json, or one of a .model, a .tiktoken, a vocab.txt and a vocab.json; found {found}"
        )
    return names[0]


def _is_rank_file(name: str, files: Mapping[str, bytes]) -> bool:
    return name.endswith(".tiktoken") or (name.endswith(".model") and tiktoken.looks_like_ranks(files[name]))


def _definition(files: Mapping[str, bytes], name: str, where: object) -> TokenizerDefinition:
    if name == "tokenizer.json":
        return tokenizer_json.read_definition(files[name], f"{where}/{name}")
    if name == "vocab.txt":
        return vocab_txt.read_definition(files, where)
    if name == "vocab.json":
        if "merges.txt" not in files:
            raise FormatError(f"{where}/vocab.json", "needs a merges.txt beside it")
        return vocab_merges.read_definition(files, where)
    if _is_rank_file(name, files):
        return tiktoken.read_files(files, name, where)
    return sentencepiece.read_definition(files[name], f"{where}/{name}")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror}") from error


def tokenizer_paths(path: Path) -> list[Path]:
    """The files of a directory that belong to its tokenizer, sorted."""
    own = [p for p in path.iterdir() if p.is_file() and _is_own(p.name)]
    templates = path / _TEMPLATES
    return sorted(own + (list(templates.glob("*.jinja")) if templates.is_dir() else []))


def _is_own(name: str) -> bool:
    return name in _NAMES or name.endswith((".model", ".tiktoken")) or is_foreign(name)


ROLE_FILES = ("special_tokens_map.json", "tokenizer_config.json")  # the later one counts


def declared_roles(files: Mapping[str, bytes]) -> dict[str, str]:
    """Role to special token, as the settings name them, whether or not there is such a token."""
    roles: dict[str, str] = {}
    for name in ROLE_FILES:
        if name in files:
            roles |= _role_tokens(files[name], name)
    return roles


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
