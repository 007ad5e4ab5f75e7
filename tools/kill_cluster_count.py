"""Count a corpus with datatrove, the whole process group killed with SIGKILL at random moments and the run resumed; the added
counts must equal those of a single process, bit for bit. `--executor ray` runs on a local Ray instead, `--of pairs` counts
pairs through the merges of a tokenizer.

    python tools/kill_cluster_count.py --rounds 5
    python tools/kill_cluster_count.py --rounds 5 --of pairs
    python tools/kill_cluster_count.py --executor ray --rounds 1 --kills 0
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

SAMPLE = Path(__file__).parents[1] / "tests" / "data" / "sample"
FILES, TASKS, WORKERS, MERGES = 24, 12, 2, 1000


def make_corpus(folder: Path) -> None:
    """Files of lines with their language."""
    documents = []
    for path in sorted((SAMPLE / "text").glob("*.train.txt")):
        documents += [
            json.dumps({"text": line, "language": path.name[:3]}) for line in path.read_text("utf-8").split("\n") if line
        ]
    folder.mkdir()
    for i in range(FILES):
        (folder / f"{i:03d}.jsonl").write_text("\n".join(documents[i::FILES] * 8))


def tokenizer_for(folder: Path, of: str) -> str:
    """The path of a tokenizer; pairs are those of a list of merges, which the model of the sample has not."""
    if of == "tokens":
        return str(SAMPLE / "model")
    path = folder / "tokenizer.json"
    if not path.exists():
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers

        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=256 + MERGES, show_progress=False, initial_alphabet=alphabet)
        made.train([str(path) for path in sorted((SAMPLE / "text").glob("*.train.txt"))], trainer)
        made.save(str(path))
    return str(path)


def count_alone(folder: Path, of: str) -> None:
    """In one process, without datatrove."""
    from polyvocab import Tokenizer
    from polyvocab.counts import TokenCounting
    from polyvocab.mixture.count import PairCounting
    from polyvocab.mixture.store import PairStore

    tokenizer = tokenizer_for(folder, of)
    with (
        nullcontext(TokenCounting(tokenizer)) if of == "tokens" else PairCounting(Tokenizer.from_pretrained(tokenizer))
    ) as counting:
        for path in sorted((folder / "corpus").iterdir()):
            for line in path.read_text("utf-8").split("\n"):
                document = json.loads(line)
                counting.add(document["language"], document["text"])
        if of == "tokens":
            counting.finish().save(folder / "alone")
        else:
            PairStore.write(folder / "alone", counting.head, counting.finish("alone"))


def counts_of(path: Path, of: str) -> bytes:
    """What must be equal: all of a file but, of pairs, what the text is known by."""
    if of == "tokens":
        return path.read_bytes()
    from polyvocab.mixture.store import PairStore

    store = PairStore.open(path)
    same = PairStore.write(path.with_suffix(".same"), store.head, (replace(r, source="") for r in store.records()))
    return same.path.read_bytes()


def count_with_tasks(folder: Path, executor: str, of: str) -> None:
    """One run, or what is left of it: all tasks, then the sum."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.executor.ray import RayPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from polyvocab.integrations.datatrove import AddPairCounts, AddTokenCounts, CountPairs, CountTokens

    count, add = (CountTokens, AddTokenCounts) if of == "tokens" else (CountPairs, AddPairCounts)
    corpus, run = folder / "corpus", folder / "run"
    steps = [JsonlReader(str(corpus)), count(tokenizer_for(folder, of), str(run / "counts"), label_key="language")]
    inputs = map(str, sorted(corpus.iterdir()))
    adding = [add(str(run / "counts"), str(folder / "added"), tasks=TASKS, inputs=inputs)]
    options = {"tasks": TASKS, "workers": WORKERS, "logging_dir": str(run / "logs")}
    if executor == "ray":
        import ray

        ray.init(num_cpus=WORKERS, include_dashboard=False)
        RayPipelineExecutor(steps, mem_per_cpu_gb=0.5, **options).run()
        ray.shutdown()
    else:
        LocalPipelineExecutor(steps, **options).run()
    LocalPipelineExecutor(adding, tasks=1, logging_dir=str(run / "adding")).run()


def one_round(folder: Path, args: argparse.Namespace, draw: random.Random) -> int:
    """Kill until the run gets through; returns the number of kills."""
    command = [sys.executable, __file__, "--executor", args.executor, "--of", args.of, "--child", str(folder)]
    killed = 0
    while True:
        with open(folder / "log", "wb") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        limit = time.monotonic() + (draw.uniform(1.0, 9.0) if killed < args.kills else 600)
        while child.poll() is None and time.monotonic() < limit:
            time.sleep(0.01)
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            killed += 1
            if (folder / "added").exists():  # the kill came after the rename
                return killed
        elif child.returncode == 0:
            return killed
        else:
            raise SystemExit(f"failed after {killed} kills:\n{(folder / 'log').read_text()[-3000:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=4, help="at most, in a round")
    parser.add_argument("--executor", choices=("local", "ray"), default="local")
    parser.add_argument("--of", choices=("tokens", "pairs"), default="tokens")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child is not None:
        count_with_tasks(args.child, args.executor, args.of)
        return
    draw, total = random.Random(args.seed), 0
    for _ in range(args.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make_corpus(folder / "corpus")
            count_alone(folder, args.of)
            total += one_round(folder, args, draw)
            if counts_of(folder / "added", args.of) != counts_of(folder / "alone", args.of):
                raise SystemExit("the counts differ from those of a single process")
    run = f"{args.of}, {args.rounds} rounds of {TASKS} tasks ({args.executor}), {total} kills"
    print(f"{run}: equal to a single process, bit for bit")


if __name__ == "__main__":
    main()
