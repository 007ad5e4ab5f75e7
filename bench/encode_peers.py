"""What the tokenizer benchmarks share: the environments of the libraries, jobs for `encode_worker.py`, and options."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from encode_libraries import LIBRARIES
from encode_tokenizers import TOKENIZERS, describe, tokenizer_files

ROOT = Path(__file__).parents[1]
REFERENCE = "tokenizers-0.23.3"
# By kind of file: how the name of the environment begins whose library defines what such a file means.
OWN_REFERENCE = {"json": REFERENCE, "model": "sentencepiece-", "tiktoken": "tiktoken-"}


class Peer(NamedTuple):
    """A library in its environment, loading one kind of file."""

    name: str  # the name of the environment: distribution and version
    library: str  # the distribution
    python: str
    kind: str

    @property
    def label(self) -> str:
        if self.library == "polyvocab":
            return "**polyvocab**" if self.kind == "json" else f"**polyvocab** from .{self.kind}"
        return self.name.replace(f"{self.library}-", f"{self.library} ")


def find_peers(folder: Path, python: str) -> list[Peer]:
    """Ours first, then every complete environment under the folder, once for each kind of file that it is measured with."""
    environments = [("polyvocab", "polyvocab", python)]
    for mark in sorted(folder.glob("*/.complete")):
        name = mark.parent.name
        environments.append((name, name.rpartition("-")[0], str(mark.parent.absolute() / "bin" / "python")))
    if len(environments) == 1:
        raise SystemExit(f"no environment under {folder}: run tools/make_bench_env.sh first")
    return [
        Peer(name, library, executable, kind)
        for name, library, executable in environments
        if library in LIBRARIES
        for kind in LIBRARIES[library][1]
    ]


def reference_for(kind: str, peers: list[Peer]) -> Peer | None:
    """The library that a kind of file was made for, where it is installed."""
    return next((peer for peer in peers if peer.kind == kind and peer.name.startswith(OWN_REFERENCE[kind])), None)


def run_job(peer: Peer, **job) -> dict:
    """Run one job in a new process of the peer's environment. Whatever goes wrong there is a result with `failed`."""
    threads = str(job["threads"])
    environment = {
        **os.environ,
        "RAYON_NUM_THREADS": threads,
        "OMP_NUM_THREADS": threads,
        "TOKENIZERS_PARALLELISM": "false" if threads == "1" else "true",
        "TIKTOKEN_CACHE_DIR": "",
        "HF_HUB_OFFLINE": "1",
    }
    job = {**job, "library": peer.library, "kind": peer.kind}
    command = [peer.python, str(Path(__file__).with_name("encode_worker.py"))]
    try:
        done = subprocess.run(
            command, input=json.dumps(job), env=environment, capture_output=True, text=True, errors="replace", timeout=900
        )
    except subprocess.TimeoutExpired:
        return {"failed": "no result after 900 s"}
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [""]
        return {"failed": f"exit code {done.returncode}: {lines[-1][:200]}"}
    return json.loads(done.stdout.splitlines()[-1])


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data", help="folder of tokenizers/, text/")
    parser.add_argument("--data", type=Path, default=ROOT / "bench" / "data" / "encode", help="cache of texts and conversions")
    parser.add_argument("--env", type=Path, default=ROOT / "bench_env", help="folder made by tools/make_bench_env.sh")
    parser.add_argument("--python", default=sys.executable, help="the Python that has polyvocab")
    parser.add_argument("--tokenizers", type=names, default=list(TOKENIZERS), help=f"of {','.join(TOKENIZERS)}")
    parser.add_argument("--peers", type=names, help="beginnings of names, such as polyvocab,tokenizers-1; default: all")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many processes counts")
    parser.add_argument("--json", type=Path, help="also write all results to this file")


def names(value: str) -> list[str]:
    """The value of an option that takes several names."""
    return value.split(",")


def load_tokenizers(names: list[str], shared: Path, cache: Path) -> dict[str, dict]:
    found = {}
    for name in names:
        if name not in TOKENIZERS:
            raise SystemExit(f"no tokenizer {name!r}; there are {', '.join(TOKENIZERS)}")
        try:
            found[name] = tokenizer_files(name, shared, cache)
        except FileNotFoundError as error:
            print(f"{name}: left out, {error.filename} is missing", file=sys.stderr)
            continue
        print(f"{name}: {describe(found[name]['json'])}")
    return found
