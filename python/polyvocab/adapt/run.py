"""`run(job)`: all steps in order, the report, and the rename into place."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import metrics
from .._version import __version__
from ..atomic import atomic_directory
from ..errors import require
from ..formats.directory import TokenizerFiles
from ..report import adaptation_card, adaptation_page, adaptation_summary
from ..romanize.text_steps import describe
from ..surgery.checkpoint import check_reloaded_tokenizer
from ..train import objective_of
from .evaluate import Evaluation
from .job import Job
from .steps import Steps, is_main_process, load_model, wait_for_everyone


def run(job: Job, *, progress: bool = True) -> dict[str, Any]:
    """Do the job and return its report; `job.out` appears when everything is whole.

    Unfinished work lies in `<out>.work`; running the same job again goes on from there. Raises `PolyvocabError` for what
    a user can cure.
    """
    require("transformers", "models", "adapting a model")
    with _only_our_bars():
        return _run(job, progress)


@contextmanager
def _only_our_bars() -> Iterator[None]:
    """Without the bar that `transformers` draws for every file it loads or writes."""
    from transformers.utils import logging

    was_on = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            logging.enable_progress_bar()


def _run(job: Job, progress: bool) -> dict[str, Any]:
    steps = Steps(job, progress)
    if steps.is_finished():  # a kill came between the rename and the cleaning
        shutil.rmtree(job.work)
        return json.loads((Path(job.out) / "report.json").read_text("utf-8"))
    steps.check()
    _start_processes()
    if is_main_process():
        steps.begin()
        _prepare(steps)
    wait_for_everyone()
    for method in job.arms:
        steps.trained(method)
    if not is_main_process():
        wait_for_everyone()
        return {}
    report = _report(steps)
    with atomic_directory(job.out) as out:
        shutil.copytree(steps.trained(job.method), out, dirs_exist_ok=True)
        shutil.rmtree(out / "transfer", ignore_errors=True)  # of a source that was adapted itself
        steps.transfer(job.method).save_pretrained(out / "transfer")
        (out / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False), "utf-8")
        (out / "report.html").write_text(adaptation_page(report), "utf-8")
        (out / "README.md").write_text(adaptation_card(report), "utf-8")
        check_reloaded_tokenizer(out, TokenizerFiles.from_directory(out))
    shutil.rmtree(job.work)
    wait_for_everyone()
    return report


def _prepare(steps: Steps) -> None:
    """What one process does for all: tokenizers, transfers, checkpoints at step 0 and their measures."""
    evaluation = Evaluation(steps)
    if evaluation.context_bytes < steps.job.context_bytes:
        _say(steps, f"measuring with a context of {evaluation.context_bytes} bytes: the model takes no more")
    for method in steps.job.arms:
        _say(steps, f"{method}: transfer and surgery")
        steps.initial(method)


def _start_processes() -> None:
    """Under torchrun the processes must know each other before the first of them works for all."""
    import os
    from datetime import timedelta

    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        import torch

        accelerate = require("accelerate", "train", "training with several processes")
        # The others wait for as long as the first one prepares, which may be hours.
        accelerate.PartialState(cpu=not torch.cuda.is_available(), timeout=timedelta(days=7))


def _report(steps: Steps) -> dict[str, Any]:
    job, evaluation = steps.job, Evaluation(steps)
    _say(steps, "measuring")
    arms = []
    for method in job.arms:
        transfer = steps.transfer(method)
        arms.append(
            {
                "method": method,
                "rows": transfer.input.counts(),
                "provenance": [dict(p) for p in transfer.provenance],
                "transfer_bytes": transfer.nbytes,
                "transfer_seconds": steps.transfer_seconds(method),
                "step_0": evaluation.of(f"{method}-initial", steps.initial(method), steps.target_tokenizer),
                "trained": evaluation.of(f"{method}-trained", steps.trained(method), steps.target_tokenizer)
                if job.steps
                else None,
                "losses": steps.losses(method),
            }
        )
    model = load_model(steps.initial(job.method))
    target = steps.evaluation["target"]
    return {
        "polyvocab": __version__,
        # A path says nothing to others, and names this machine.
        "source": Path(job.source).resolve().name if Path(job.source).is_dir() else job.source,
        "architecture": type(model).__name__,
        "context_bytes": evaluation.context_bytes,
        "measure": f"{'' if objective_of(model.config).value == 'causal' else 'pseudo-'}bits per byte",
        "settings": job.as_dict(),
        "text_steps": describe(steps.text_steps),
        "vocabulary": {"before": len(steps.source_tokenizer), "after": len(steps.target_tokenizer)},
        "parameters": sum(p.numel() for p in model.parameters()),
        "evaluation_bytes": {name: sum(len(d.encode()) for d in docs) for name, docs in steps.evaluation.items()},
        "source_model": evaluation.of("source", steps.source, steps.source_tokenizer),
        "fertility": {
            "before": metrics.fertility(steps.source_tokenizer, target).as_dict(),
            "after": metrics.fertility(steps.target_tokenizer, target).as_dict(),
        },
        "arms": arms,
    }


def _say(steps: Steps, text: str) -> None:
    if steps.progress:
        print(f"polyvocab: {text}", file=sys.stderr, flush=True)


def summary(report: dict[str, Any], out: str | Path) -> str:
    """The printed summary."""
    return adaptation_summary(report) + f"\n\nwritten to {out}: the model, report.html, report.json, transfer/"
