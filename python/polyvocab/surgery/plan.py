"""`plan(model)`: every tensor with a vocabulary dimension, and what the surgery does with it.

Tensors are claimed by their role in the module tree. A tensor that has a vocabulary dimension and no role is refused
by name: a model with one forgotten tensor computes something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ..errors import SurgeryError
from .probe import with_vocabulary_dimension

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


class Role(Enum):
    """What a tensor is, and so which recipe makes its rows."""

    INPUT = "input"  # the input recipe
    OUTPUT = "output"  # the output recipe
    TIED = "tied"  # one tensor, input and output at once
    BIAS = "bias"  # of the head: moves and mixes with the output rows
    PER_LAYER = "per-layer input"  # embeddings of single layers: the input recipe


@dataclass(frozen=True)
class Claim:
    """One tensor: all names that share it, its role, its shape and the axis of the vocabulary."""

    names: tuple[str, ...]
    role: Role
    shape: tuple[int, ...]
    axis: int
    dtype: str

    @property
    def name(self) -> str:
        return self.names[0]


@dataclass(frozen=True)
class Plan:
    """All claims of a model. `rows` is the row count of the input matrix, padding included."""

    model: str
    rows: int
    claims: tuple[Claim, ...]
    head: frozenset[str]  # the names of the output matrix
    input: str  # the first name of the input matrix

    @property
    def tied(self) -> bool:
        """Whether one tensor is input and output at once."""
        return any(claim.role is Role.TIED for claim in self.claims)

    def claim(self, name: str) -> Claim:
        """The claim of a tensor, by any of its names."""
        return next(claim for claim in self.claims if name in claim.names)

    def __str__(self) -> str:
        lines = [f"{self.model}: {self.rows:,} rows, {'tied' if self.tied else 'untied'}"]
        width = max(len(c.name) for c in self.claims)
        for claim in self.claims:
            shared = f"  = {', '.join(claim.names[1:])}" if len(claim.names) > 1 else ""
            lines.append(f"  {claim.name:{width}}  {claim.role.value:15} {list(claim.shape)!s:16} {claim.dtype}{shared}")
        return "\n".join(lines)


def plan(model: PreTrainedModel) -> Plan:
    """The plan for any `transformers` model; on the meta device as well.

    Raises `SurgeryError` naming the tensor that nobody claims, a second vocabulary, or a matrix without rows of its
    own (quantized).
    """
    import torch

    embedding = model.get_input_embeddings()
    if not isinstance(embedding, torch.nn.Embedding):
        raise SurgeryError(f"{type(model).__name__}: get_input_embeddings() gives no torch.nn.Embedding")
    rows = embedding.weight.shape[0]
    names = _names_of_tensors(model)
    dependent = with_vocabulary_dimension(model)
    _refuse_two_vocabularies(model)
    roles: dict[int, Role] = {}
    for module in _input_modules(model, dependent, names):
        _expect_rows(names[id(module.weight)][0], module.weight, rows)
        roles[id(module.weight)] = Role.INPUT
    head = model.get_output_embeddings()
    if isinstance(head, torch.nn.Linear | torch.nn.Embedding):
        _expect_rows(names[id(head.weight)][0], head.weight, rows)
        roles[id(head.weight)] = Role.TIED if id(head.weight) in roles else Role.OUTPUT
    for tensor in _biases(model, head, rows):
        roles[id(tensor)] = Role.BIAS
    per_layer = _per_layer_embedding(model)
    if per_layer is not None:
        _expect_rows(names[id(per_layer.weight)][0], per_layer.weight, rows)
        roles[id(per_layer.weight)] = Role.PER_LAYER
    _refuse_unclaimed(model, names, roles, dependent, rows)
    tensors = {id(t): t for t in [*model.parameters(), *model.buffers()]}
    head_names = _names_below(model, head)
    claims = tuple(
        Claim(
            tuple(sorted(names[key], key=head_names.__contains__)),
            role,
            tuple(tensors[key].shape),
            tensors[key].dim() - 1 if role is Role.BIAS else 0,
            str(tensors[key].dtype).removeprefix("torch."),
        )
        for key, role in roles.items()
    )
    input_name = next(claim.name for claim in claims if names[id(embedding.weight)][0] in claim.names)
    return Plan(type(model).__name__, rows, claims, head_names, input_name)


def _names_below(model: PreTrainedModel, head: torch.nn.Module | None) -> frozenset[str]:
    """The names of the head's matrix by way of the head's own module; the other names of a tied one are the input's."""
    if head is None:
        return frozenset()
    return frozenset(f"{name}.weight" for name, module in model.named_modules(remove_duplicate=False) if module is head)


