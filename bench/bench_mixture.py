"""Mixture inference: replay against the reference's algorithm, speed of counting, time of the linear program, memory.

    python bench/mixture_texts.py DATA
    python bench/bench_mixture.py DATA [--tokenizers ../shared/data/tokenizers] [--only replay counting lp memory]

replay    the words of `--peer-mb` MB of program sources through GPT-2's first 30,000 merges: ours and the reference's
          algorithm, compiled (`mixture_peer.cpp`), on the same words; their counts must be equal. The reference itself took
          85 s for 10 MB of such text on two cores.
counting  words counted and replayed through all of cl100k's merges, from text files, per second of both together.
lp        the mixture of 10 languages from the first 3,000 merges of a tokenizer trained on them.
memory    the peak of a process that counts and keeps 100 categories for cl100k.

Each part is a process of its own. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace as replaced
from pathlib import Path

import mixture_compose as mixtures
import mixture_peer
import mixture_trainers
import numpy as np
from polyvocab import Tokenizer, count_words
from polyvocab.mixture.count import count_pairs
from polyvocab.mixture.events import MergeSteps, PairEvents
from polyvocab.mixture.merge_list import MergeList
from polyvocab.mixture.replay import replay

MERGES = 30_000
GPT2, LARGE = "gpt2/tokenizer.json", "cl100k_base/cl100k_base.tiktoken"


def timed(rounds: int, function, *args, **kwargs) -> tuple[float, object]:
    """The best of some rounds: (seconds, what came)."""
    best, result = float("inf"), None
    for _ in range(rounds):
        began = time.perf_counter()
        result = function(*args, **kwargs)
        best = min(best, time.perf_counter() - began)
    return best, result


def measure_replay(data: Path, tokenizers: Path, threads: int, rounds: int, peer_mb: float) -> None:
    tokenizer = Tokenizer.from_pretrained(str(tokenizers / GPT2))
    whole = MergeList.of(tokenizer.definition)
    left, right, merged = (getattr(whole.steps, name)[:MERGES] for name in ("left", "right", "merged"))
    merges = replaced(whole, steps=MergeSteps(left, right, merged))
    categories = mixtures.categories_of(data, ["code"], 1)
    text = [d for c in categories for d in mixtures.sample_of(data, c, int(peer_mb * 1e6 / len(categories)))]
    size = sum(len(document.encode()) for document in text) / 1e6
    words = count_words(tokenizer, text, threads=threads)
    print(f"{size:.1f} MB of code, {len(words.words)} words, {MERGES} merges")
    seconds = {}
    for used in (1, threads):
        seconds[used], events = timed(rounds, replay, words, merges, threads=used)
        print(f"ours, {used} threads: {seconds[used]:.3f} s, {size / seconds[used]:.1f} MB/s, {len(events)} changes")
    spelled = {bytes(string): i for i, string in enumerate(merges.texts)}
    by_byte = np.array([spelled[bytes([byte])] for byte in range(256)], np.uint32)
    symbols = by_byte[np.frombuffer(words.words.data, np.uint8)]
    with tempfile.TemporaryDirectory() as folder:
        library = mixture_peer.build(Path(folder))
        arrays = (symbols, words.words.offsets, words.totals, np.stack([left, right, merged], axis=1))
        took, peer = timed(1, mixture_peer.Peer, library, *arrays)
    print(f"the reference's algorithm, 1 thread: {took:.1f} s, {size / took:.3f} MB/s, {peer.pairs} pairs met")
    if not np.array_equal(_sorted(peer.differences()), _sorted(_differences(events))):
        raise SystemExit("the counts differ")
    print(f"the counts are equal\nreplay ratio: {took / seconds[threads]:.0f}")
    print(f"replay ratio on one thread: {took / seconds[1]:.0f}")


def _differences(events: PairEvents) -> np.ndarray:
    """As the twin gives them: state, left, right and the count from then on."""
    total = np.cumsum(events.change)
    begin = np.repeat(events.indptr[:-1], np.diff(events.indptr))
    counts = total - (total[begin] - events.change[begin])
    pairs = np.repeat(events.pairs, np.diff(events.indptr), axis=0)
    return np.column_stack([events.state, pairs, counts]).astype(np.int64)


def _sorted(rows: np.ndarray) -> np.ndarray:
    return rows[np.lexsort(rows.T[::-1])]


def measure_counting(data: Path, tokenizers: Path, threads: int, rounds: int) -> None:
    tokenizer = Tokenizer.from_pretrained(str(tokenizers / LARGE))
    merges = MergeList.of(tokenizer.definition)
    with tempfile.TemporaryDirectory() as folder:
        for group in ("code", "help"):
            path = Path(folder) / f"{group}.txt"
            with path.open("w", encoding="utf-8", newline="") as file:
                for category in mixtures.categories_of(data, [group], 1):
                    for part in ("train", "sample"):
                        file.writelines(f"{d}\n" for d in mixtures.documents_of(data, category, part))
            size = path.stat().st_size / 1e6
            counting, words = timed(rounds, count_words, tokenizer, path, threads=threads)
            replaying, events = timed(rounds, replay, words, merges, threads=threads)
            print(
                f"{group}: {size:.1f} MB, {len(words.words)} words, {len(merges)} merges, {len(events)} changes; counting "
                f"{counting:.2f} s, replay {replaying:.2f} s ({size / replaying:.0f} MB/s), "
                f"both {size / (counting + replaying):.1f} MB/s on {threads} threads"
            )


def measure_lp(data: Path, tokenizers: Path, threads: int, rounds: int) -> None:
    from polyvocab.mixture.lp import solve_lp

    rng = random.Random("lp")
    chosen = rng.sample(mixtures.categories_of(data, ["help"], 1_000_000), 10)
    mixture = mixtures.compose(data, dict(zip(chosen, mixtures.random_shares(10, rng), strict=True)), 20_000_000, rng)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "tokenizer.json"
        mixture_trainers.train_bpe(mixture.documents, 10_000, target)
        tokenizer = Tokenizer.from_pretrained(str(target))
    samples = {category: mixtures.sample_of(data, category, 3_000_000) for category in chosen}
    counts = count_pairs(tokenizer, samples, threads=threads)
    problem = counts.problem(last=3000)
    for steps in (1000, 3000):
        seconds, solution = timed(rounds, solve_lp, problem, steps=steps, threads=threads)
        print(f"lp, 10 languages, {steps} merges: {seconds:.2f} s, {solution.rounds} rounds, gap {solution.gap:.1e}")


def measure_memory(data: Path, tokenizers: Path, threads: int, rounds: int) -> None:
    tokenizer = Tokenizer.from_pretrained(str(tokenizers / LARGE))
    groups = ("help", "code", "text")
    categories = sorted(mixtures.categories_of(data, groups, 1), key=lambda c: (data / c / "train.jsonl").stat().st_size)[-100:]
    files = {category: [data / category / f"{part}.jsonl" for part in ("train", "sample")] for category in categories}
    before = _memory("VmRSS")
    seconds, counts = timed(1, count_pairs, tokenizer, files, threads=threads)
    size = counts.bytes.sum() / 1e6
    _, problem = timed(1, counts.problem, last=30_000)
    print(
        f"{len(categories)} categories, {size:.0f} MB: {seconds:.1f} s with 10 blocks each, {len(counts.events)} changes, "
        f"{len(problem.events)} of them in the first 30,000 states without blocks; memory: {_memory('VmHWM') / 1e9:.2f} GB at "
        f"most, {before / 1e9:.2f} GB of them before"
    )


def _memory(which: str) -> int:
    """Bytes, as Linux says them of this process; VmHWM is the peak."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(which))
    return int(line.split()[1]) << 10


PARTS = {"replay": measure_replay, "counting": measure_counting, "lp": measure_lp, "memory": measure_memory}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tokenizers", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "tokenizers")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--peer-mb", type=float, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=list(PARTS), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        more = {"peer_mb": args.peer_mb} if args.child == "replay" else {}
        PARTS[args.child](args.data, args.tokenizers, args.threads, args.rounds, **more)
        return
    for part in args.only:
        print(f"--- {part}", flush=True)
        subprocess.run([sys.executable, *sys.argv, "--child", part], check=True)


if __name__ == "__main__":
    main()
