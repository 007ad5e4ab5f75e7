"""Corpora larger than memory, and words as long as a corpus: is the time linear, and is the memory bounded?

    python bench/bench_stream.py                                          10 GB of text, words of 100 MB
    python bench/bench_stream.py --stream-mb 1000 --word-mb 100 --tokenizers gpt2,focus-sw
    python bench/bench_stream.py --text some.txt --parts words

*stream*: text is repeated through a pipe into `Tokenizer.encode_file`, each time with another number behind every word whose
place is a multiple of 50, so that the words are never all known; nothing of the input lies on the disk, and the ids are removed
afterwards. The speed at each quarter is what the pipe took for each second of CPU time, of all threads together.

*words*: one document without a space: `a` repeated, random letters, and Chinese characters in random order. A document is
encoded in one call, so a quarter is a document of that length: a linear time shows as an equal speed. It is the CPU time.

Every measurement is a process of its own; `peak` is the highest resident memory of that process, and `loaded` what it held
before the first text.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from encode_tables import table

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"

# One of each model; how they are opened.
TOKENIZERS = {
    "gpt2": ("gpt2/tokenizer.json", {}),  # BPE of bytes
    "cl100k": ("cl100k_base/cl100k_base.tiktoken", {}),  # ranks
    "focus-sw": ("focus-sw-xlmr-unigram-50k/tokenizer.json", {}),  # Unigram of tokenizers
    "t5": ("t5/spiece.model", {}),  # Unigram of SentencePiece
    "llama2": ("llama2/tokenizer.model", {}),  # BPE of SentencePiece
    "bert": ("bert-base-uncased/vocab.txt", {"lowercase": True}),  # WordPiece
}
QUARTERS = 4
PIECE = 1 << 20


def stream(text: bytes, size: int) -> Iterator[bytes]:
    """Lines of the text again and again, with numbers that change, until `size` bytes are reached."""
    words = text.split(b" ")
    done, n = 0, 0
    while done < size:
        for at in range(0, len(words), 50):
            part = b" ".join(words[at : at + 50]) + b"%d " % n
            n += 1
            yield part
            done += len(part)
            if done >= size:
                return


def pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    held, size = [], 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def word(kind: str, size: int) -> bytes:
    draw = random.Random(7)
    if kind == "aaaa":
        return b"a" * size
    if kind == "letters":
        return "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=size)).encode()
    return "".join(map(chr, draw.choices(range(0x4E00, 0x9FA6), k=size // 3))).encode()


def cpu_seconds(process: int) -> float:
    """Of all threads of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def feed(pipe: Path, text: bytes, size: int, reader: int, clock: list[float]) -> None:
    """Write into the pipe, and note the reader's CPU time at each quarter."""
    done = 0
    with open(pipe, "wb", buffering=0) as file:
        clock.append(cpu_seconds(reader))
        for piece in pieces(stream(text, size)):
            file.write(piece)
            done += len(piece)
            while len(clock) <= QUARTERS and done >= size * len(clock) // QUARTERS:
                clock.append(cpu_seconds(reader))


def memory(field: str) -> float:
    """VmRSS or VmHWM of this process, MB."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(field))
    return int(line.split()[1]) * 1024 / 1e6


def work(job: dict) -> None:
    """In the process of a measurement: load, encode what the pipe or the file holds, print the result."""
    from polyvocab import Tokenizer

    path, options = TOKENIZERS[job["tokenizer"]]
    tokenizer = Tokenizer.from_pretrained(Path(job["shared"]) / "tokenizers" / path, **options)
    tokenizer.encode("Hello, world! 12")
    loaded = memory("VmRSS")
    began = time.process_time()
    made = tokenizer.encode_file(job["input"], job["out"], threads=job["threads"])
    result = {"cpu": time.process_time() - began, "loaded": loaded, "peak": memory("VmHWM")}
    print(json.dumps({**result, "bytes": made.header.bytes, "ids": made.header.ids}))


def measured(tokenizer: str, source: Path, out: Path, options: argparse.Namespace) -> subprocess.Popen:
    job = {"tokenizer": tokenizer, "input": str(source), "out": str(out), "threads": options.threads}
    job["shared"] = str(options.shared)
    command = [sys.executable, __file__, "--job", json.dumps(job)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finished(child: subprocess.Popen) -> dict:
    shown = child.communicate()[0]
    if child.returncode:
        raise SystemExit(f"a measurement failed with exit code {child.returncode}")
    return json.loads(shown)


def measure_stream(tokenizer: str, options: argparse.Namespace) -> list[str]:
    text, size = options.text.read_bytes(), options.stream_mb * 1_000_000
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        pipe = Path(folder) / "pipe.txt"
        os.mkfifo(pipe)
        clock: list[float] = []
        child = measured(tokenizer, pipe, Path(folder) / "out", options)
        feeder = threading.Thread(target=feed, args=(pipe, text, size, child.pid, clock))
        feeder.start()
        result = finished(child)
        feeder.join()
    rates = [size / QUARTERS / (after - before) / 1e6 for before, after in zip(clock, clock[1:], strict=False)]
    return [tokenizer, "stream", str(options.stream_mb), *(f"{rate:.1f}" for rate in rates), *_memory(result)]


def measure_word(tokenizer: str, kind: str, options: argparse.Namespace) -> list[str]:
    size = options.word_mb * 1_000_000
    rates = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        source = Path(folder) / "word.txt"
        whole = word(kind, size)
        for quarter in range(1, QUARTERS + 1):
            source.write_bytes(whole[: size * quarter // QUARTERS // 12 * 12])
            result = finished(measured(tokenizer, source, Path(folder) / f"out{quarter}", options))
            rates.append(f"{result['bytes'] / result['cpu'] / 1e6:.1f}")
    return [tokenizer, kind, str(options.word_mb), *rates, *_memory(result)]


def _memory(result: dict) -> list[str]:
    return [f"{result['bytes'] / result['ids']:.2f}", f"{result['loaded']:.0f}", f"{result['peak']:.0f}"]


def names(value: str) -> list[str]:
    return value.split(",")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenizers", type=names, default=list(TOKENIZERS))
    parser.add_argument("--parts", type=names, default=["stream", "words"])
    parser.add_argument("--words", type=names, default=["aaaa", "letters", "chinese"])
    parser.add_argument("--stream-mb", type=int, default=10_000)
    parser.add_argument("--word-mb", type=int, default=100)
    parser.add_argument("--text", type=Path, default=None, help="what is repeated; war and peace of the data folder")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--folder", type=Path, default=None, help="where the ids lie for a while")
    parser.add_argument("--job", type=json.loads, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        work(options.job)
        return
    options.text = options.text or options.shared / "text" / "eng_Latn.warandpeace.txt"
    rates = [f"MB/s {quarter}/{QUARTERS}" for quarter in range(1, QUARTERS + 1)]
    head = ["tokenizer", "text", "MB", *rates, "bytes/id", "loaded MB", "peak MB"]
    lines = []
    for name in options.tokenizers:
        if "stream" in options.parts:
            lines.append(measure_stream(name, options))
            print(lines[-1], file=sys.stderr, flush=True)
        for kind in options.words if "words" in options.parts else ():
            lines.append(measure_word(name, kind, options))
            print(lines[-1], file=sys.stderr, flush=True)
    print(table(head, lines))


if __name__ == "__main__":
    main()
