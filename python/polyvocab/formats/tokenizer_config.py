"""The files beside a vocabulary: tokenizer_config.json, special_tokens_map.json and added_tokens.json.

They say which special tokens a tokenizer has and which are matched in the text. What they mean together is what
`transformers` makes of them when it builds one of its tokenizer classes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import FormatError
from .definition import AddedToken
from .fields import Fields

ROLES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
_FLAGS = ("single_word", "lstrip", "rstrip")


@dataclass(frozen=True)
class _Value:
    """A token as the files give it: a bare string, or an object with flags. The two are never the same token."""

    token: AddedToken
    is_bare: bool


@dataclass(frozen=True)
class TokenizerConfig:
    """What the files declare; `settings` are the members of tokenizer_config.json."""

    settings: Fields
    roles: Mapping[str, _Value | None]  # None: declared to be absent
    added: tuple[AddedToken, ...]  # in the order of their declared ids
    extra: tuple[_Value, ...]

    def role(self, name: str, default: str | None) -> str | None:
        """The token of a role; `default` where the files do not mention the role."""
        value = self.roles.get(name) if name in self.roles else default
        return value.token.content if isinstance(value, _Value) else value

    def frame_role(self, name: str, default: str | None) -> str | None:
        """The same for a token that is put before or behind a text. Raises `FormatError` where it is empty: an empty string
        is never added, and so has no id."""
        token = self.role(name, default)
        if token == "":
            raise self.settings.fail(name, "is empty, but stands before or behind a text")
        return token

    def added_tokens(self, defaults: Mapping[str, str | None]) -> list[AddedToken]:
        """Every token that is matched in the text, in the order in which they get their ids; a later one of the same
        string replaces an earlier one. `defaults` are the special tokens of the tokenizer's class by role."""
        missing = {role: _bare(token) for role, token in defaults.items() if token is not None and role not in self.roles}
        named = [v for role in ROLES if (v := self.roles.get(role) or missing.get(role)) is not None]
        named += [v for role, v in self.roles.items() if role not in ROLES and v is not None]
        known = {token.content for token in self.added}
        values: list[_Value] = []
        for value in [*named, *self.extra]:
            if value.token.content not in known and value not in values:
                values.append(value)
        special = {value.token.content for value in named}
        return [
            AddedToken(**{**vars(token), "special": token.special or token.content in special})
            for token in [*self.added, *(value.token for value in values)]
        ]

    def special_contents(self, defaults: Mapping[str, str | None]) -> list[str]:
        """The strings of all special tokens."""
        tokens = [self.role(role, defaults.get(role)) for role in [*ROLES, *self.roles]]
        return [t for t in dict.fromkeys([*tokens, *(v.token.content for v in self.extra)]) if t is not None]


def read_config(files: Mapping[str, bytes], where: object) -> TokenizerConfig:
    """`files`: names and contents; the three files are optional. Raises `FormatError` where one is malformed."""
    settings = _object(files, "tokenizer_config.json", where)
    members = dict(settings.members)
    added: dict[int, AddedToken] = {}
    if "added_tokens_decoder" in members:
        for key, value in settings.object("added_tokens_decoder").items():
            if not (key.isascii() and key.isdigit() and len(key) < 10):
                raise settings.fail("added_tokens_decoder", f"has the key {key!r}, which is no id")
            added[int(key)] = _token(value, settings.where, f"added_tokens_decoder[{key}]", special=None)
    else:
        special_map = _object(files, "special_tokens_map.json", where)
        members |= {key: _typed(value) for key, value in special_map.members.items()}
    if members.get("split_special_tokens"):
        raise settings.fail("split_special_tokens", "is true, which is not supported")
    extra = members.pop("extra_special_tokens", None)
    extra = members.pop("additional_special_tokens", None) if extra is None else extra
    if isinstance(extra, dict):
        members, extra = members | extra, []
    roles: dict[str, _Value | None] = {}
    for key, value in members.items():
        if key in ROLES or (key.endswith("_token") and (isinstance(value, str) or _is_typed(value))):
            roles[key] = None if value is None else _value(value, settings.where, key)
    if not isinstance(extra or [], list):
        raise settings.fail("extra_special_tokens", "must be a list or an object")
    values = tuple(_value(v, settings.where, "extra_special_tokens", special=None) for v in extra or [])
    if "added_tokens_decoder" not in members:
        special = {v.token.content for v in [*roles.values(), *values] if v is not None}
        legacy = _object(files, "added_tokens.json", where)
        for content in legacy.members:
            is_special = content in special
            added[legacy.integer(content)] = AddedToken(0, content, normalized=not is_special, special=is_special)
    return TokenizerConfig(settings, roles, tuple(added[i] for i in sorted(added)), values)


def with_setting(files: Mapping[str, bytes], key: str, value: Any, where: object) -> dict[str, bytes]:
    """The files with one member of tokenizer_config.json given."""
    name = "tokenizer_config.json"
    document = _object(files, name, where).members | {key: value}
    return {**files, name: (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()}


def _object(files: Mapping[str, bytes], name: str, where: object) -> Fields:
    return Fields.of_json(files.get(name, b"{}"), f"{where}/{name}")


def _bare(content: str) -> _Value:
    return _Value(AddedToken(0, content, normalized=False, special=True), True)


def _is_typed(value: Any) -> bool:
    return isinstance(value, dict) and value.get("__type") == "AddedToken"


def _typed(value: Any) -> Any:
    return {**value, "__type": "AddedToken"} if isinstance(value, dict) and "content" in value else value


def _value(value: Any, where: object, path: str, special: bool | None = True) -> _Value:
    if isinstance(value, str):
        return _bare(value)
    if _is_typed(value):
        return _Value(_token(value, where, path, special), False)
    raise FormatError(where, f"{path} must be a string or an AddedToken object")


def _token(value: Any, where: object, path: str, special: bool | None) -> AddedToken:
    """`special` None: as the object says."""
    members = Fields(value, where, path)
    special = members.boolean("special", False) if special is None else special
    flags = {name: members.boolean(name, False) for name in _FLAGS}
    normalized = members.boolean("normalized", not special)
    return AddedToken(0, members.string("content"), **flags, normalized=normalized, special=special)
