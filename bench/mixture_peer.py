"""The compiled twin of the reference's replay (`mixture_peer.cpp`): built here, called through ctypes.

    python bench/mixture_peer.py [--trials 300]

checks its counts against recounting all words after each merge, on random words and merges.
"""

from __future__ import annotations

import argparse
import ctypes
import random
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

_SOURCE = Path(__file__).with_suffix(".cpp")


def build(folder: Path) -> ctypes.CDLL:
    """Compile and load."""
    target = folder / "mixture_peer.so"
    flags = ["-O3", "-march=native", "-std=c++20", "-shared", "-fPIC"]
    subprocess.run(["g++", *flags, "-o", target, _SOURCE], check=True)
    library = ctypes.CDLL(str(target))
    library.peer_replay.restype = ctypes.c_void_p
    library.peer_differences.restype = library.peer_pairs.restype = ctypes.c_uint64
    return library


class Peer:
    """A replay that is done; its counts are read from it."""

    def __init__(self, library: ctypes.CDLL, symbols: np.ndarray, offsets: np.ndarray, counts: np.ndarray, merges: np.ndarray):
        """Word i is `symbols[offsets[i] : offsets[i + 1]]`, `counts[i]` times; `merges` [steps, 3]: left, right, merged."""
        arrays = [np.ascontiguousarray(a, t) for a, t in ((symbols, "u4"), (offsets, "u8"), (counts, "i8"), (merges, "u4"))]
        s, o, c, m = (a.ctypes.data_as(ctypes.c_void_p) for a in arrays)
        words, steps = ctypes.c_uint64(len(counts)), ctypes.c_uint64(len(merges))
        self._library = library
        self._replay = ctypes.c_void_p(library.peer_replay(s, o, c, words, m, steps))
        self.pairs = library.peer_pairs(self._replay)

    def differences(self) -> np.ndarray:
        """int64 [differences, 4]: state, left, right and the count from that state on."""
        rows = np.empty((self._library.peer_differences(self._replay), 4), np.int64)
        self._library.peer_read(self._replay, rows.ctypes.data_as(ctypes.c_void_p))
        return rows

    def __del__(self) -> None:
        self._library.peer_free(self._replay)


def recounted(words: list[list[int]], counts: list[int], merges: list[tuple[int, int, int]]) -> list[Counter]:
    """The counts of all pairs in each state, counted anew."""
    words = [list(word) for word in words]
    found = [_counted(words, counts)]
    for left, right, merged in merges:
        for word in words:
            i = 0
            while i + 1 < len(word):
                if (word[i], word[i + 1]) == (left, right):
                    word[i : i + 2] = [merged]
                i += 1
        found.append(_counted(words, counts))
    return found


def _counted(words: list[list[int]], counts: list[int]) -> Counter:
    found: Counter = Counter()
    for word, count in zip(words, counts, strict=True):
        for pair in zip(word, word[1:], strict=False):
            found[pair] += count
    return found


def _check(library: ctypes.CDLL, seed: int) -> int:
    """Compare on random words; how many counts were compared."""
    random.seed(seed)
    symbols = random.randint(1, 4)
    words = [[random.randrange(symbols) for _ in range(random.randint(1, 12))] for _ in range(random.randint(1, 30))]
    counts = [random.randint(1, 9) for _ in words]
    merges, known = [], list(range(symbols))
    for _ in range(random.randint(1, 25)):
        pair = random.choice(known), random.choice(known)
        if pair not in [m[:2] for m in merges]:
            merges.append((*pair, len(known)))
            known.append(len(known))
    flat = np.array([s for word in words for s in word])
    peer = Peer(library, flat, np.cumsum([0, *map(len, words)]), np.array(counts), np.array(merges))
    state: Counter = Counter()
    rows = iter(peer.differences().tolist())
    row, compared = next(rows, None), 0
    for t, wanted in enumerate(recounted(words, counts, merges)):
        while row is not None and row[0] == t:
            state[row[1], row[2]] = row[3]
            row = next(rows, None)
        found = {pair: count for pair, count in state.items() if count}
        if found != {pair: count for pair, count in wanted.items() if count}:
            raise SystemExit(f"seed {seed}, state {t}: {found} instead of {dict(wanted)}")
        compared += len(found)
    return compared


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=300)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = build(Path(folder))
        print(f"{sum(_check(library, seed) for seed in range(args.trials))} counts compared, no difference")


if __name__ == "__main__":
    main()
