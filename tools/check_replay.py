#!/usr/bin/env python3
"""Compare the replay of merges with its slow twin on random words and merge lists.

    python tools/check_replay.py [--comparisons 1000000] [--seed 0]

A comparison is one count: of a pair, in a state, in a column. Prints how many were made for each family of vocabularies and
kind of list; stops at the first one that differs.
"""

from __future__ import annotations

import argparse
import sys
from itertools import cycle, product
from pathlib import Path
from random import Random

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from replay_cases import FAMILIES, LISTS, compare, random_case


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random = Random(options.seed)
    done = dict.fromkeys(product(FAMILIES, LISTS), 0)
    short = 0
    with tqdm(total=options.comparisons) as bar:
        for family, merges in cycle(done):
            case = random_case(random, family, merges)
            made = compare(case)
            done[family, merges] += made
            short += case.merges.is_regular
            bar.update(made)
            if bar.n >= options.comparisons:
                break
    for (family, merges), made in done.items():
        print(f"{family:12} {merges:14} {made:>9,}")
    print(f"{sum(done.values()):,} comparisons, no difference; {short:,} lists went the short way")


if __name__ == "__main__":
    main()