def _names_of_tensors(model: PreTrainedModel) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    for name, tensor in [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]:
        names.setdefault(id(tensor), []).append(name)
    return names


def _input_modules(model: PreTrainedModel, dependent: set[str] | None, names: dict[int, list[str]]):
    """The embedding modules of the text: the model's own and those of its encoder and decoder, shared or not."""
    import torch
    from transformers import PreTrainedModel

    main = model.get_input_embeddings()
    found = [main]
    for module in model.modules():
        if not isinstance(module, PreTrainedModel) or module is model:
            continue
        try:
            inner = module.get_input_embeddings()
        except (NotImplementedError, AttributeError):
            continue
        if not isinstance(inner, torch.nn.Embedding) or any(inner is seen for seen in found):
            continue
        known = names.get(id(inner.weight), [])
        is_text = inner.weight.shape[0] == main.weight.shape[0] if dependent is None else not dependent.isdisjoint(known)
        if is_text:
            found.append(inner)
    for name, module in model.named_modules():  # a table that was shared once, and is still stored
        if name.rpartition(".")[2] == "shared" and isinstance(module, torch.nn.Embedding) and module not in found:
            found.append(module)
    return found


def _biases(model: PreTrainedModel, head: torch.nn.Module | None, rows: int) -> list[torch.Tensor]:
    """The head's bias, the bias of the module around it (BERT and its kin keep one there), BART's final_logits_bias."""
    found = []
    if head is not None:
        around = [m for m in model.modules() if any(child is head for child in m.children())]
        for module in (head, *around):
            bias = getattr(module, "bias", None)
            if bias is not None and hasattr(bias, "shape") and tuple(bias.shape) == (rows,):
                found.append(bias)
    for module in model.modules():
        logits_bias = getattr(module, "final_logits_bias", None)
        if logits_bias is not None and tuple(logits_bias.shape) == (1, rows):
            found.append(logits_bias)
    return found


def _per_layer_embedding(model: PreTrainedModel) -> torch.nn.Module | None:
    """Gemma 3n and its kin: one table with a slice of a row for each layer."""
    found = [m for name, m in model.named_modules() if name.rpartition(".")[2] == "embed_tokens_per_layer"]
    return found[0] if found and getattr(found[0], "weight", None) is not None else None


def _expect_rows(name: str, weight: torch.Tensor, rows: int) -> None:
    if weight.dim() != 2 or weight.shape[0] != rows:
        raise SurgeryError(
            f"{name}: has the shape {list(weight.shape)}, the input matrix {rows} rows; matrices of different "
            "vocabularies, or quantized ones, are not changed"
        )


def _refuse_two_vocabularies(model: PreTrainedModel) -> None:
    if getattr(model.config, "share_encoder_decoder_embeddings", True) is False:
        decoder = next((n for n, _ in model.named_parameters() if n.endswith("decoder.embed_tokens.weight")), "decoder")
        raise SurgeryError(
            f"{type(model).__name__}: {decoder} has a vocabulary of its own (share_encoder_decoder_embeddings is "
            "false); a transfer changes one vocabulary"
        )


def _refuse_unclaimed(
    model: PreTrainedModel, names: dict[int, list[str]], roles: dict[int, Role], dependent: set[str] | None, rows: int
) -> None:
    rebuilt = dependent is not None
    known: set[str] = set()
    if rebuilt:
        from .probe import build_on_meta, shapes

        known = set(shapes(build_on_meta(type(model), model.config)))
    for tensor in [*model.parameters(), *model.buffers()]:
        if id(tensor) in roles:
            continue
        own = names[id(tensor)]
        has_dimension = not dependent.isdisjoint(own) if rebuilt else False
        looks_like = rows in tensor.shape and not (rebuilt and not known.isdisjoint(own))
        if has_dimension or looks_like:
            raise SurgeryError(
                f"{type(model).__name__}: {own[0]} {list(tensor.shape)} has a vocabulary dimension and no known role; "
                "changing the vocabulary would leave it behind"
            )
