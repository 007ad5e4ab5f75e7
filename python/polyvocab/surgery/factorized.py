"""OFA's factorized variant (Liu et al., NAACL Findings 2024): vocabulary matrices as coordinates times directions.

A token has `rank` numbers instead of a whole row; the directions are shared by all tokens. What the model's embedding and
head hold as `weight` are the coordinates, so a transfer is applied to them as it is (`surgery.apply`: rows are mixed, moved and
drawn in the space of the coordinates, which for mixtures is the same as mixing rows), and so are the stages of training.

No stock class of `transformers` builds such a model, so it has a format of its own: `save_factorized`, `load_factorized`.
`unfactorize` multiplies the parts out to a stock model.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..atomic import atomic_directory, refuse_existing, write_file
from ..errors import FormatError, SurgeryError
from ..formats.directory import TokenizerFiles
from ..matrices import factors
from .plan import Plan, Role, plan

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

_RECORD, _TENSORS = "factorized.json", "factorized.safetensors"
_VERSION = 1


def factorize(model: PreTrainedModel, rank: int) -> PreTrainedModel:
    """Write the input matrix, and the output matrix where it is another, as coordinates times directions, in place.

    `weight` becomes [tokens, rank] and gets `directions` [rank, dim] beside it, both in the model's dtype; their product is the
    matrix of this rank that is nearest to the model's. Tied matrices stay one; a head's bias stays as it is. An error leaves
    the model as it was: `SurgeryError` for a rank outside 1 to the width, a model that is factorized already, and one whose
    embedding does more than to look rows up.
    """
    found = plan(model)
    if is_factorized(model):
        raise SurgeryError(f"{found.model} is factorized already")
    owners = _owners(model, found)
    width = next(iter(owners.values()))[0][1].weight.shape[1]
    if not 1 <= rank <= width:
        raise SurgeryError(f"rank {rank}: must be between 1 and {width}, the width of the model's rows")
    made = [(modules, *_parts(modules[0][1].weight, rank)) for modules in owners.values()]
    for modules, coordinates, directions in made:
        for name, module in modules:
            model.set_submodule(name, _factorized(module, coordinates, directions))
    model.save_pretrained = _refuse_saving
    return model


def unfactorize(model: PreTrainedModel) -> PreTrainedModel:
    """Multiply coordinates and directions out, in place: a stock model again, which saves and loads as any other."""
    import torch

    from .factorized_modules import FactorizedEmbedding, FactorizedHead

    if not is_factorized(model):
        raise SurgeryError(f"{type(model).__name__} is not factorized")
    whole: dict[int, torch.nn.Parameter] = {}  # by the identity of the coordinates: tied ones stay one
    for name, module in [*model.named_modules(remove_duplicate=False)]:
        if isinstance(module, FactorizedEmbedding | FactorizedHead):
            key = id(module.weight)
            if key not in whole:
                product = module.weight.detach().float() @ module.directions.detach().float()
                whole[key] = torch.nn.Parameter(product.to(module.weight.dtype), requires_grad=module.weight.requires_grad)
            model.set_submodule(name, module.whole(whole[key]))
    del model.save_pretrained
    return model


def is_factorized(model: PreTrainedModel) -> bool:
    """Whether the model's embedding holds coordinates (`factorize`, `load_factorized`)."""
    from .factorized_modules import FactorizedEmbedding

    return isinstance(model.get_input_embeddings(), FactorizedEmbedding)


def save_factorized(model: PreTrainedModel, path: str | Path, tokenizer: TokenizerFiles | None = None) -> None:
    """Write a factorized model: its tensors, the configuration of the stock model that `unfactorize` makes, and its tokenizer.

    Raises `SurgeryError` for a model that is not factorized; `path` must not exist.
    """
    from safetensors.torch import save_file

    if not is_factorized(model):
        raise SurgeryError(f"{type(model).__name__} is not factorized: save it with save_pretrained")
    refuse_existing(Path(path))
    config = copy.deepcopy(model.config)
    config.architectures, config.dtype = [type(model).__name__], model.dtype
    rank = model.get_input_embeddings().weight.shape[1]
    with atomic_directory(path) as folder:
        save_file({name: tensor.detach().contiguous() for name, tensor in _stored(model).items()}, folder / _TENSORS)
        write_file(folder / _RECORD, json.dumps({"version": _VERSION, "rank": rank}).encode())
        config.save_pretrained(folder)
        if model.can_generate():
            model.generation_config.save_pretrained(folder)
        if tokenizer is not None:
            tokenizer.write(folder)


