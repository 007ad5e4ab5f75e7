"""Typed access to the members of a JSON object: what is missing or of a wrong type is named by its path."""

from __future__ import annotations

import json
from typing import Any

from ..errors import FormatError

_REQUIRED = object()
_NAMES = {bool: "true or false", str: "a string", int: "a number", float: "a number", list: "a list", dict: "an object"}


class Fields:
    """The members of one object. `path` is where it stands in the document: "model", "added_tokens[3]"."""

    def __init__(self, members: Any, where: object, path: str) -> None:
        if not isinstance(members, dict):
            raise FormatError(where, f"{path or 'the document'} must be an object, not {shown(members)}")
        self.members, self.where, self.path = members, where, path

    @classmethod
    def of_json(cls, data: bytes, where: object) -> Fields:
        """The members of a document."""
        try:
            document = json.loads(data.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise FormatError(where, f"is not JSON: {error}") from error
        try:
            if b"\\u" in data:  # an escape may be half a surrogate pair, which no text can have
                json.dumps(document, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise FormatError(where, f"has a lone surrogate: {shown(error.object[error.start : error.end])}") from error
        return cls(document, where, "")

    def fail(self, key: str, problem: str) -> FormatError:
        return FormatError(self.where, f"{self.path}.{key} {problem}" if self.path else f"{key} {problem}")

    def string(self, key: str, default: Any = _REQUIRED) -> Any:
        return self._get(key, str, default)

    def character(self, key: str) -> str:
        value = self.string(key)
        if len(value) != 1:
            raise self.fail(key, f"is {shown(value)}: it must be one character")
        return value

    def boolean(self, key: str, default: Any = _REQUIRED) -> Any:
        return self._get(key, bool, default)

    def number(self, key: str, default: Any = _REQUIRED) -> Any:
        return self._get(key, float, default)

    def integer(self, key: str, default: Any = _REQUIRED, limit: int = 2**32) -> Any:
        """A number from 0 to limit - 1."""
        value = self._get(key, int, default)
        if value is not default and not 0 <= value < limit:
            raise self.fail(key, f"is {value}: it must be from 0 to {limit - 1}")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: Any = _REQUIRED) -> Any:
        value = self._get(key, str, default)
        if value is not default and value not in choices:
            raise self.fail(key, f"is {value!r}: it must be one of {', '.join(choices)}")
        return value

    def list(self, key: str, default: Any = _REQUIRED) -> Any:
        return self._get(key, list, default)

    def object(self, key: str, default: Any = _REQUIRED) -> Any:
        return self._get(key, dict, default)

    def objects(self, key: str) -> list[Fields]:
        """The members of each object of a list."""
        path = f"{self.path}.{key}" if self.path else key
        return [Fields(item, self.where, f"{path}[{i}]") for i, item in enumerate(self.list(key))]

    def _get(self, key: str, kind: type, default: Any) -> Any:
        """A default stands for an absent member, and None as the default also for null."""
        if key not in self.members:
            if default is _REQUIRED:
                raise self.fail(key, "is missing")
            return default
        value = self.members[key]
        if value is None and default is None:
            return None
        accepted = (int, float) if kind is float else kind
        if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
            raise self.fail(key, f"must be {_NAMES[kind]}, not {shown(value)}")
        return value


def shown(value: Any) -> str:
    """A value for a message, shortened."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
