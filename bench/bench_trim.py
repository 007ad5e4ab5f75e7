"""Trimming a model of XLM-R's size: ours against the package vocabtrimmer, from text to a checkpoint on the disk.

    python bench/bench_trim.py --shared ../shared/data [--data bench/data/trim] [--peer PYTHON] [--size 60000]

Both trim the same model (250,002 tokens, 278 million parameters) to the same size on the same 45 MB of text (`trim_texts.py`),
one after the other: `trim_ours.py` in the environment of this script, and `trim_peer.py` in the one that
`tools/make_trim_bench_env.sh` makes. `transformers` loads much that it finds installed: an environment for ours that has
`polyvocab[models]` alone is to the peer's as a user would have it. Memory is that of all processes of a run together. Then ours
on text in one language. The last line is the ratio of the whole.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import process_memory
import trim_texts

HERE = Path(__file__).parent
OUR_RUNS = 3  # of which the middle one counts; the peer, which takes minutes, runs once
# Our stages and the peer's that do the same work.
STAGES = {
    "imports": (("imports",), ("imports",)),
    "load model and tokenizer": (("load",), ("load", "open")),
    "mine": (("mine",), ("mine",)),
    "select": (("select",), ("select",)),
    "tokenizer rewrite": (("tokenizer",), ("tokenizer",)),
    "model, saved": (("model",), ("model", "save")),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, required=True, help="folder of tokenizers/, text/")
    parser.add_argument("--data", type=Path, default=HERE / "data" / "trim", help="cache of the text and the model")
    parser.add_argument("--peer", type=Path, help="the Python that has vocabtrimmer; made where it is missing")
    parser.add_argument("--size", type=int, default=60_000)
    args = parser.parse_args()
    peer = args.peer or _made_environment(args.data / "env")
    text = trim_texts.build(args.shared, args.data)
    model = args.data / "xlmr"
    if not model.is_dir():
        subprocess.run([peer, HERE / "trim_model.py", args.shared, model], check=True)
    one = trim_texts.one_language(args.shared, args.data)
    print(f"{text.stat().st_size / 1e6:.1f} MB of text; {one.name}: {one.stat().st_size / 1e6:.1f} MB", flush=True)
    runs = [_run(sys.executable, "trim_ours.py", model, text, args.data / "ours", args.size) for _ in range(OUR_RUNS)]
    ours = sorted(runs, key=lambda run: run["total"])[OUR_RUNS // 2]
    alone = _run(sys.executable, "trim_ours.py", model, one, args.data / "alone", args.size)
    theirs = _run(peer, "trim_peer.py", model, text, args.data / "theirs", args.size)
    print("| stage | polyvocab | vocabtrimmer | ratio |\n|---|---:|---:|---:|")
    for name, (mine, other) in STAGES.items():
        a, b = (sum(run["seconds"][part] for part in parts) for run, parts in ((ours, mine), (theirs, other)))
        print(f"| {name} | {a:.2f} s | {b:.2f} s | {b / a:.1f} |")
    print(f"| **whole** | {ours['total']:.2f} s | {theirs['total']:.2f} s | **{theirs['total'] / ours['total']:.1f}** |")
    print(f"| tokens kept | {ours['kept']:,} | {theirs['kept']:,} | |")
    print(f"| most memory | {ours['memory'] / 1e9:.2f} GB | {theirs['memory'] / 1e9:.2f} GB | |")
    print("all of our runs:", ", ".join(f"{run['total']:.2f} s" for run in runs))
    for run, what in ((ours, "the whole text"), (alone, "one language")):
        print(f"mining {what}: {run['mb'] / run['seconds']['mine']:.1f} MB/s")
    print(f"end to end ratio: {theirs['total'] / ours['total']:.1f}")


def _made_environment(folder: Path) -> Path:
    made = subprocess.run(
        [HERE.parent / "tools" / "make_trim_bench_env.sh", folder], check=True, capture_output=True, text=True
    )
    return Path(made.stdout.split()[-1])


def _run(python: Path | str, script: str, model: Path, text: Path, out: Path, size: int) -> dict:
    """One run; what it wrote is removed, and the model's file is read once before, so that both find it in memory."""
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run(["cat", model / "model.safetensors"], stdout=subprocess.DEVNULL, check=True)
    command = [python, HERE / script, "--model", model, "--text", text, "--out", out, "--size", str(size)]
    printed, memory = process_memory.run([str(part) for part in command])
    shutil.rmtree(out, ignore_errors=True)
    return {**json.loads(printed.strip().split("\n")[-1]), "memory": memory}


if __name__ == "__main__":
    main()
