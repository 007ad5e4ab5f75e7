"""Counting the tokens of text files: ours against `tokenizers` (encode_batch and a Counter) and `sentencepiece`.

    python bench/bench_count.py TOKENIZER.json TEXT... [--model PIECES.model] [--threads 2] [--peer-mb 10]

Every library is a process of its own, one after the other, and reads the same lines: ours from the files, the others from a
list in memory. Loading is not timed. The others, which are slower, count the first `--peer-mb` MB of a mix in which the files
take turns; ours counts all, and that part too, where its counts must be those of `tokenizers`. `memory` is the peak of the
process, beyond what it had with its tokenizer loaded.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np


def ours(tokenizer: str, text: str, threads: int) -> tuple[float, str]:
    """(seconds, hash of the counts)."""
    from polyvocab import Tokenizer, count_tokens

    loaded = Tokenizer.from_pretrained(tokenizer)
    settle()
    began = time.perf_counter()
    counts = count_tokens(loaded, {"text": text}, threads=threads).counts["text"]
    return time.perf_counter() - began, _hash(counts)


def our_words(tokenizer: str, text: str, threads: int) -> tuple[float, str]:
    """The same through counted words."""
    from polyvocab import TokenCounts, Tokenizer, count_words

    loaded = Tokenizer.from_pretrained(tokenizer)
    settle()
    began = time.perf_counter()
    words = count_words(loaded, text, threads=threads)
    counts = TokenCounts.of({"text": words}, loaded, threads=threads).counts["text"]
    return time.perf_counter() - began, _hash(counts)


def tokenizers(tokenizer: str, text: str, threads: int) -> tuple[float, str]:
    os.environ["RAYON_NUM_THREADS"] = str(threads)
    from tokenizers import Tokenizer

    loaded, lines = Tokenizer.from_file(tokenizer), Path(text).read_text("utf-8").split("\n")
    settle()
    began = time.perf_counter()
    found: Counter[int] = Counter()
    for start in range(0, len(lines), 1000):
        for encoding in loaded.encode_batch(lines[start : start + 1000], add_special_tokens=False):
            found.update(encoding.ids)
    seconds = time.perf_counter() - began
    counts = np.zeros(max(loaded.get_vocab().values()) + 1, np.uint64)
    counts[list(found)] = list(found.values())
    return seconds, _hash(counts)


def sentencepiece(model: str, text: str, threads: int) -> tuple[float, str]:
    from sentencepiece import SentencePieceProcessor

    loaded, lines = SentencePieceProcessor(model_file=model), Path(text).read_text("utf-8").split("\n")
    settle()
    began = time.perf_counter()
    found: Counter[int] = Counter()
    for start in range(0, len(lines), 1000):
        for ids in loaded.encode(lines[start : start + 1000], num_threads=threads):
            found.update(ids)
    return time.perf_counter() - began, ""


LIBRARIES = {f.__name__: f for f in (ours, our_words, tokenizers, sentencepiece)}
_before, _cpu_before = 0, 0.0


def settle() -> None:
    """What comes from here on is counting."""
    global _before, _cpu_before
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak
    _before, _cpu_before = memory("VmRSS"), time.process_time()


def memory(which: str) -> int:
    """Bytes, as Linux says them of this process; VmHWM is the peak."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(which))
    return int(line.split()[1]) << 10


def _hash(counts: np.ndarray) -> str:
    return hashlib.sha256(counts.astype("<u8").tobytes()).hexdigest()


def _measured(library: str, tokenizer: str, text: Path, threads: int, rounds: int) -> dict:
    """The best of several processes."""
    command = [sys.executable, __file__, "--child", library, tokenizer, str(text), "--threads", str(threads)]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(rounds)]
    best = min(runs, key=lambda run: run["seconds"])
    size = text.stat().st_size / 1e6
    speed, used = size / best["seconds"], best["memory"] / 1e6
    print(f"{library:14} {size:7.1f} MB {best['seconds']:8.2f} s, CPU {best['cpu']:6.2f} s {speed:8.1f} MB/s {used:7.0f} MB")
    return {**best, "speed": size / best["seconds"]}


def _mixed(files: list[Path], folder: Path, peer_bytes: int) -> tuple[Path, Path]:
    """All lines, the files in turns, and a first part of them."""
    everything = [path.read_text("utf-8").split("\n") for path in files]
    lines = [line for turn in itertools.zip_longest(*everything, fillvalue="") for line in turn if line]
    whole, part = folder / "whole.txt", folder / "part.txt"
    whole.write_text("\n".join(lines), "utf-8")
    sizes = np.cumsum([len(line.encode()) + 1 for line in lines])
    part.write_text("\n".join(lines[: max(1, int(np.searchsorted(sizes, peer_bytes)))]), "utf-8")
    return whole, part


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tokenizer")
    parser.add_argument("text", nargs="+", type=Path)
    parser.add_argument("--model", help="the same vocabulary for sentencepiece")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer-mb", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        seconds, counts = LIBRARIES[args.child](args.tokenizer, str(args.text[0]), args.threads)
        used = {"cpu": time.process_time() - _cpu_before, "memory": memory("VmHWM") - _before}
        print(json.dumps({"seconds": seconds, "counts": counts, **used}))
        return
    with tempfile.TemporaryDirectory() as folder:
        whole, part = _mixed(args.text, Path(folder), int(args.peer_mb * 1e6))
        mine = _measured("ours", args.tokenizer, whole, args.threads, args.rounds)
        through_words = _measured("our_words", args.tokenizer, whole, args.threads, args.rounds)
        on_part = _measured("ours", args.tokenizer, part, args.threads, 1)
        original = _measured("tokenizers", args.tokenizer, part, args.threads, 1)
        if mine["counts"] != through_words["counts"] or on_part["counts"] != original["counts"]:
            raise SystemExit("the counts differ")
        if args.model:
            pieces = _measured("sentencepiece", args.model, part, args.threads, 1)
            print(f"ratio to sentencepiece: {mine['speed'] / pieces['speed']:.1f}")
        print(f"ratio to tokenizers: {mine['speed'] / original['speed']:.1f}")


if __name__ == "__main__":
    main()
