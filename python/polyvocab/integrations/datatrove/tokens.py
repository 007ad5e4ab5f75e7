"""Tokens, counted by the tasks of a cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from ...counts import TokenCounting, TokenCounts
from .steps import AddingStep, CountingStep
from .tasks import TaskFiles

_FILES = TaskFiles("polyvocab counts of a task 1", "tokens")


class CountTokens(CountingStep):
    """Counts the tokens of all documents that pass, and writes one file of counts and one manifest for each task.

    The documents go on unchanged. A task that is run again writes the same files again.
    """

    name, files = "polyvocab tokens", _FILES

    def __init__(
        self,
        tokenizer: str,
        output_folder: Any,
        *,
        label: str = "",
        label_key: str | None = None,
        memory_limit: int | None = None,
    ) -> None:
        """`tokenizer`: its path on every machine. `output_folder`: as datatrove takes them. `label`: of all documents, or of
        those whose metadata have no `label_key`. `memory_limit`: bytes for the tables of each label; None: 128 MB."""
        super().__init__(output_folder, label, label_key)
        self.tokenizer, self.memory_limit = str(tokenizer), memory_limit

    def counting(self) -> AbstractContextManager[TokenCounting]:
        return nullcontext(TokenCounting(self.tokenizer, memory_limit=self.memory_limit))

    def save(self, counting: TokenCounting, path: Path, source: str) -> dict[str, Any]:
        counts = counting.finish()
        counts.save(path)
        return {"fingerprint": counts.fingerprint}


class AddTokenCounts(AddingStep):
    """Adds what `CountTokens` counted in all tasks into one file; the only step of a pipeline with a single task."""

    name = "polyvocab tokens, added"

    def add(self) -> None:
        added_counts(self.counts_folder, self.tasks, self.inputs).save(self.out)


def added_counts(folder: Any, tasks: int, inputs: list[str] | None = None) -> TokenCounts:
    """The counts of all tasks, which `CountTokens` wrote into `folder`. Raises as `AddTokenCounts.run` does."""
    total: TokenCounts | None = None
    for manifest in _FILES.manifests(folder, tasks, inputs):
        with _FILES.fetched(folder, manifest) as path:
            counts = TokenCounts.load(path)
        total = counts if total is None else total.merge(counts)
    in_order = sorted(total.labels)
    return TokenCounts(
        {label: total.counts[label] for label in in_order},
        {label: total.documents[label] for label in in_order},
        {label: total.bytes[label] for label in in_order},
        total.token_count,
        total.fingerprint,
        total.engine,
    )
