"""`trim`: from a tokenizer and counts to the transfer that drops what the texts do not use."""

from __future__ import annotations

from typing import Any

from ..formats.directory import TokenizerFiles
from ..recipe import assemble
from ..transfer import SourceTokenizer, TokenizerTransfer
from .selection import Counts, Selection, select


def trim(source: TokenizerFiles, counts: Counts, **choice: Any) -> TokenizerTransfer:
    """Vocabulary Trimming (Ushio et al. 2023), exact: every row is a copy, and text whose tokens are all kept is cut as before.

    `counts`: label to counts of tokens, as `polyvocab.count_tokens` makes them; `choice` are the other arguments of `select`:
    size, coverage or min_count, weights, objective, keep and drop_dead. The certificate is in the provenance of the transfer.
    """
    return transfer(source, select(source, counts, **choice))


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
