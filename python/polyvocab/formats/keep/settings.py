"""tokenizer_config.json, special_tokens_map.json, added_tokens.json and chat templates."""

from __future__ import annotations

import re
from typing import Any

from ...errors import FormatError
from .. import json_layout
from .kept import Kept

_LISTS = ("additional_special_tokens", "extra_special_tokens")
_GROUPS = ("extra_special_tokens", "model_specific_special_tokens")
_SENTINEL = re.compile(r"<extra_id_(\d+)>")


def keep(data: bytes, kept: Kept, where: object) -> bytes:
    """tokenizer_config.json or special_tokens_map.json. A string that was no token stays. Raises `FormatError` where a role
    names a token that is not kept, and where an entry declares a token that the vocabulary does not have."""
    document = json_layout.parse(data, where)
    if not isinstance(document, dict):
        raise FormatError(where, "is no JSON object")
    try:
        changed = {key: _member(key, value, document, kept, where) for key, value in document.items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FormatError(where, f"is malformed: {error}") from error
    return json_layout.render(changed, json_layout.Layout.of(data))


def keep_added(data: bytes, kept: Kept, where: object) -> bytes:
    """added_tokens.json"""
    document = json_layout.parse(data, where)
    if not isinstance(document, dict):
        raise FormatError(where, "is no JSON object")
    for token, old in document.items():
        _declared(token, old, kept, where)
    chosen = {token: int(kept.new_ids[old]) for token, old in document.items() if kept.new_ids[old] >= 0}
    return json_layout.render(chosen, json_layout.Layout.of(data))


def require_template(text: str, kept: Kept, where: object) -> None:
    """Raises `FormatError` for a chat template that writes a special or added token which is not kept. Spaces alone are no
    sign of one."""
    for token in sorted(kept.dropped_literals):
        if token.strip() and token in text:
            raise FormatError(where, f"writes {token!r}, which is not kept: keep it, or change the template first")


def require_templates(data: bytes, kept: Kept, where: object) -> None:
    """The same for a JSON that holds templates."""
    _require_all(json_layout.parse(data, where), kept, where)


def _require_all(value: Any, kept: Kept, where: object) -> None:
    if isinstance(value, str):
        require_template(value, kept, where)
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            _require_all(part, kept, where)


def _member(key: str, value: Any, document: dict[str, Any], kept: Kept, where: object) -> Any:
    if key == "added_tokens_decoder":
        return _decoder(value, kept, where)
    if key in _LISTS and isinstance(value, list):
        return [token for token in value if _stays(_content(token), kept)]
    if key in _GROUPS and isinstance(value, dict):
        return {name: _role(name, token, kept, where) for name, token in value.items()}
    if key.endswith("_token"):
        return _role(key, value, kept, where)
    if key.endswith("_token_id") and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return kept.new_id(value, key, where)
    if key == "extra_ids" and isinstance(value, int):
        return _sentinels(value, document, kept, where)
    if key == "chat_template":
        _require_all(value, kept, where)
    return value


def _content(token: Any) -> Any:
    return token.get("content") if isinstance(token, dict) else token


def _stays(content: Any, kept: Kept) -> bool:
    old = kept.old_ids.get(content) if isinstance(content, str) else None
    return old is None or bool(kept.new_ids[old] >= 0)


def _role(name: str, token: Any, kept: Kept, where: object) -> Any:
    if isinstance(content := _content(token), str):
        kept.new_id_of(content, name, where)
    return token


def _decoder(entries: dict[str, Any], kept: Kept, where: object) -> dict[str, Any]:
    for key, token in entries.items():
        _declared(_content(token), int(key), kept, where)
    return {str(kept.new_ids[int(key)]): token for key, token in entries.items() if kept.new_ids[int(key)] >= 0}


def _declared(token: str, old: int, kept: Kept, where: object) -> None:
    if token not in kept.old_ids:
        advice = "save the tokenizer anew with transformers, which makes a tokenizer.json"
        raise FormatError(where, f"declares {token!r} (id {old}), which {kept.old.origin} does not have: {advice}")
    kept.old.require_same([token], [old], where)


def _sentinels(count: int, document: dict[str, Any], kept: Kept, where: object) -> int:
    """T5's classes add <extra_id_0> to <extra_id_N-1> by themselves, unless the list names the ones to add."""
    sentinels = {token: int(found[1]) for token in kept.old_ids if (found := _SENTINEL.fullmatch(token))}
    numbers = sorted(number for token, number in sentinels.items() if _stays(token, kept))
    if len(numbers) == len(sentinels):
        return count
    if not any(document.get(name) for name in _LISTS) and numbers != list(range(len(numbers))):
        raise FormatError(where, f"extra_ids: of the tokens <extra_id_0>, ... the first must be kept, not {numbers}")
    return len(numbers)