def load_factorized(path: str | Path) -> PreTrainedModel:
    """The model that `save_factorized` wrote, on the CPU, in evaluation mode.

    Raises `FormatError` for a folder that is none, and for one whose tensors are not those of its configuration.
    """
    import transformers
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from transformers.initialization import no_init_weights

    path = Path(path)
    rank = _rank(path)
    config = transformers.AutoConfig.from_pretrained(path)
    model_class = getattr(transformers, (config.architectures or ["?"])[0], None)
    if model_class is None:
        raise FormatError(path, f"config.json names the architecture {config.architectures}, which transformers does not have")
    with no_init_weights():
        model = model_class(config).to(config.dtype)
    model.tie_weights()
    _make_room(model, rank)
    try:
        stored = load_file(path / _TENSORS)
    except (OSError, SafetensorError) as error:
        raise FormatError(path / _TENSORS, f"cannot be read: {error}") from error
    expected = _stored(model)
    for name in sorted(expected.keys() | stored.keys()):
        shapes = [list(tensors[name].shape) if name in tensors else None for tensors in (expected, stored)]
        if shapes[0] != shapes[1]:
            raise FormatError(path / _TENSORS, f"{name} is {shapes[1]}, its configuration builds {shapes[0]}")
    model.load_state_dict(stored, strict=False)
    if model.can_generate() and (path / "generation_config.json").is_file():
        model.generation_config = transformers.GenerationConfig.from_pretrained(path)
    return model.eval()


def _rank(path: Path) -> int:
    try:
        record = json.loads((path / _RECORD).read_text("utf-8"))
        version, rank = record["version"], record["rank"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise FormatError(path, f"has no readable {_RECORD}: no factorized model was saved here ({error})") from error
    if version != _VERSION:
        raise FormatError(path / _RECORD, f"version {version!r}; this polyvocab reads version {_VERSION}")
    if type(rank) is not int or rank < 1:
        raise FormatError(path / _RECORD, f"rank {rank!r} is no positive number")
    return rank


def _owners(model: PreTrainedModel, found: Plan) -> dict[str, list[tuple[str, torch.nn.Module]]]:
    """The modules that hold each matrix of the vocabulary, by its first name."""
    import torch

    owners: dict[str, list[tuple[str, torch.nn.Module]]] = {}
    for claim in found.claims:
        if claim.role is Role.BIAS:
            continue
        for name in claim.names:
            owner = name.rpartition(".")[0]
            module = model.get_submodule(owner)
            if type(module) not in (torch.nn.Embedding, torch.nn.Linear) or claim.role is Role.PER_LAYER:
                raise SurgeryError(
                    f"{found.model}: {name} belongs to {type(module).__name__}, which does more than an embedding or a linear "
                    "layer: it is not factorized"
                )
            owners.setdefault(claim.name, []).append((owner, module))
    return owners


def _parts(weight: torch.Tensor, rank: int) -> tuple[torch.nn.Parameter, torch.nn.Parameter]:
    import torch

    coordinates, directions = factors(weight.detach().float().cpu().numpy(), rank)
    return tuple(
        torch.nn.Parameter(torch.from_numpy(np.ascontiguousarray(part)).to(weight.device, weight.dtype), weight.requires_grad)
        for part in (coordinates, directions)
    )


def _make_room(model: PreTrainedModel, rank: int) -> None:
    """Factorized modules without values, in place of the stock ones."""
    import torch

    for modules in _owners(model, plan(model)).values():
        rows, width = modules[0][1].weight.shape
        parts = [torch.nn.Parameter(torch.empty(shape, dtype=model.dtype)) for shape in ((rows, rank), (rank, width))]
        for name, module in modules:
            model.set_submodule(name, _factorized(module, *parts))
    model.save_pretrained = _refuse_saving


def _factorized(module: torch.nn.Module, coordinates: torch.nn.Parameter, directions: torch.nn.Parameter) -> torch.nn.Module:
    import torch

    from .factorized_modules import FactorizedEmbedding, FactorizedHead

    kind = FactorizedEmbedding if isinstance(module, torch.nn.Embedding) else FactorizedHead
    return kind(module, coordinates, directions)


def _stored(model: PreTrainedModel) -> dict[str, torch.Tensor]:
    """Every tensor of the state once, by the first of its names."""
    found: dict[int, tuple[str, Any]] = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        found.setdefault(id(tensor), (name, tensor))
    return dict(found.values())


def _refuse_saving(*_: Any, **__: Any) -> NoReturn:
    raise SurgeryError(
        "this model is factorized, which no stock configuration can say: it would not load again. Use save_factorized, or "
        "unfactorize it first"
    )
