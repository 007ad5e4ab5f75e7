"""One stage of training, resumable after a kill: `transformers.Trainer` with checkpoints that are whole or ignored."""

from __future__ import annotations

import copy
import json
import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import TrainingError, require
from .blocks import Objective
from .learning import learning
from .schedule import Stage

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_LEARNED = "model.safetensors"
_COMPLETE = "polyvocab-complete"  # written last into a checkpoint: one without it was cut off


@dataclass(frozen=True)
class LossPoint:
    """The mean training loss, in nats per token, of the steps up to `step`."""

    step: int
    loss: float


def run_stage(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    data: np.ndarray,
    stage: Stage,
    objective: Objective,
    folder: Path,
    *,
    new_rows: np.ndarray | None = None,
    first: int = 0,
    batch_size: int = 16,
    accumulate: int = 1,
    bf16: bool = False,
    seed: int = 0,
    save_every: int = 100,
    log_every: int = 10,
    progress: bool = True,
) -> list[LossPoint]:
    """Train `model` in place for `stage.steps` steps and return its loss curve.

    `new_rows`: int64, ascending, for stages that train new rows (`learning.new_rows`); all other rows keep their bits then.
    `data`: int32 [blocks, length], read in its order from block `first` on, and again from its beginning where it ends.
    `folder` receives checkpoints; a second call with the same folder goes on after the last whole one. Several
    processes (`torchrun`, `accelerate launch`) share the work as the Trainer does it.
    """
    require("accelerate", "train", "training")
    import torch
    import transformers

    processes = int(os.environ.get("WORLD_SIZE", "1"))
    rows = _Rows(data, first, stage.steps * batch_size * accumulate * processes)
    arguments = transformers.TrainingArguments(
        output_dir=str(folder),
        max_steps=stage.steps,
        learning_rate=stage.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, stage.steps // 20),
        weight_decay=stage.weight_decay,
        per_device_train_batch_size=batch_size,
        gradient_accumulation_steps=accumulate,
        bf16=bf16,
        seed=seed,
        data_seed=seed,
        save_strategy="steps",
        save_steps=save_every,
        save_total_limit=2,
        logging_steps=log_every,
        report_to=[],
        disable_tqdm=not progress,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
        use_cpu=not torch.cuda.is_available(),
        train_sampling_strategy="sequential",
    )
    generation = copy.deepcopy(model.generation_config) if model.can_generate() else None
    with learning(model, stage, new_rows):
        trainer = _trainer_class()(
            model=model,
            args=arguments,
            train_dataset=rows,
            data_collator=_collator(tokenizer, objective, seed),
            callbacks=[_checkpoint_marker()],
        )
        if not progress:
            trainer.remove_callback(transformers.PrinterCallback)
        trainer.train(resume_from_checkpoint=_last_whole_checkpoint(folder))
    if generation is not None:
        model.generation_config = generation  # the Trainer adds ids to its lists, and takes none out
    return [LossPoint(e["step"], e["loss"]) for e in trainer.state.log_history if "loss" in e]


@cache
def _trainer_class() -> type:
    """A Trainer whose checkpoints hold what learns: the rest is as the stage found it."""
    import transformers
    from safetensors.torch import load_file, save_file

    class StageTrainer(transformers.Trainer):
        def _save(self, output_dir: str | None = None, state_dict: dict | None = None) -> None:
            model = self.accelerator.unwrap_model(self.model)
            values = dict(model.named_parameters()) if state_dict is None else state_dict
            learned = {name: values[name] for name, p in model.named_parameters() if p.requires_grad}
            folder = Path(output_dir or self.args.output_dir)
            if self.args.should_save:
                folder.mkdir(parents=True, exist_ok=True)
                save_file({name: value.detach().contiguous() for name, value in learned.items()}, folder / _LEARNED)

        def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
            model = self.accelerator.unwrap_model(model or self.model)
            stored = load_file(Path(resume_from_checkpoint) / _LEARNED)
            expected = {name for name, p in model.named_parameters() if p.requires_grad}
            if stored.keys() != expected:
                name = min(stored.keys() ^ expected)
                raise TrainingError(
                    f"{resume_from_checkpoint} is of another stage: {name} learns in one of them alone; remove the folder"
                )
            model.load_state_dict(stored, strict=False)

    return StageTrainer


class _Rows:
    """Blocks as the Trainer's dataset: `count` of them, from `first` on, round and round."""

    def __init__(self, data: np.ndarray, first: int, count: int) -> None:
        self.data, self.first, self.count = data, first, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, i: int) -> dict[str, Any]:
        position = self.first + i
        return {"input_ids": self.data[position % len(self.data)].astype(np.int64), "position": position}


def _collator(tokenizer: PreTrainedTokenizerBase, objective: Objective, seed: int) -> Any:
    import transformers

    if objective is Objective.CAUSAL:
        return _causal_batch
    inner = transformers.DataCollatorForLanguageModeling(tokenizer, mlm=True, mlm_probability=0.15)

    def masked_batch(rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Masks depend on the place in the data alone: a resumed run sees those of an uninterrupted one."""
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed * 1_000_003 + rows[0]["position"])
            return inner([{"input_ids": row["input_ids"]} for row in rows])

    return masked_batch


def _causal_batch(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Blocks are full: nothing is padded, so no token is hidden from the loss."""
    import torch

    ids = torch.from_numpy(np.stack([row["input_ids"] for row in rows]))
    return {"input_ids": ids, "labels": ids.clone(), "attention_mask": torch.ones_like(ids)}


def _checkpoint_marker() -> Any:
    import transformers

    class MarkComplete(transformers.TrainerCallback):
        """Runs after the Trainer has written a checkpoint."""

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.is_world_process_zero:
                marker = Path(args.output_dir) / f"checkpoint-{state.global_step}" / _COMPLETE
                marker.write_text(json.dumps({"step": state.global_step}))

    return MarkComplete()


def _last_whole_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint with the marker; those without it are removed."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda p: int(p.name.rpartition("-")[2]))
    whole = [p for p in found if (p / _COMPLETE).is_file()]
    for path in found:
        if path not in whole:
            shutil.rmtree(path, ignore_errors=True)
    return str(whole[-1]) if whole else None
