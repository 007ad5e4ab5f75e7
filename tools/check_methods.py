"""Compare polyvocab's methods with the code that their authors published, on small inputs.

    python tools/check_methods.py WORK
    python tools/check_methods.py WORK --methods wechsel,omp --python OTHER/bin/python

WORK holds a checkout (or an unpacked wheel) of each reference under the name of its repository: WORK/wechsel, WORK/mergekit.
A method whose reference is not there is not run, and printed is what to get. Nothing of a reference is copied: its own code is
imported and run on tokenizers that are trained here, on matrices from seeds and on texts of ../shared/data; modules that it
imports and does not need are replaced (`tools/method_references`, one file for each).

References need packages that polyvocab does not: torch, transformers, scikit-learn, fasttext-wheel (wechsel), gensim (ofa),
faiss-cpu (tokenadapt), regex and langcodes (transtoken), and those of mergekit (omp). --python names a Python that has them.

Prints for each comparison the rows that were compared, the largest difference as a part of the largest value of its row, and
how many rows were left out for which reason; and each row that differs by more than 1e-5. Exits with 1 where there is one, with
2 where nothing could be compared.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from method_references.inputs import Inputs
from method_references.run import NOT_HERE

_TOOLS = Path(__file__).resolve().parent
_METHODS = ("wechsel", "ofa", "clp", "script", "tokenadapt", "transtoken", "omp")
_SHOWN = 5


def main(
    work: Annotated[Path, typer.Argument(help="The folder of the references.")],
    methods: Annotated[str, typer.Option(help="Some of them, with commas between.")] = ",".join(_METHODS),
    python: Annotated[Path, typer.Option(help="The Python that runs the references.")] = Path(sys.executable),
    data: Path = _TOOLS.parents[1] / "shared" / "data",
) -> None:
    chosen = methods.split(",")
    if unknown := sorted(set(chosen) - set(_METHODS)):
        raise SystemExit(f"no reference of {unknown[0]}: use some of {','.join(_METHODS)}")
    failed = compared = 0
    with tempfile.TemporaryDirectory() as folder:
        inputs = Inputs(Path(folder), (data / "text").resolve())
        inputs.make()
        print(_line("method", "case", "rows", "largest", "left out"))
        for method in chosen:
            if problem := _run(method, work.resolve(), inputs, python):
                print(f"{method:11}not run: {problem}", flush=True)
                continue
            module = importlib.import_module(f"method_references.{method}")
            with np.load(inputs.folder / f"{method}.npz") as made:
                for found in module.compare(inputs, dict(made)):
                    reasons = ", ".join(f"{count} {reason}" for reason, count in found.left_out.items())
                    print(_line(method, found.case, found.compared, f"{found.largest:.1e}", reasons), flush=True)
                    for wrong in found.wrong[:_SHOWN]:
                        print(f"{'':11}different: {wrong}")
                    if len(found.wrong) > _SHOWN:
                        print(f"{'':11}and {len(found.wrong) - _SHOWN} more")
                    compared += found.compared
                    failed += len(found.wrong)
    print(f"{compared} rows compared" + (f", {failed} differ" if failed else ", all agree" if compared else ""))
    sys.exit(2 if compared == 0 else failed > 0)


def _line(method: str, case: str, rows: int | str, largest: str, left_out: str) -> str:
    return f"{method:11}{case:60}{rows:>5}  {largest:7}  {left_out}".rstrip()


def _run(method: str, work: Path, inputs: Inputs, python: Path) -> str | None:
    """Runs the reference in the other Python. Returns why it could not."""
    environment = os.environ | {"PYTHONPATH": str(_TOOLS), "PYTHONHASHSEED": "0", "HF_HUB_OFFLINE": "1"}
    arguments = [method, str(work), str(inputs.folder), str(inputs.text)]
    command = [str(python), "-m", "method_references.run", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode == NOT_HERE:
        return done.stderr.strip().splitlines()[-1]
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
        raise SystemExit(f"{method}: the reference stopped")
    return None


if __name__ == "__main__":
    typer.run(main)
