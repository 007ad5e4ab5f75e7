"""From a plan and a transfer to what every tensor of the new model is made of."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SurgeryError
from ..recipe import Csr, Fill, RowRecipe
from ..transfer import TokenizerTransfer
from .plan import Claim, Plan, Role

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel

# Architectures that scale the hidden states before the head, but only while the matrices are tied: an untied head
# must bring the scale itself.
_SCALED_WHEN_TIED = frozenset({"switch_transformers", "udop", "umt5"})


@dataclass(frozen=True)
class Term:
    """`factor` times what a recipe makes of one tensor of the old model."""

    claim: Claim
    recipe: RowRecipe
    factor: float = 1.0


@dataclass(frozen=True)
class Treatment:
    """One tensor of the new model: all names that share it, and the sum that it is."""

    names: tuple[str, ...]
    terms: tuple[Term, ...]
    is_bias: bool

    @property
    def is_plain(self) -> bool:
        """One recipe and nothing else: copied rows are exact."""
        return len(self.terms) == 1 and self.terms[0].factor == 1.0


@dataclass(frozen=True)
class Operation:
    """Everything that a transfer does to the tensors of one model."""

    rows: int  # the new row count, padding included
    treatments: tuple[Treatment, ...]
    tied: bool | None  # the new value of tie_word_embeddings; None leaves it


def row_count(tokens: int, pad_to_multiple_of: int | None, pad_to: int | None) -> int:
    """Token count plus padding. Raises where `pad_to` is less than the tokens need."""
    multiple = pad_to_multiple_of or 1
    if multiple < 1:
        raise SurgeryError(f"pad_to_multiple_of is {pad_to_multiple_of}: use a positive number")
    rows = -(-tokens // multiple) * multiple
    if pad_to is not None:
        if pad_to < rows or pad_to % multiple:
            raise SurgeryError(f"pad_to is {pad_to}: {tokens} tokens need {rows} rows, in multiples of {multiple}")
        rows = pad_to
    return rows


def padded(recipe: RowRecipe, rows: int) -> RowRecipe:
    """The recipe with rows after the last token. They are mean rows, which no text reaches and no logit favours."""
    tokens = len(recipe)
    if rows == tokens:
        return recipe
    import numpy as np

    indptr = np.concatenate([recipe.weights.indptr, np.full(rows - tokens, recipe.weights.indptr[-1])])
    fills = {**recipe.fills, **{row: Fill("mean", 0, f"padding row {row}") for row in range(tokens, rows)}}
    return RowRecipe(Csr(indptr, recipe.weights.indices, recipe.weights.weights), recipe.n_source, recipe.given, fills)


def operation(transfer: TokenizerTransfer, model: PreTrainedModel, plan: Plan, rows: int) -> Operation:
    """Raises `SurgeryError` where the model and the transfer's tying do not go together."""
    if transfer.source.size > plan.rows:
        raise SurgeryError(
            f"the transfer starts from {transfer.source.size} tokens, {plan.model} has {plan.rows} rows: "
            "this is not the model of its source tokenizer"
        )
    kind = transfer.tying.kind
    if kind == "keep" and plan.tied and transfer.output is not None:
        raise SurgeryError(
            f"{plan.model} ties its matrices, the transfer has two recipes; make it with tying UNTIE, or with one recipe"
        )
    if (kind == "untie") != plan.tied and kind != "keep":
        state = "tied" if plan.tied else "untied"
        raise SurgeryError(f"{plan.model} is {state} already, the transfer's tying is '{kind}'")
    if kind == "join" and not plan.head:
        raise SurgeryError(f"{plan.model} has no output matrix to join with the input")
    tied = {"keep": None, "untie": False, "join": True}[kind]
    groups = [claim.names for claim in plan.claims] if tied is None else _groups_after(model, plan, tied)
    if kind == "join":
        _refuse_lost_tables(plan, groups)
    recipes = padded(transfer.input, rows), padded(transfer.output_or_input, rows)
    scale = untied_scale(model) if kind == "untie" else 1.0
    treatments = tuple(
        Treatment(tuple(names), _terms(transfer, plan, names, *recipes, scale), plan.claim(names[0]).role is Role.BIAS)
        for names in groups
    )
    return Operation(rows, treatments, tied)


