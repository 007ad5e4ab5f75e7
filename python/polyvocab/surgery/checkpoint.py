"""`apply_to_checkpoint(transfer, src, dst)`: the surgery on a directory of safetensors, streamed.

The plan comes from the architecture on the meta device; the weights stay on the disk. Tensors that the plan does not
claim are copied as bytes; claimed ones are made a block of rows at a time from memory-mapped source rows.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from ..atomic import atomic_directory
from ..errors import FormatError, RecipeError, SurgeryError, require
from ..formats import text_steps
from ..formats.directory import TokenizerFiles, tokenizer_paths
from ..formats.safetensors import DTYPE_NAMES, TensorInfo, Writer, let_go, map_rows, read_header
from ..memory import give_back_freed, without_collection
from ..recipe import RowMaker, apply_bias
from ..recipe.rows import decode, encode
from ..transfer import TokenizerTransfer
from .ids import IdMap
from .kept_apart import kept_apart
from .plan import Plan, plan
from .probe import build_on_meta, shapes
from .settings import changed_config, changed_generation, check_positions, padding_ids
from .stored import INDEX, StoredTensors, model_name
from .treatment import Operation, Treatment, operation, row_count

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_BLOCK_BYTES = 4 << 20
_NOT_COPIED = {"additional_chat_templates", "onnx", "openvino"}
_OTHER_WEIGHTS = {".bin", ".pt", ".pth", ".gguf", ".h5", ".msgpack", ".onnx", ".safetensors"}


def apply_to_checkpoint(
    transfer: TokenizerTransfer,
    src: str | Path,
    dst: str | Path,
    *,
    pad_to_multiple_of: int | None = None,
    pad_to: int | None = None,
    special_ids: Mapping[str, Any] | None = None,
    extra_files: Mapping[str, bytes] | None = None,
    progress: bool = False,
) -> Path:
    """Write to `dst` the checkpoint of `src` with the transfer's vocabulary and tokenizer; returns `dst`.

    Only tensors with a vocabulary dimension change, in their own dtype. Beyond the mapped source, memory holds one block
    of rows (4 MB) and the recipe. `dst` appears when it is whole; it must not exist. Weights in other formats
    (pytorch_model.bin, GGUF) and the files of the old tokenizer are left behind, all other files are copied;
    `extra_files`, name to content, join them.

    Raises `SurgeryError` where the checkpoint is not the transfer's source, or holds a vocabulary tensor that nobody
    claims; `FormatError` where a file is cut off.
    """
    src = Path(src)
    give_back_freed()
    with without_collection():
        require("transformers", "models", "reading the architecture of a checkpoint")
    check_tokenizer(transfer, src)
    _check_text_steps(transfer, src)
    with without_collection():
        model, generation = architecture(src)
    known = shapes(model)
    source = StoredTensors(src, known, model.base_model_prefix)
    found = kept_apart(plan(model), source)
    work = operation(transfer, model, found, row_count(len(transfer.target.vocabulary), pad_to_multiple_of, pad_to))
    ids = IdMap.of(transfer, special_ids)
    config = changed_config(model.config, found, work, ids)
    new_generation = changed_generation(generation, ids)
    ids.check_overrides()
    check_positions(model, *padding_ids(model.config, config))
    _check_stored(source, found, known)
    _check_origin(transfer, source, found)
    with atomic_directory(dst) as out:
        for file in tqdm(source.files, desc="checkpoint", disable=not progress):
            _write_file(out / file, source, file, work)
        if source.index is not None:
            (out / INDEX).write_text(json.dumps(_new_index(source, out), indent=2))
        config.save_pretrained(out)
        if new_generation is not None:
            new_generation.save_pretrained(out)
        _copy_other_files(src, out)
        transfer.target.write(out)
        for name, data in (extra_files or {}).items():
            (out / name).write_bytes(data)
        check_checkpoint(out, type(model), transfer.target)
    return Path(dst)


def _check_stored(source: StoredTensors, found: Plan, known: Mapping[str, tuple[int, ...]]) -> None:
    claimed = {name for claim in found.claims for name in claim.names}
    for name, tensor in source.tensors.items():
        if name not in known and found.rows in tensor.info.shape:
            raise SurgeryError(
                f"{tensor.file}: {tensor.name} {list(tensor.info.shape)} has as many entries as the vocabulary and "
                f"{found.model} has no tensor of this name: it would be left behind; load the model and use apply"
            )
        if name in claimed and tensor.info.shape != found.claim(name).shape:
            raise SurgeryError(
                f"{tensor.file}: {tensor.name} has the shape {list(tensor.info.shape)}, the configuration says "
                f"{list(found.claim(name).shape)}"
            )
    for claim in found.claims:
        if source.differing(claim):
            raise SurgeryError(
                f"{source.path}: {', '.join(claim.names)} are one tensor by the configuration, but are stored with "
                "different values; load the model, set tie_word_embeddings to false, and save it"
            )


def architecture(src: Path) -> tuple[PreTrainedModel, Any]:
    import transformers

    try:
        config = transformers.AutoConfig.from_pretrained(src)
    except Exception as error:
        raise FormatError(src, f"has no readable config.json: {error}") from error
    names = config.architectures or []
    model_class = getattr(transformers, names[0], None) if names else None
    if model_class is None:
        raise SurgeryError(f"{src}: config.json names the architecture {names}, which transformers does not have")
    generation = None
    if (src / "generation_config.json").is_file():
        generation = transformers.GenerationConfig.from_pretrained(src)
    model = build_on_meta(model_class, config)
    return (model.to(config.dtype) if config.dtype is not None else model), generation


def check_tokenizer(transfer: TokenizerTransfer, src: Path) -> None:
    """Raise `SurgeryError` where a checkpoint has a tokenizer, and not the one that a transfer starts from."""
    if (src / "tokenizer.json").is_file():
        with open(src / "tokenizer.json", "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == transfer.source.file_hash:
                return
    if tokenizer_paths(src):
        files = tokenizer_of(src)
        if files.vocabulary.fingerprint != transfer.source.fingerprint:
            raise SurgeryError(
                f"{src}: its tokenizer ({len(files.vocabulary)} tokens, {files.vocabulary.fingerprint[:12]}) is not the "
                f"transfer's source ({transfer.source.size} tokens, {transfer.source.fingerprint[:12]})"
            )


def _check_text_steps(transfer: TokenizerTransfer, src: Path) -> None:
    """A directory that says what its text needs must not become one that does not."""
    found = text_steps.beside(src)
    if found and found != transfer.source.text_steps:
        raise SurgeryError(
            f"{src}: {text_steps.NAME} has {json.dumps(found)}, the transfer starts from text with "
            f"{json.dumps(transfer.source.text_steps)}: make the transfer from the tokenizer of this directory"
        )


def tokenizer_of(src: Path) -> TokenizerFiles:
    """The tokenizer of a checkpoint; older formats as `transformers` converts them."""
    if (src / "tokenizer.json").is_file():
        return TokenizerFiles.from_directory(src)
    from transformers import AutoTokenizer

    with tempfile.TemporaryDirectory() as folder:
        try:
            AutoTokenizer.from_pretrained(src).save_pretrained(folder)
        except Exception as error:
            raise FormatError(
                src, f"its tokenizer cannot be loaded and compared with the transfer's source: {error}"
            ) from error
        return TokenizerFiles.from_directory(folder)


def _check_origin(transfer: TokenizerTransfer, source: StoredTensors, found: Plan) -> None:
    for which, expected in transfer.derived_from.items():
        name = found.input if which == "input" else next(iter(found.head), found.input)
        stored = source.of_claim(found.claim(name))
        rows = map_rows(source.path / stored.file, stored.info) if stored else np.zeros((0, 0), np.uint8)
        if hashlib.sha256(rows[: transfer.source.size].data).hexdigest() != expected:
            raise SurgeryError(f"{source.path}: {name} is not the matrix that this transfer was derived from")


def _write_file(target: Path, source: StoredTensors, file: str, work: Operation) -> None:
    """One shard: its tensors in their order, claimed ones replaced; what untying adds follows its source tensor."""
    declared: dict[str, tuple[str, tuple[int, ...], int]] = {}
    content: dict[str, Iterator] = {}
    changed = {name for t in work.treatments for name in t.names}
    changed |= {name for t in work.treatments for term in t.terms for name in term.claim.names}
    written: set[int] = set()
    for name, tensor in source.tensors.items():
        if tensor.file != file:
            continue
        if name not in changed:
            declared[tensor.name] = (tensor.info.dtype, tensor.info.shape, tensor.info.end - tensor.info.start)
            content[tensor.name] = _copied(source.path / file, tensor.info)
            continue
        for treatment in work.treatments:
            home = source.of_claim(treatment.terms[0].claim)
            if home is None or home.file != file or home.name != tensor.name or id(treatment) in written:
                continue
            written.add(id(treatment))
            stored = [n for n in treatment.names if n in source.tensors] or [treatment.names[0]]
            for alias in stored:
                in_file = source.tensors[alias].name if alias in source.tensors else alias
                declared[in_file] = _new_entry(tensor.info, treatment, work.rows)
                content[in_file] = _made(source, treatment, tensor.info)
    with Writer(target, declared, source.metadata[file]) as writer:
        for name in declared:
            for chunk in content[name]:
                writer.write(chunk)


def _new_entry(info: TensorInfo, treatment: Treatment, rows: int) -> tuple[str, tuple[int, ...], int]:
    axis = len(info.shape) - 1 if treatment.is_bias else 0
    shape = tuple(rows if a == axis else n for a, n in enumerate(info.shape))
    return info.dtype, shape, (info.end - info.start) // max(1, info.shape[axis]) * rows


def _copied(path: Path, info: TensorInfo) -> Iterator[memoryview]:
    """The bytes of a tensor. Each piece is overwritten by the next one."""
    buffer = memoryview(bytearray(min(info.end - info.start, _BLOCK_BYTES)))
    with open(path, "rb", buffering=0) as file:
        file.seek(info.start)
        left = info.end - info.start
        while left:
            size = file.readinto(buffer[: min(left, len(buffer))])
            if not size:
                raise FormatError(path, f"{left} bytes are missing: the file became shorter while it was read")
            left -= size
            yield buffer[:size]


def _made(source: StoredTensors, treatment: Treatment, info: TensorInfo) -> Iterator[np.ndarray]:
    if treatment.is_bias:
        yield _bias(source, treatment, info)
        return
    makers = []
    for term in treatment.terms:
        stored = source.of_claim(term.claim)
        if stored is None:
            raise SurgeryError(f"{source.path}: no tensor is stored for {term.claim.name}")
        dtype = DTYPE_NAMES.get(stored.info.dtype, stored.info.dtype)
        try:
            maker = RowMaker(term.recipe, map_rows(source.path / stored.file, stored.info), dtype)
        except RecipeError as error:
            raise SurgeryError(f"{stored.file}: {stored.name}: {error}") from error
        makers.append((term.factor, dtype, maker))
    rows = len(treatment.terms[0].recipe)
    # A block that is not plain is held as float32, more than once.
    step = max(1, _BLOCK_BYTES // (1 if treatment.is_plain else 8) // max(1, makers[0][2].source.shape[1]))
    for start in range(0, rows, step):
        stop = min(rows, start + step)
        if treatment.is_plain:
            yield makers[0][2].rows(start, stop)
        else:
            total = sum(np.float32(factor) * maker.float_rows(start, stop) for factor, _, maker in makers)
            yield encode(total.reshape(-1), makers[0][1])
        for _, _, maker in makers:
            let_go(maker.source)


def _bias(source: StoredTensors, treatment: Treatment, info: TensorInfo) -> np.ndarray:
    """A bias is small: all of it at once, copied entries as bytes."""
    recipe, dtype = treatment.terms[0].recipe, DTYPE_NAMES.get(info.dtype, info.dtype)
    stored = source.of_claim(treatment.terms[0].claim)
    old = np.ascontiguousarray(map_rows(source.path / stored.file, stored.info)).reshape(-1)
    item = len(old) // max(1, info.shape[-1])
    values = old.view(np.float64).astype(np.float32) if dtype == "float64" else decode(old, dtype)
    new = apply_bias(recipe, values)
    out = new.astype(np.float64).view(np.uint8) if dtype == "float64" else encode(new, dtype)
    out = out.reshape(len(recipe), item)
    moved = recipe.copied_from >= 0
    out[moved] = old.reshape(-1, item)[recipe.copied_from[moved]]
    return out


def _new_index(source: StoredTensors, out: Path) -> dict[str, Any]:
    weight_map, total = {}, 0
    for file in source.files:
        tensors, _ = read_header(out / file)
        for name, info in tensors.items():
            weight_map[name] = file
            total += info.end - info.start
    return {"metadata": {**source.index.get("metadata", {}), "total_size": total}, "weight_map": weight_map}


def _copy_other_files(src: Path, out: Path) -> None:
    own = {p.name for p in out.iterdir()} | {p.name for p in tokenizer_paths(src)}
    own |= {"config.json", "generation_config.json", INDEX}
    for path in sorted(src.iterdir()):
        if path.is_file() and path.name not in own and path.suffix not in _OTHER_WEIGHTS:
            shutil.copy2(path, out / path.name)
        elif path.is_dir() and not path.name.startswith(".") and path.name not in _NOT_COPIED:
            weights = shutil.ignore_patterns(*(f"*{suffix}" for suffix in _OTHER_WEIGHTS - {".safetensors"}))
            shutil.copytree(path, out / path.name, ignore=weights, dirs_exist_ok=True)


def check_checkpoint(path: Path, model_class: type[PreTrainedModel], files: TokenizerFiles) -> None:
    """Compare what was written with what its configuration builds: shapes, tying, and the ids of the tokenizer.

    Raises `SurgeryError` naming the tensor or token that differs.
    """
    from transformers import AutoConfig

    again = build_on_meta(model_class, AutoConfig.from_pretrained(path))
    expected = shapes(again)
    prefix = model_class.base_model_prefix
    stored: dict[str, tuple[int, ...]] = {}
    for file in sorted(path.glob("*.safetensors")):
        for name, info in read_header(file)[0].items():
            stored[model_name(name, expected, prefix)] = info.shape
    for name, shape in stored.items():
        if name in expected and expected[name] != shape:
            raise SurgeryError(f"{path}: {name} was written as {list(shape)}, its configuration builds {list(expected[name])}")
    for claim in plan(again).claims:
        if not any(name in stored for name in claim.names) and claim.names[0] in dict(again.named_parameters()):
            raise SurgeryError(f"{path}: {claim.name} was not written")
    check_reloaded_tokenizer(path, files)


def check_reloaded_tokenizer(path: Path, files: TokenizerFiles) -> None:
    """Load the tokenizer as users will and compare its length and ids with the files: `transformers` makes a five-token
    tokenizer of an empty folder without a word."""
    from transformers import AutoTokenizer

    reloaded = AutoTokenizer.from_pretrained(path)
    ids = reloaded.get_vocab()
    for i, token in enumerate(files.vocabulary.tokens):
        if token is not None and ids.get(token) != files.vocabulary.ids[token]:
            raise SurgeryError(f"{path}: token {token!r} has the id {i} in the files and {ids.get(token)} when reloaded")
    if len(ids) != len(files.vocabulary.ids):
        extra = sorted(set(ids) - set(files.vocabulary.ids))[:3]
        raise SurgeryError(
            f"{path}: reloads with {len(ids)} tokens, the files have {len(files.vocabulary.ids)}; extra: {extra}"
        )
