"""Kill `adapt` and `apply_to_checkpoint` with SIGKILL at random moments, many times; every output must be whole or absent,
and the same command must finish the work.

    python tools/kill_many.py --rounds 30
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLE = Path(__file__).parents[1] / "tests" / "data" / "sample"


def commands(folder: Path) -> dict[str, list[str]]:
    """The two jobs, each on the embedded sample. `apply` writes what `initialize` made before."""
    polyvocab = [sys.executable, "-m", "polyvocab"]
    model, text = str(SAMPLE / "model"), str(SAMPLE / "text" / "swh_Latn.heldout.txt")
    transfer = str(folder / "transfer")
    subprocess.run(
        [*polyvocab, "initialize", model, model, "-o", transfer, "--method", "random"], check=True, stdout=subprocess.DEVNULL
    )
    settings = (
        "--vocab-size 400 --method subword_mean --steps 6 --batch 4 --block 64 --save-every 2 --eval-spans 20 "
        "--context-bytes 256 --quiet"
    )
    return {
        "apply": [*polyvocab, "apply", transfer, model],
        "adapt": [*polyvocab, "adapt", model, "--corpus", text, *settings.split()],
    }


def one_round(name: str, command: list[str], out: Path, draw: random.Random) -> int:
    """Kill until the job gets through; returns the number of kills."""
    full = [*command, *(["--out"] if name == "adapt" else []), str(out)]
    kills = 0
    while not out.exists():
        child = subprocess.Popen(full, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
        limit = draw.uniform(1.0, 6.0 if name == "apply" else 15.0) if kills < 4 else 600
        begin = time.monotonic()
        while child.poll() is None and time.monotonic() - begin < limit:
            time.sleep(0.01)
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            kills += 1
            child.communicate()
        elif child.returncode != 0:
            raise SystemExit(f"{name} failed after {kills} kills: {child.stderr.read()}")
        else:
            child.communicate()
    left = [p.name for p in out.parent.iterdir() if p.name.startswith(".") or p.name.endswith(".work")]
    check = (
        "from transformers import AutoModel, AutoTokenizer; import sys; AutoModel.from_pretrained(sys.argv[1]);"
        "AutoTokenizer.from_pretrained(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", check, str(out)], check=True, capture_output=True)
    if left:
        raise SystemExit(f"{name}: left {left}")
    return kills


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    draw = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        jobs = commands(Path(folder))
        total = {name: 0 for name in jobs}
        for number in range(args.rounds):
            for name, command in jobs.items():
                total[name] += one_round(name, command, Path(folder) / f"{name}-{number}", draw)
    print(f"{args.rounds} rounds: every output whole; kills: {total}")


if __name__ == "__main__":
    main()
