"""How long TransMI takes on a tokenizer, romanization and writing of the files included; best of some rounds.

python bench/bench_transmi.py ../shared/data/tokenizers/xlm-roberta [--rounds 3]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from polyvocab import TokenizerFiles, transmi

ARMS = {"max": {}, "average": {"mode": "average"}, "max, routed": {"routed": True}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tokenizer", type=Path, nargs="+", help="a directory")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    print("| tokenizer | tokens | mode | new tokens | seconds |\n|---|---:|---|---:|---:|")
    for path in args.tokenizer:
        files = TokenizerFiles.from_directory(path)
        for name, options in ARMS.items():
            seconds = []
            for _ in range(args.rounds):
                begin = time.perf_counter()
                transfer = transmi(files, **options)
                seconds.append(time.perf_counter() - begin)
            new = len(transfer.target.vocabulary) - len(files.vocabulary)
            print(f"| {path.name} | {len(files.vocabulary):,} | {name} | {new:,} | {min(seconds):.2f} |", flush=True)


if __name__ == "__main__":
    main()
