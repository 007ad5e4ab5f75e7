"""The measures of the job: bits per byte of every text, for the source model and for each arm at step 0 and after."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import metrics
from ..atomic import write_file
from ..errors import MetricError
from ..train import Objective, objective_of
from .steps import Steps, load_config, load_model, longest_input

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class Evaluation:
    """Measured once per checkpoint and kept in the work folder."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    @cached_property
    def spans(self) -> dict[str, list[metrics.Span]]:
        """The same spans for both vocabularies."""
        tokenizers = [self.steps.source_tokenizer, self.steps.target_tokenizer]
        job = self.steps.job
        return {
            name: metrics.sample_spans(texts, tokenizers, job.evaluate_spans, job.seed)
            for name, texts in self.steps.evaluation.items()
        }

    @cached_property
    def context_bytes(self) -> int:
        """The context that was asked for, or the half of it (and so on) that fits the model with both tokenizers."""
        config = load_config(self.steps.source)
        limit, context = longest_input(config), self.steps.job.context_bytes
        while context >= 16:
            if self._longest_window(objective_of(config), context) <= limit:
                return context
            context //= 2
        raise MetricError(f"{self.steps.source}: takes {limit} tokens, fewer than any context of the evaluation text needs")

    def _longest_window(self, objective: Objective, context: int) -> int:
        windows = []
        for tokenizer in (self.steps.source_tokenizer, self.steps.target_tokenizer):
            for name, documents in self.steps.evaluation.items():
                if objective is Objective.CAUSAL:
                    windows.append(metrics.causal.longest_window(tokenizer, documents, context, context // 2))
                else:
                    windows.append(metrics.masked.longest_window(tokenizer, self.spans[name], context // 4))
        return max(windows)

    def of(self, name: str, checkpoint: Path, tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
        """{text: {"bits_per_byte": ..., ...}} of one checkpoint."""
        record = self.steps.job.work / f"{name}.metrics.json"
        if not record.is_file():
            write_file(record, json.dumps(self._measure(name, checkpoint, tokenizer)).encode())
        return json.loads(record.read_text("utf-8"))

    def _measure(self, name: str, checkpoint: Path, tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
        job = self.steps.job
        model = load_model(checkpoint, half=job.bf16)
        results = {}
        for text, documents in self.steps.evaluation.items():
            if objective_of(model.config) is Objective.CAUSAL:
                bits = metrics.bits_per_byte(
                    model,
                    tokenizer,
                    documents,
                    context_bytes=self.context_bytes,
                    stride_bytes=self.context_bytes // 2,
                    lossy="charge",
                    progress=self.steps.progress,
                )
                results[text] = _as_dict(bits)
            else:
                context = self.context_bytes // 4
                spans = self.spans[text]
                bits = metrics.pseudo_bits_per_byte(
                    model, tokenizer, spans, context_bytes=context, progress=self.steps.progress
                )
                original = metrics.pseudo_bits_per_byte(
                    model, tokenizer, spans, context_bytes=context, order="original", progress=self.steps.progress
                )
                results[text] = {**_as_dict(bits), "original_pll_bits_per_byte": original.value}
        return results


def _as_dict(bits: metrics.BitsPerByte) -> dict[str, Any]:
    return {"bits_per_byte": bits.value, "bytes": bits.bytes, "tokens": bits.tokens, "charged_bytes": bits.charged_bytes}
