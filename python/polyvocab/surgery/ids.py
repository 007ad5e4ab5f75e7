"""Token ids that live outside matrices: configurations, generation settings, padding indices.

Lists are rewritten, never appended to. A special id that the new vocabulary does not have is an error that names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import SurgeryError
from ..transfer import TokenizerTransfer

# Settings that forbid or favour tokens: a token that is gone needs no rule. All others name tokens that must exist.
_RULES = frozenset({"suppress_tokens", "begin_suppress_tokens", "bad_words_ids", "sequence_bias", "forced_decoder_ids"})


def is_id_setting(name: str) -> bool:
    """Whether a setting of this name holds token ids."""
    return name.endswith(("_token_id", "_token_ids", "_token_index")) or name in _RULES


class IdMap:
    """Old ids to new ids under one transfer, with the settings that the user decides himself (`overrides`)."""

    def __init__(self, transfer: TokenizerTransfer, overrides: Mapping[str, Any] | None = None) -> None:
        self.transfer, self.overrides = transfer, dict(overrides or {})
        self._used: set[str] = set()

    def settings(self, values: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The id settings of one configuration dictionary with their new values; others are left out."""
        changed = {}
        for name, value in values.items():
            if not is_id_setting(name) or value is None:
                continue
            if name in self.overrides:
                self._used.add(name)
                changed[name] = self.overrides[name]
            else:
                changed[name] = self._value(value, name, where)
        return changed

    def check_overrides(self) -> None:
        if unknown := sorted(set(self.overrides) - self._used):
            raise SurgeryError(f"special_ids: the model has no setting {unknown[0]!r}")

    def _value(self, value: Any, name: str, where: str) -> Any:
        if isinstance(value, int):
            return self._one(value, name, where) if value >= 0 else value
        if isinstance(value, list):
            mapped = [self._value(v, name, where) for v in value]
            return [v for v in mapped if v is not None and v != []]
        if isinstance(value, Mapping):  # sequence_bias: {"(id, id)": bias} in JSON, tuples in memory
            return self._sequence_bias(value, name, where)
        return value

    def _sequence_bias(self, value: Mapping, name: str, where: str) -> dict:
        import ast

        out = {}
        for key, bias in value.items():
            old = ast.literal_eval(key) if isinstance(key, str) else key
            new = tuple(self._one(i, name, where) for i in (old if isinstance(old, tuple) else (old,)))
            if None not in new:
                out[str(new) if isinstance(key, str) else new] = bias
        return out

    def _one(self, old: int, name: str, where: str) -> int | None:
        new = self.transfer.new_id(old)
        if new is None and name.endswith(("_token_id", "_token_ids", "_token_index")):
            role = name.removesuffix("_id").removesuffix("_ids").removesuffix("_index")
            new = self.transfer.target.role_ids.get(role)
        if new is None and name not in _RULES:
            raise SurgeryError(
                f"{where}: {name} is {old}, a token that the target vocabulary does not have; give its new id with "
                f"special_ids={{{name!r}: ...}}, or keep the token in the target"
            )
        return new
