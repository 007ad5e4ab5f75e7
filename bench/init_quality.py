"""Which method of initialization helps: bits per byte of a language before, early in and after training on its text.

    python bench/mixture_texts.py TEXTS --groups help
    python bench/init_texts.py TEXTS DATA
    python bench/init_quality.py DATA bench/results/init_quality.json [--workers 2]
    python bench/init_quality.py DATA RESULTS.json --name smollm2 --source real_models/smollm2-135m-instruct --seeds 0 ...

The source is the model that init_source.py made (source_model/). --bytes of a language's text are all that an arm sees, to
make its rows and to train on; the tokenizer alone was trained on all of it. The arms of a seed read them in the same order in
steps of 4 kB, and are measured on the same other documents: at step 0, at step 50 (205 kB) and at the end, with a context fixed
in bytes. The arms are in init_arms.py. Each run of (source, language, arm, seed) adds one row to RESULTS, so what was broken
off goes on where it was. At the end: a table of each source and language, and RESULTS.svg.

Two arms are told apart only where the mean of their paired differences is apart from 0 both over the seeds (Student's t) and
over the test documents (bootstrap), each at 95 %.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import random
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import init_arms as arms
import init_plot
import init_tables
import init_training as training
import torch
from polyvocab.atomic import atomic_directory
from polyvocab.corpus import Corpus
from transformers import AutoTokenizer
from transformers.utils import logging

EARLY = 50  # steps
SOURCE = Path(__file__).parent / "source_model"
SHARED = Path(__file__).parents[2] / "shared" / "data"
# By source and kind of arm. Of the small one, the best of 3e-4, 1e-3 and 3e-3 on Swahili with seed 0 (`subword_mean` for all
# transfers); the rows of the others are in the results too.
RATES = {
    "small": {"old": 3e-3, "scratch": 3e-3, "transfer": 1e-3},
    "smollm2": {"old": 3e-4, "scratch": 3e-4, "transfer": 3e-4},
}
DONOR_SEED = 1_000


@dataclass(frozen=True)
class Unit:
    """One run."""

    name: str  # of the source
    source: Path
    language: str
    arm: str
    seed: int
    bytes: int
    rate: float
    data: Path
    threads: int

    @property
    def key(self) -> dict:
        wanted = {"language": self.language, "arm": self.arm, "seed": self.seed, "bytes": self.bytes, "rate": self.rate}
        return {"source": self.name, **wanted}

    @property
    def steps(self) -> int:
        return self.bytes // training.STEP_BYTES

    @property
    def donor(self) -> Path:
        return self.data / self.language / f"donor-{self.name}-{self.bytes}"

    def _text(self) -> list[str]:
        """So many bytes of the language's training text, the same documents for every arm and seed."""
        documents = list(Corpus([self.data / self.language / "train.jsonl"]))
        random.Random(0).shuffle(documents)
        ends = itertools.accumulate(len(document.encode()) for document in documents)
        return [document for document, end in zip(documents, ends, strict=True) if end <= self.bytes]

    def case(self) -> arms.Case:
        folder = self.data / self.language
        return arms.Case(
            source=self.source,
            language=self.language,
            tokenizer=folder / "tokenizer",
            text=Corpus(self._text()),
            english=self.data / "source" / "english.jsonl",
            dictionaries=SHARED / "dictionaries" / "wechsel",
            donor=self.donor,
            seed=self.seed,
        )


