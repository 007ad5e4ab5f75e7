"""Romanizing text: ours against the Python API of `uroman` 1.3.1.1, uncached, in one process and one thread.

    python bench/bench_romanize.py [--texts ../shared/data/text] [--peer-kb 100]

MB of input (UTF-8) per second of CPU time, line by line, loading not counted. Ours romanizes the whole text, each time with a
new `Romanizer`, so that nothing is known from the time before; the median of several times counts. `uroman` romanizes the first
`--peer-kb` kB, once, and its lines are compared with ours. The second table joins the lines and cuts them anew. The last line
is the least ratio.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from pathlib import Path

import uroman
from polyvocab.romanize import Romanizer

TEXTS = (
    *("amh_Ethi", "arb_Arab", "ben_Beng", "ell_Grek", "guj_Gujr", "heb_Hebr", "hin_Deva", "hye_Armn", "jpn_Jpan", "kan_Knda"),
    *("kat_Geor", "kaz_Cyrl", "kor_Hang", "mal_Mlym", "mya_Mymr", "rus_Cyrl", "tam_Taml", "tel_Telu", "tha_Thai", "uig_Arab"),
    "zho_Hans",
)
LENGTHS = (100, 1_000, 10_000, 100_000)
OF_ALL_LENGTHS = ("arb_Arab", "hin_Deva", "rus_Cyrl", "tha_Thai", "zho_Hans")
TIMES = 9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data" / "text")
    parser.add_argument("--peer-kb", type=float, default=100)
    arguments = parser.parse_args()
    texts = {name: (arguments.texts / f"{name}.ntrex.txt").read_text("utf-8").split("\n") for name in TEXTS}
    peer = uroman.Uroman()
    Romanizer()("")  # the tables are loaded with the first one
    print(f"| text | MB | polyvocab MB/s | uroman, first {arguments.peer_kb:g} kB | ratio | lines that differ |")
    print("|---|---:|---:|---:|---:|---:|")
    ratios = {}
    for name, lines in texts.items():
        own, first = ours(lines), head(lines, arguments.peer_kb * 1000)
        theirs, romanized = peer_speed(peer, first)
        ratios[name] = own / theirs
        differ = sum(a != b for a, b in zip(Romanizer().batch(first, threads=1), romanized, strict=True))
        print(f"| {name} | {size(lines) / 1e6:.2f} | {own:.1f} | {theirs:.4f} | {ratios[name]:.0f} | {differ} |", flush=True)
    print(f"\n| MB/s, lines of | {' | '.join(f'{length:,}' for length in LENGTHS)} | least / largest |")
    print("|---|" + "---:|" * (len(LENGTHS) + 1))
    for name in OF_ALL_LENGTHS:
        speeds = [ours(cut(texts[name], length)) for length in LENGTHS]
        print(f"| {name} | {' | '.join(f'{speed:.1f}' for speed in speeds)} | {min(speeds) / max(speeds):.2f} |")
    least = min(ratios, key=ratios.__getitem__)
    print(f"\nleast: {least}\nratio: {ratios[least]:.0f}")


def ours(lines: list[str]) -> float:
    """MB/s of the median of several times."""
    seconds = []
    for _ in range(TIMES):
        romanizer = Romanizer()
        gc.collect()
        began = time.process_time()
        romanizer.batch(lines, threads=1)
        seconds.append(time.process_time() - began)
    return size(lines) / statistics.median(seconds) / 1e6


def peer_speed(peer: uroman.Uroman, lines: list[str]) -> tuple[float, list[str]]:
    """MB/s, and the lines romanized."""
    gc.collect()
    began = time.process_time()
    romanized = [peer.romanize_string(line) for line in lines]
    return size(lines) / (time.process_time() - began) / 1e6, romanized


def size(lines: list[str]) -> int:
    return sum(len(line.encode()) for line in lines)


def head(lines: list[str], count: float) -> list[str]:
    """The first lines, up to so many bytes."""
    kept, found = [], 0
    for line in lines:
        found += len(line.encode())
        if kept and found > count:
            break
        kept.append(line)
    return kept


def cut(lines: list[str], length: int) -> list[str]:
    """The text in lines of so many characters, again from the start where it is too short for some of them."""
    text = " ".join(lines)
    text *= -(-4 * length // len(text))
    return [text[i : i + length] for i in range(0, len(text) - length + 1, length)]


if __name__ == "__main__":
    main()
