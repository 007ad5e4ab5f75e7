"""Token ids that live outside matrices: configurations, generation settings, ids that modules keep.

Lists are rewritten, never appended to. A special id that the new vocabulary does not have is an error that names it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..errors import SurgeryError
from ..transfer import TokenizerTransfer

_SPECIAL = re.compile(r"_token_(id|ids|index)$")
_MODULE_ID = re.compile(r"(^|_)(pad|bos|eos|unk|mask|sep|cls|decoder_start)_(token_id|index)$")
# Settings that forbid, force or list tokens: where a token is gone, its entry goes.
_RULES = frozenset({"suppress_tokens", "begin_suppress_tokens", "lang_to_id", "task_to_id"})
# Settings whose entries are sequences of tokens: an entry that loses one token goes whole.
_SEQUENCES = frozenset({"bad_words_ids", "force_words_ids", "sequence_bias", "forced_decoder_ids"})
_NESTED = "task_specific_params"


def is_module_id(name: str) -> bool:
    """Whether a module's attribute of this name is a token id that it copied from its configuration."""
    return bool(_MODULE_ID.search(name))


def special_settings(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, int]]:
    """(setting, id) of every special id in a configuration dictionary; a list gives several."""
    for key, value in values.items():
        name = str(key)
        if _SPECIAL.search(name):
            entries = value if isinstance(value, list) else [value]
            yield from ((prefix + name, i) for i in entries if isinstance(i, int) and not isinstance(i, bool) and i >= 0)
        elif isinstance(value, Mapping):
            yield from special_settings(value, f"{prefix}{name}.")


class IdMap:
    """Old ids to new ids, with the settings that the user decides himself (`overrides`).

    `new_id` gives None for a token that is gone. `roles` are the ids of special tokens by role, before and after.
    """

    def __init__(
        self,
        new_id: Callable[[int], int | None],
        size: int,
        roles: tuple[Mapping[str, int], Mapping[str, int]] = ({}, {}),
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        self.new_id, self.size, self.overrides = new_id, size, dict(overrides or {})
        self.old_roles, self.new_roles = roles
        self._used: set[str] = set()

    @classmethod
    def of(cls, transfer: TokenizerTransfer, overrides: Mapping[str, Any] | None = None) -> IdMap:
        """The ids of a transfer's source in its target."""
        roles = transfer.source.roles, transfer.target.role_ids
        return cls(transfer.new_id, len(transfer.target.vocabulary), roles, overrides)

    def settings(self, values: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The id settings of one configuration dictionary with their new values; others are left out."""
        changed: dict[str, Any] = {}
        for name, value in values.items():
            if value is None:
                if (new := self._new_role(name)) is not None:
                    changed[name] = new
            elif name in self.overrides and (_SPECIAL.search(name) or name in _RULES | _SEQUENCES):
                self._used.add(name)
                changed[name] = self.overrides[name]
            elif _SPECIAL.search(name):
                changed[name] = self._specials(value, name, where)
            elif name in _RULES:
                changed[name] = self._rules(value)
            elif name in _SEQUENCES:
                changed[name] = getattr(self, f"_{name}")(value)
            elif name == _NESTED and isinstance(value, Mapping):
                changed[name] = {
                    k: {**v, **self.settings(v, f"{where}.{name}.{k}")} if isinstance(v, Mapping) else v
                    for k, v in value.items()
                }
        return changed

    def check_overrides(self) -> None:
        """Raise for a setting that the model does not have, and for an id that the target does not have."""
        if unknown := sorted(set(self.overrides) - self._used):
            raise SurgeryError(f"special_ids: the model has no setting {unknown[0]!r}")
        for name, value in self.overrides.items():
            for i in value if isinstance(value, list) else [value]:
                if isinstance(i, int) and i >= self.size:
                    raise SurgeryError(f"special_ids: {name} is {i}, the target has {self.size} tokens")

    def special(self, old: int, name: str, where: str) -> int:
        """The new id of a special token. The token that has the same role in the target comes first: one source token
        may serve several roles that the target keeps apart."""
        role = re.sub(r"_(id|ids|index)$", "", name)
        same_role = self.new_roles.get(role)
        if same_role is not None and self.old_roles.get(role, old) == old:
            return same_role
        new = self.new_id(old)
        if new is None:
            new = same_role
        if new is None:
            raise SurgeryError(
                f"{where}: {name} is {old}, a token that the target vocabulary does not have; give its new id with "
                f"special_ids={{{name!r}: ...}}, or keep the token in the target"
            )
        return new

    def _new_role(self, name: str) -> int | None:
        """The id of a role that the source's tokenizer does not have and the target's does."""
        role = re.sub(r"_id$", "", name)
        return None if role in self.old_roles else self.new_roles.get(role)

    def _specials(self, value: Any, name: str, where: str) -> Any:
        if isinstance(value, list):
            return [self._specials(v, name, where) for v in value]
        return self.special(value, name, where) if isinstance(value, int) and value >= 0 else value

    def _rules(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: new for k, old in value.items() if (new := self.new_id(old)) is not None}
        return [new for old in value if (new := self.new_id(old)) is not None]

    def _sequence(self, ids: Any) -> list[int] | None:
        mapped = [self.new_id(i) for i in ids]
        return None if None in mapped else mapped

    def _bad_words_ids(self, value: list) -> list:
        return [new for ids in value if (new := self._sequence(ids)) is not None]

    def _force_words_ids(self, value: list) -> list:
        is_group = any(isinstance(item, list) and item and isinstance(item[0], list) for item in value)
        mapped = [self._bad_words_ids(item) for item in value] if is_group else self._bad_words_ids(value)
        return [item for item in mapped if item]

    def _forced_decoder_ids(self, value: list) -> list:
        """[[position, id or None], ...]"""
        pairs = [(position, old, None if old is None else self.new_id(old)) for position, old in value]
        return [[position, new] for position, old, new in pairs if old is None or new is not None]

    def _sequence_bias(self, value: Any) -> Any:
        """{(ids): bias}, with the tuple as a string in JSON, or [[[ids], bias], ...]."""
        if isinstance(value, list):
            return [[new, bias] for ids, bias in value if (new := self._sequence(ids)) is not None]
        out = {}
        for key, bias in value.items():
            ids = ast.literal_eval(key) if isinstance(key, str) else key
            new = self._sequence(ids if isinstance(ids, tuple) else (ids,))
            if new is not None:
                out[str(tuple(new)) if isinstance(key, str) else tuple(new)] = bias
        return out
