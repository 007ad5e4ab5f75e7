"""The job: a tokenizer and text of each category to the mixture that the tokenizer was trained on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import PolyvocabError
from ..formats.definition import Bpe, SentencePieces, Unigram
from ..inspection.entries import Entries
from ..tokenizer import Tokenizer
from .count import BLOCKS, count_pairs, load_pairs
from .diagnose import diagnose
from .finding import Finding
from .from_merges import MergeEstimates, estimate
from .from_pieces import estimate_from_pieces
from .merge_list import MergeList
from .pair_counts import PairCounts
from .residuals import pair_text, token_text
from .result import Category, MixtureResult, Segment
from .seam import find_seams, not_identifiable, readable_categories
from .unknown_text import unknown_text


def infer(
    tokenizer: Tokenizer,
    data: Mapping[str, Any] | None = None,
    *,
    counts: Sequence[str | Path] = (),
    merges: int | None = None,
    estimator: str = "auto",
    blocks: int = BLOCKS,
    field: str = "text",
    threads: int = 0,
    memory_limit: int | None = None,
    temporary: str | Path | None = None,
    progress: bool = False,
) -> MixtureResult:
    """The shares of categories in the text that a tokenizer was trained on (Hayase et al. 2024).

    `data`: {category: text of it}, each anything that `polyvocab.corpus.Corpus` takes. `counts`: with data, one file that
    counts are saved in, category by category, and where those that are done are not counted again; without data, saved
    files, which are added. `merges`: how many steps of the merge list at most; by default as many as the samples support.
    `estimator`: "lp", "isotonic" or "auto". The rest is as in `count_pairs`.

    Raises `UnsupportedComponent` for a model whose file does not tell its trainer's choices (WordPiece), `CorpusError` for
    text that cannot be read, `PolyvocabError` for settings that do not fit.
    """
    if data is None and not counts:
        raise PolyvocabError("text of each category is needed (data), or counts that were saved before (counts)")
    if data is not None and len(counts) > 1:
        raise PolyvocabError("with data, counts is the one file to save in")
    if _is_unigram(tokenizer):
        options = {"blocks": blocks, "field": field, "threads": threads, "memory_limit": memory_limit, "temporary": temporary}
        return _infer_from_pieces(tokenizer, data, counts, progress=progress, **options)
    seconds: dict[str, float] = {}
    with _timed(seconds, "count and replay"):
        steps = MergeList.of(tokenizer.definition, threads=threads)
        if data is None:
            found = load_pairs(tokenizer, *counts, merges=steps)
        else:
            found = count_pairs(
                tokenizer,
                data,
                merges=steps,
                store=counts[0] if counts else None,
                blocks=blocks,
                field=field,
                threads=threads,
                memory_limit=memory_limit,
                temporary=temporary,
                progress=progress,
            )
    settings = {"merges": merges, "estimator": estimator, "blocks": found.blocks, "counts": [str(path) for path in counts]}
    return _infer_from_merges(
        tokenizer, found, settings, seconds, merges=merges, estimator=estimator, threads=threads, progress=progress
    )


def _infer_from_merges(
    tokenizer: Tokenizer, found: PairCounts, settings: Mapping[str, Any], seconds: dict[str, float], **options: Any
) -> MixtureResult:
    """Each part of the list by itself; the first one is the tokenizer's, the others are what extended it."""
    categories = len(found.categories)
    found, unknown = found.of_known_text()
    left_out = unknown_text(unknown, categories)
    with _timed(seconds, "solve"):
        whole = found.problem()
        seams = find_seams(whole.own, whole.pairs)
        first, *later = [estimate(found, first=a, last=b, **options) for a, b in seams.segments]
        told = [readable_categories(part.problem, found.bytes.sum(axis=1)) for part in later]
    with _timed(seconds, "diagnose"):
        diagnosis = diagnose(tokenizer, found, first)
    return MixtureResult(
        tokenizer=_described(tokenizer) | _listed(found.merges),
        settings=settings,
        categories=_categories(found),
        estimates=first.estimates,
        chosen=first.chosen,
        reason=first.reason,
        identified=first.identified,
        by_steps=first.by_steps,
        residuals=diagnosis.residuals,
        segments=tuple(map(_segment, later, told)),
        findings=(
            *left_out,
            *seams.findings(),
            *(finding for hidden in map(_untold, later, told) for finding in hidden),
            *diagnosis.findings,
        ),
        corpus=diagnosis.corpus,
        seconds=seconds,
    )


def _is_unigram(tokenizer: Tokenizer) -> bool:
    model = tokenizer.definition.model
    return isinstance(model, Unigram) or (isinstance(model, SentencePieces) and model.algorithm == "unigram")


def _infer_from_pieces(
    tokenizer: Tokenizer, data: Mapping[str, Any] | None, counts: Sequence[str | Path], **settings: Any
) -> MixtureResult:
    if data is None or counts:
        raise PolyvocabError("counts are saved for merge lists; of a Unigram tokenizer give the text itself (data), no counts")
    seconds: dict[str, float] = {}
    with _timed(seconds, "count and solve"):
        found = estimate_from_pieces(tokenizer, data, **settings)
    return MixtureResult(
        tokenizer=_described(tokenizer) | {"pieces": found.pieces},
        settings={name: settings[name] for name in ("blocks", "field")},
        categories=found.categories,
        estimates={"unigram": found.estimate},
        chosen="unigram",
        reason="the tokenizer is a Unigram: its file has probabilities of pieces",
        findings=found.findings,
        seconds=seconds,
    )


def _segment(part: MergeEstimates, told: np.ndarray) -> Segment:
    """The shares of the categories that the part tells are those of their sum; the others have none."""
    chosen = part.estimates[part.chosen]

    def shown(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        totals = {unit: chosen.shares[unit][told].sum() for unit in values}
        return {unit: np.where(told, array / totals[unit], np.nan) for unit, array in values.items()}

    return Segment(part.problem.first, part.problem.last, shown(chosen.shares), shown(chosen.errors))


def _untold(part: MergeEstimates, told: np.ndarray) -> list[Finding]:
    names = [name for name, is_told in zip(part.problem.categories, told, strict=True) if not is_told]
    return not_identifiable(names, part.problem.first, part.problem.last)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - begin


def _described(tokenizer: Tokenizer) -> dict[str, Any]:
    definition = tokenizer.definition
    return {"path": definition.origin, "fingerprint": tokenizer.fingerprint, "model": definition.model.kind}


def _listed(merges: MergeList) -> dict[str, Any]:
    """How many steps there are, and everything in the file that none of them made."""
    entries, model = Entries.of(merges.definition), merges.definition.model
    redundant = model.merges[merges.redundant].tolist() if isinstance(model, Bpe) else []
    early = merges.steps.merged[merges.early].tolist()
    tokens = {"unreachable": merges.unreachable.tolist(), "given": merges.given.tolist(), "early": early}
    listed = {name: [token_text(token, entries) for token in ids] for name, ids in tokens.items()}
    return {"steps": len(merges), "unlearned": {"redundant": [pair_text(*pair, entries) for pair in redundant], **listed}}


def _categories(counts: PairCounts) -> tuple[Category, ...]:
    columns = (counts.documents, counts.bytes, counts.characters, counts.pairs)
    totals = zip(*(column.sum(axis=1).tolist() for column in columns), strict=True)
    return tuple(Category(name, *numbers) for name, numbers in zip(counts.categories, totals, strict=True))
