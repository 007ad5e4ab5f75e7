"""What a trim decides, by itself: the parts of all tokens, an order of them, and the costs of all sizes along it.

    python bench/bench_closure.py TOKENIZER ... [--rounds 5]

`TOKENIZER`: a file or directory in any format. The counts that the order is made of are random. Seconds by the wall clock, best
of the rounds; there is no peer that does the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from polyvocab._core import trim as core
from polyvocab.formats.directory import read_definition
from polyvocab.trim.parts import Parts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tokenizers", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    print("| tokenizer | tokens | merges | parts of all tokens | order by leaves | costs of all sizes |")
    print("|---|---:|---:|---:|---:|---:|")
    for path in args.tokenizers:
        definition = read_definition(path)
        counts = np.random.default_rng(0).zipf(1.3, definition.token_count).astype(np.float64)
        parts, seconds = best(lambda definition=definition: Parts.of(definition), args.rounds)
        lists = parts.replaced_by
        nothing = np.zeros(len(parts), bool)
        order, ordering = best(
            lambda lists=lists, counts=counts, nothing=nothing: core.order_by_leaves(
                lists.indptr, lists.items, counts, nothing
            ),
            args.rounds,
        )
        _, costing = best(
            lambda lists=lists, counts=counts, order=order: core.costs_along(lists.indptr, lists.items, counts, order),
            args.rounds,
        )
        merges = len(getattr(definition.model, "merged", ()))
        name = path.parent.name if path.name == "tokenizer.json" else path.name
        print(f"| {name} | {definition.token_count:,} | {merges:,} | {seconds:.3f} s | {ordering:.3f} s | {costing:.3f} s |")


def best(function: Callable[[], Any], rounds: int) -> tuple[Any, float]:
    """(result, seconds)"""
    clocks = []
    for _ in range(rounds):
        began = time.perf_counter()
        result = function()
        clocks.append(time.perf_counter() - began)
    return result, min(clocks)


if __name__ == "__main__":
    main()
