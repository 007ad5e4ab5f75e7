"""Counting more words than fit: what memory is taken beyond the loaded tokenizer, under a limit.

    python bench/bench_count_limit.py TOKENIZER TEXT [--megabytes 1000] [--limit-mb 128] [--threads 2]

The text is repeated, with another number behind every 50th word each time (`bench_stream.stream`) and a line end behind every
2,000 bytes, until the size is reached; it lies in a temporary file. `memory` is the peak of the process while it counts, beyond
what it had before. The counts under the limit must be those without one.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from bench_count import memory, settle
from bench_stream import stream
from polyvocab import Tokenizer, count_tokens, count_words

LINE = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tokenizer")
    parser.add_argument("text", type=Path)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--limit-mb", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    tokenizer = Tokenizer.from_pretrained(args.tokenizer)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        _write(path, args.text.read_bytes().replace(b"\n", b" "), args.megabytes * 1_000_000)
        options = {"threads": args.threads, "memory_limit": args.limit_mb * 1_000_000}
        tokens = _measured("tokens", path, lambda: count_tokens(tokenizer, {"text": [path]}, **options)).counts["text"]
        words = _measured("words", path, lambda: count_words(tokenizer, [path], **options))
        print(f"different words: {len(words.words):,}, {len(words.words.data) / 1e6:.0f} MB of text")
        del words
        free = count_tokens(tokenizer, {"text": [path]}, threads=args.threads, memory_limit=8 << 30).counts["text"]
        print("equal to the counts without a limit:", bool(np.array_equal(tokens, free)))


def _write(path: Path, text: bytes, size: int) -> None:
    with open(path, "wb") as file:
        line = 0
        for part in stream(text, size):
            file.write(part)
            line += len(part)
            if line >= LINE:
                file.write(b"\n")
                line = 0


def _measured(what: str, path: Path, function):
    settle()
    before, began, cpu = memory("VmRSS"), time.perf_counter(), time.process_time()
    result = function()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    size = path.stat().st_size / 1e6
    peak = (memory("VmHWM") - before) / 1e6
    print(f"{what:8} {size:,.0f} MB in {seconds:.1f} s, CPU {cpu:.1f} s, {size / seconds:.1f} MB/s, memory {peak:.0f} MB")
    return result


if __name__ == "__main__":
    main()