def _terms(
    transfer: TokenizerTransfer,
    plan: Plan,
    names: tuple[str, ...],
    for_input: RowRecipe,
    for_output: RowRecipe,
    untied_scale: float,
) -> tuple[Term, ...]:
    claim = plan.claim(names[0])
    if claim.role is Role.BIAS:
        return (Term(claim, for_output),)
    is_head = not plan.head.isdisjoint(names)
    is_input = any(name not in plan.head for name in names)
    if transfer.tying.kind == "join" and is_head:
        head, embedding = plan.claim(next(iter(plan.head))), plan.claim(plan.input)
        return Term(embedding, for_input, transfer.tying.a), Term(head, for_output, transfer.tying.b)
    if is_head and not is_input:
        return (Term(claim, for_output, untied_scale),)
    return (Term(claim, for_input),)


def _refuse_lost_tables(plan: Plan, groups: list[tuple[str, ...]]) -> None:
    """Joining mixes one input matrix with the head; an encoder-decoder may have more of them."""
    for names in groups:
        others = {plan.claim(n).name for n in names if plan.claim(n).role is Role.INPUT} - {plan.claim(plan.input).name}
        if others and not plan.head.isdisjoint(names):
            raise SurgeryError(
                f"{plan.model}: joining would drop {sorted(others)[0]}, which is a matrix of its own beside {plan.input}"
            )


def _groups_after(model: PreTrainedModel, plan: Plan, tied: bool) -> list[tuple[str, ...]]:
    """Which names share a tensor once the flag is changed: the model's own rules decide."""
    configs = flagged_configs(model.config)
    before = [c.tie_word_embeddings for c in configs]
    try:
        set_tied(model.config, tied)
        rules = model.get_expanded_tied_weights_keys(all_submodels=True)
    finally:  # the modules share these objects: put the values back, not another object
        for c, value in zip(configs, before, strict=True):
            c.tie_word_embeddings = value
    leader = {name: name for claim in plan.claims for name in claim.names}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for alias, owner in rules.items():
        if alias in leader and owner in leader:
            leader[find(alias)] = find(owner)
    groups: dict[str, list[str]] = {}
    for name in leader:
        groups.setdefault(find(name), []).append(name)
    if tied and not any(not plan.head.isdisjoint(g) and not plan.head.issuperset(g) for g in groups.values()):
        raise SurgeryError(f"{plan.model} has no rule that ties its output matrix to its input")
    return [tuple(names) for names in groups.values()]


def set_tied(config: PretrainedConfig, tied: bool) -> None:
    """Write the flag wherever the configuration has it; raise where its class forces the other value."""
    for c in flagged_configs(config):
        c.tie_word_embeddings = tied
    again = type(config).from_dict(config.to_dict())
    if again.tie_word_embeddings is not tied:
        raise SurgeryError(f"{type(config).__name__} always sets tie_word_embeddings to {not tied}: it cannot be changed")


def flagged_configs(config: PretrainedConfig) -> list[PretrainedConfig]:
    """The configurations that say whether the matrices are tied."""
    text = config.get_text_config()
    return [config] if text is config else [config, text]


def untied_scale(model: PreTrainedModel) -> float:
    """What a head must bring itself once tie_word_embeddings is false. Raises where the forward pass does not show it."""
    kind = model.config.model_type
    if kind in _SCALED_WHEN_TIED:
        return float(model.config.d_model) ** -0.5
    try:
        source = inspect.getsource(type(model).forward)
    except OSError:
        source = "tie_word_embeddings"  # not to be read: not to be trusted
    if "tie_word_embeddings" in source:
        raise SurgeryError(f"{type(model).__name__}.forward depends on tie_word_embeddings in a way not known here")
    return 1.0
