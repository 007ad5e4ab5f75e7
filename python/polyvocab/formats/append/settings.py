"""tokenizer_config.json, special_tokens_map.json and added_tokens.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import FormatError
from .. import json_layout
from ..definition import AddedToken
from .placed import Placed

CONFIG, ROLES, ADDED = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
_LISTS = ("extra_special_tokens", "additional_special_tokens")
_EMPTY = b"{}\n"


def append(files: Mapping[str, bytes], placed: Placed, where: object, *, declares: bool) -> dict[str, bytes]:
    """The files with these three as they follow from the new tokens; those that need not change stay, byte for byte.

    `declares`: tokenizer_config.json has to say which added tokens there are.
    """
    out, new = dict(files), placed.new
    if new.roles:
        out[CONFIG] = _with_roles(out.get(CONFIG, _EMPTY), new.roles, f"{where}/{CONFIG}")
        if ROLES in out:
            out[ROLES] = _with_roles(out[ROLES], new.roles, f"{where}/{ROLES}")
    special = [t.content for t in new.added if t.special and t.content not in new.roles.values()]
    for name in (CONFIG, ROLES):
        if name in out and special:
            out[name] = _listed(out[name], special, f"{where}/{name}")
    if declares or (new.added and "added_tokens_decoder" in _object(out.get(CONFIG, _EMPTY), f"{where}/{CONFIG}")):
        out[CONFIG] = _declared(out, placed, where)
    if ADDED in out and new.added:
        out[ADDED] = _numbered(out[ADDED], placed, f"{where}/{ADDED}")
    return out


def _with_roles(data: bytes, roles: Mapping[str, str], where: object) -> bytes:
    document = _object(data, where)
    for role, token in roles.items():
        old = document.get(role)
        document[role] = {**old, "content": token} if isinstance(old, dict) else token
    return _rendered(document, data)


def _listed(data: bytes, special: list[str], where: object) -> bytes:
    """The list of special tokens without a role, where the file has one."""
    document = _object(data, where)
    for name in _LISTS:
        if isinstance(listed := document.get(name), list):
            there = {_content(token) for token in listed}
            document[name] = [*listed, *(token for token in special if token not in there)]
            return _rendered(document, data)
    return data


def _declared(files: Mapping[str, bytes], placed: Placed, where: object) -> bytes:
    """tokenizer_config.json with its `added_tokens_decoder`. Where it had none, all added tokens are declared, and the roles
    too: special_tokens_map.json is not read any more then."""
    data = files.get(CONFIG, _EMPTY)
    document = _object(data, f"{where}/{CONFIG}")
    if "added_tokens_decoder" in document:
        new = {token.content for token in placed.new.added}
        entries = {key: token for key, token in document["added_tokens_decoder"].items() if _content(token) not in new}
        entries |= {str(token.id): _entry(token) for token in placed.added if token.content in new}
        entries = dict(sorted(entries.items(), key=lambda item: int(item[0])))
        return _rendered({**document, "added_tokens_decoder": entries}, data)
    if ROLES in files:
        roles = _object(files[ROLES], f"{where}/{ROLES}")
        document |= {key: _content(value) if isinstance(value, dict) else value for key, value in roles.items()}
    document["added_tokens_decoder"] = {str(token.id): _entry(token) for token in placed.added}
    return _rendered(document, data)


def _numbered(data: bytes, placed: Placed, where: object) -> bytes:
    document = _object(data, where)
    ids = {token.content: token.id for token in placed.added}
    return _rendered(document | {token.content: ids[token.content] for token in placed.new.added}, data)


def _entry(token: AddedToken) -> dict[str, Any]:
    names = ("content", "lstrip", "normalized", "rstrip", "single_word", "special")
    return {name: getattr(token, name) for name in names}


def _content(token: Any) -> Any:
    return token.get("content") if isinstance(token, dict) else token


def _object(data: bytes, where: object) -> dict[str, Any]:
    document = json_layout.parse(data, where)
    if not isinstance(document, dict):
        raise FormatError(where, "is no JSON object")
    return document


def _rendered(document: dict[str, Any], data: bytes) -> bytes:
    layout = json_layout.Layout.of(data) if data != _EMPTY else json_layout.Layout("\n", "  ", tail="\n")
    return json_layout.render(document, layout)