def run(unit: Unit) -> dict:
    """The row of a unit."""
    _set_up(unit)
    test = list(Corpus([unit.data / unit.language / "test.jsonl"]))
    case, begin = unit.case(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        made = arms.make(unit.arm, case, Path(folder))
    prepared = time.perf_counter() - begin
    points = []
    pause = sorted({0, EARLY, unit.steps})
    for step in training.train(
        made.model, made.tokenizer, list(case.text), steps=unit.steps, rate=unit.rate, seed=unit.seed, pause=pause
    ):
        found = training.bits(made.model, made.tokenizer, test)
        points.append({"step": step, "bits": [round(document.bits, 2) for document in found]})
    return {
        **unit.key,
        **made.told,
        "parameters": made.model.num_parameters(),
        "document_bytes": [document.bytes for document in found],
        "tokens": sum(document.tokens for document in found),
        "points": points,
        "seconds": {"initialization": round(prepared, 1), "all": round(time.perf_counter() - begin, 1)},
    }


def make_donor(unit: Unit) -> None:
    """The small model of the language for `omp` and `clp`: from scratch, on the same text."""
    if unit.donor.is_dir():
        return
    _set_up(unit)
    case = replace(unit.case(), seed=DONOR_SEED)
    tokenizer, model = AutoTokenizer.from_pretrained(case.tokenizer), arms.untrained(case)
    for _ in training.train(
        model,
        tokenizer,
        list(case.text),
        steps=unit.steps,
        rate=rate_of(unit.name, "scratch"),
        seed=DONOR_SEED,
        pause=[unit.steps],
    ):
        with atomic_directory(unit.donor) as folder:
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)


def _set_up(unit: Unit) -> None:
    """The process of a unit: its threads, and no bars of transformers."""
    torch.set_num_threads(unit.threads)
    logging.set_verbosity_error()
    logging.disable_progress_bar()


def add(row: dict, results: Path) -> None:
    """The row written behind the others; a file that is broken off is never in place."""
    rows = [*read(results), row]
    new = results.with_suffix(".new")
    new.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", "utf-8")
    os.replace(new, results)


def read(results: Path) -> list[dict]:
    return json.loads(results.read_text("utf-8")) if results.is_file() else []


def todo(args: argparse.Namespace) -> list[Unit]:
    """What is asked for and has no row yet; `wechsel` for languages with a dictionary alone."""
    wanted = [
        Unit(
            args.name,
            args.source,
            language,
            arm,
            seed,
            args.bytes,
            args.rate or rate_of(args.name, arm),
            args.data,
            args.threads,
        )
        for seed, language, arm in itertools.product(args.seeds, args.languages, args.arms)
        if language in arms.DICTIONARIES or not arms.needs(arm, "dictionary")
    ]
    rows = read(args.results)
    return [unit for unit in wanted if not any(unit.key.items() <= row.items() for row in rows)]


def work(units: list[Unit], workers: int, results: Path) -> None:
    """Run the units and add their rows. An error is raised at once, and what was not begun is given up."""
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        try:
            list(pool.map(make_donor, {unit.donor: unit for unit in units if arms.needs(unit.arm, "donor")}.values()))
            for future in as_completed([pool.submit(run, unit) for unit in units]):
                row = future.result()
                add(row, results)
                values = [sum(point["bits"]) / sum(row["document_bytes"]) for point in row["points"]]
                told = (row["language"], row["arm"], row["seed"], row["rate"], row["seconds"])
                print(*told, *(f"{value:.3f}" for value in values), flush=True)
        except BaseException as error:
            print(f"given up, when what runs has ended: {error!r}", flush=True)  # leaving the pool waits for that
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--name", default="small", help="of the source, in the table")
    parser.add_argument("--languages", nargs="+", default=["swh_Latn", "chr_Cher"])
    parser.add_argument("--arms", nargs="+", choices=arms.ARMS, default=list(arms.ARMS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--bytes", type=int, default=750_000, help="of text to train on")
    parser.add_argument("--rate", type=float, help="the learning rate of all arms")
    parser.add_argument("--workers", type=int, default=1, help="runs at once")
    parser.add_argument("--threads", type=int, default=1, help="of each run")
    args = parser.parse_args()
    args.results.parent.mkdir(parents=True, exist_ok=True)
    work(todo(args), args.workers, args.results)
    rows = [row for row in read(args.results) if row["rate"] == rate_of(row["source"], row["arm"])]
    print(init_tables.tables(rows))
    init_plot.plot(rows, args.results.with_suffix(".svg"))


def rate_of(source: str, arm: str) -> float:
    """The learning rate of an arm; a source that is not listed takes those of the small one."""
    rates = RATES.get(source, RATES["small"])
    return rates[arm if arm in rates else "transfer"]


if __name__ == "__main__":
    main()
