"""The weights and settings of a checkpoint against its tokenizer, and against the model that it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ..surgery import plan
from ..surgery.checkpoint import architecture
from ..surgery.ids import special_settings
from ..surgery.kept_apart import kept_apart
from ..surgery.plan import Claim, Plan, Role
from ..surgery.probe import shapes
from ..surgery.stored import StoredTensors
from .finding import Finding, examples

_ROW_BLOCK = 4096


class Checkpoint:
    """A model directory: its architecture on the meta device, the tensors with a vocabulary dimension, its settings."""

    def __init__(self, path: Path) -> None:
        """Raises `FormatError` or `SurgeryError` where the directory is no checkpoint that can be read."""
        self.path = path
        self.model, self.generation = architecture(path)
        self.stored = StoredTensors(path, shapes(self.model), self.model.base_model_prefix)
        self.plan: Plan = kept_apart(plan(self.model), self.stored)

    def settings(self) -> Iterator[tuple[str, str, int]]:
        """(file, setting, id) of every special id."""
        named = [("config.json", self.model.config.to_dict())]
        if self.generation is not None:
            named.append(("generation_config.json", self.generation.to_diff_dict()))
        for file, values in named:
            for name, value in special_settings(values):
                yield file, name, value


def sizes(checkpoint: Checkpoint, tokens: int) -> Iterator[Finding]:
    """Shapes against the configuration, tied matrices against their flag, and rows that no token has."""
    found = checkpoint.plan
    for claim in found.claims:
        tensor = checkpoint.stored.of_claim(claim)
        if tensor is not None and tensor.info.shape != claim.shape:
            problem = f"is {list(tensor.info.shape)}, the configuration says {list(claim.shape)}"
            yield Finding("size", f"{tensor.file}: {tensor.name}", problem)
        if names := checkpoint.stored.differing(claim):
            problem = f"is stored with other values than {claim.name}, with which the configuration ties it: "
            problem += "some releases of transformers drop one of them when they load it"
            yield Finding("tied head", f"{checkpoint.stored.tensors[names[0]].file}: {names[0]}", problem)
    if tokens < found.rows:
        problem = f"{found.rows - tokens:,} of {found.rows:,} rows belong to no token"
        yield Finding("row without token", found.input, problem, False)


def ids(checkpoint: Checkpoint, tokens: Mapping[str, int], roles: Mapping[str, str]) -> Iterator[Finding]:
    """Ids of tokens and settings that have no row, and settings that name another token than the tokenizer does."""
    rows = checkpoint.plan.rows
    beyond = [f"{token!r} ({i:,})" for token, i in tokens.items() if i >= rows]
    if beyond:
        problem = f"{len(beyond):,} of {len(tokens):,} tokens have ids for which the model has no row ({rows:,} rows)"
        yield Finding("id out of range", "tokenizer.json", f"{problem}: {examples(beyond)}")
    names = {i: token for token, i in tokens.items()}
    for file, name, value in checkpoint.settings():
        role = name.rsplit(".", 1)[-1].removesuffix("_id")
        if value >= rows:
            yield Finding("id out of range", f"{file}: {name}", f"is {value}, the model has {rows:,} rows")
        elif value not in names:
            yield Finding("wrong id", f"{file}: {name}", f"is {value}, which is no token")
        elif role in roles and role != "eos_token" and names[value] != roles[role]:
            problem = f"is {value}, {names[value]!r}; the tokenizer's {role} is {roles[role]!r} ({tokens.get(roles[role])})"
            yield Finding("wrong id", f"{file}: {name}", problem)


def rows(after: Checkpoint, before: Checkpoint, new: Mapping[str, int], old: Mapping[str, int]) -> Iterator[Finding]:
    """Rows that are not those of the same token in the original. Where the model was trained since, all of them differ."""
    common = [token for token in new if token in old]
    new_ids, old_ids = (np.array([table[token] for token in common], np.int64) for table in (new, old))
    for claim in after.plan.claims:
        counterpart = _counterpart(before.plan, claim)
        one, other = _vectors(after, claim), _vectors(before, counterpart)
        if one is None or other is None:
            continue
        made, from_ = after.stored.of_claim(claim).info, before.stored.of_claim(counterpart).info
        if made.dtype != from_.dtype or one.shape[1] != other.shape[1]:
            problem = (
                f"is {made.dtype} {list(made.shape)}, the original's {from_.dtype} {list(from_.shape)}: rows are not compared"
            )
            yield Finding("size", claim.name, problem, False)
            continue
        inside = (new_ids < len(one)) & (old_ids < len(other))
        wrong = _differing(one, other, new_ids[inside], old_ids[inside])
        if len(wrong):
            there = [repr(common[i]) for i in np.flatnonzero(inside)[wrong].tolist()]
            problem = f"{len(wrong):,} of {int(inside.sum()):,} rows are not the original's of the same token: "
            cut = "; they are its first ones" if np.array_equal(one, other[: len(one)]) else ""
            yield Finding("wrong row", claim.name, problem + examples(there) + cut)


def _counterpart(found: Plan, claim: Claim) -> Claim | None:
    """The claim of the same name, or of the same role where names have changed."""
    for candidate in found.claims:
        if set(candidate.names) & set(claim.names):
            return candidate
    return next((c for c in found.claims if c.role is claim.role), None)


def _vectors(checkpoint: Checkpoint, claim: Claim | None) -> np.ndarray | None:
    """uint8 [rows, bytes]: a bias has one entry a row."""
    tensor = None if claim is None else checkpoint.stored.of_claim(claim)
    if tensor is None:
        return None
    data = checkpoint.stored.rows(tensor)
    if claim.role is Role.BIAS:
        data = np.ascontiguousarray(data).reshape(tensor.info.shape[-1], -1)
    return data


def _differing(one: np.ndarray, other: np.ndarray, new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """The positions where a row of `one` is not the row of `other`; compared in blocks, so that little is in memory."""
    found = []
    for start in range(0, len(new), _ROW_BLOCK):
        block = slice(start, start + _ROW_BLOCK)
        found.append(start + np.flatnonzero((one[new[block]] != other[old[block]]).any(axis=1)))
    return np.concatenate(found) if found else np.zeros(0, np.int64)
