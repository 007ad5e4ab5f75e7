"""All diagnoses of one inference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..inspection.entries import Entries
from ..tokenizer import Tokenizer
from .excess import excess_pairs
from .finding import Finding
from .from_merges import MergeEstimates
from .levels import Levels, levels_of
from .merge_list import MergeList
from .pair_counts import PairCounts
from .planted import not_learned, planted_merges
from .pre_tokenizer_check import cut_tokens, unmerged_shapes
from .residuals import over_represented, unexplained_by_step, unexplained_merges
from .ties import corpus_size, tie_order

_SMALLEST_COUNT = 100.0  # of the sample, in the last state where pairs are compared with the level


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What an estimate should be read with."""

    findings: tuple[Finding, ...]
    residuals: tuple[Mapping[str, float], ...]
    corpus: Mapping[str, Any]


def diagnose(tokenizer: Tokenizer, counts: PairCounts, solved: MergeEstimates) -> Diagnosis:
    """Of the window of the merge list that was solved."""
    merges, problem = counts.merges, solved.problem
    entries = Entries.of(tokenizer.definition)
    levels = levels_of(problem, solved.alpha)
    excess = excess_pairs(problem, levels, solved.alpha, steps=max(levels.reliable(_SMALLEST_COUNT), 1))
    unmerged = unmerged_shapes(problem, excess, entries)
    missing = unexplained_merges(problem, levels, entries).findings()
    findings = [
        *missing,
        *cut_tokens(tokenizer, merges, problem.own, entries).findings(),
        *unmerged.findings(),
        *([] if missing else planted_merges(problem, levels, entries).findings()),  # a missing category's look the same
        *over_represented(excess.where(~unmerged.is_of_them), entries).findings(),
        *not_learned(merges, entries),
    ]
    corpus, told = _corpus(merges, levels, counts, solved)
    return Diagnosis((*findings, *told), tuple(unexplained_by_step(levels)), corpus)


def _corpus(
    merges: MergeList, levels: Levels, counts: PairCounts, solved: MergeEstimates
) -> tuple[dict[str, Any], list[Finding]]:
    problem = solved.problem
    order = tie_order(merges, first=problem.first, last=problem.last)
    size = corpus_size(merges, levels, order, first=problem.first)
    bytes_per_pair = float((solved.alpha * counts.bytes.sum(axis=1) / problem.pairs).sum())
    known = math.isfinite(size.pairs)
    pairs = [size.least, size.pairs, size.greatest] if known else None
    corpus = {
        "pairs": pairs,
        "bytes": [n * bytes_per_pair for n in pairs] if known else None,
        "trainer": order.order,
        "text": size.reason,
    }
    return corpus, [*order.findings(), *size.findings(bytes_per_pair)]
