"""`trim`: from a tokenizer and counts to the transfer that drops what the texts do not use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..formats.directory import TokenizerFiles
from ..recipe import assemble
from ..transfer import SourceTokenizer, TokenizerTransfer
from .keep import Keep
from .selection import Counts, Objective, Selection, select


def trim(
    source: TokenizerFiles,
    counts: Counts,
    *,
    size: int | None = None,
    coverage: float | None = None,
    min_count: int | None = None,
    weights: Mapping[str, float] | None = None,
    objective: Objective = "length",
    keep: Keep | None = None,
    drop_dead: bool = False,
) -> TokenizerTransfer:
    """Vocabulary Trimming (Ushio et al. 2023), exact: every row is a copy, and text whose tokens are all kept is cut as before.

    `counts`: label to counts of tokens, as `polyvocab.counts` makes them; the other arguments are those of `select`. The
    certificate is in the provenance of the transfer.
    """
    chosen = select(
        source,
        counts,
        size=size,
        coverage=coverage,
        min_count=min_count,
        weights=weights,
        objective=objective,
        keep=keep,
        drop_dead=drop_dead,
    )
    return transfer(source, chosen)


def transfer(source: TokenizerFiles, chosen: Selection) -> TokenizerTransfer:
    """The change of vocabulary that a selection is."""
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        source.keep(chosen.ids),
        assemble(chosen.ids, len(source.vocabulary)),
        provenance=({"method": "trim", "of": len(source.vocabulary), **report_of(chosen)},),
    )


def report_of(chosen: Selection) -> dict[str, Any]:
    """A selection as JSON: numbers of tokens and why they stay, what is proven, and what it means for the texts."""
    return {
        "tokens": len(chosen),
        "reasons": dict(chosen.reasons),
        "certificate": chosen.certificate.document(),
        "dead_in_source": len(chosen.dead),
        "coverage": dict(chosen.coverage),
        "length": dict(chosen.length),
    }
