"""Run the Python tests of `tokenizers` or `tiktoken` on the classes of polyvocab that have their interface.

    python tools/run_reference_tests.py tokenizers CHECKOUT
    python tools/run_reference_tests.py tiktoken CHECKOUT

CHECKOUT is a checkout or an unpacked sdist of the version that is installed. The tests are copied to a temporary folder and
run there by pytest; the library's classes are replaced before they are imported. What the tests download comes from
../shared/data. Prints each test that was not run or failed, and why, and counts; exits with 1 where one failed.

With --original the library runs its own tests on the same data, which tells what is due to that data.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer

_TOOLS = Path(__file__).parent
_TESTS = {"tokenizers": ("bindings/python/tests", "tests"), "tiktoken": ("tests",)}


def main(
    library: Literal["tokenizers", "tiktoken"],
    checkout: Path,
    data: Path = _TOOLS.parents[1] / "shared" / "data",
    original: Annotated[bool, typer.Option(help="Leave the library's own classes in place.")] = False,
    select: Annotated[str, typer.Option(help="As pytest's -k.")] = "",
    verbose: Annotated[bool, typer.Option(help="Print every test.")] = False,
) -> None:
    tests = next((checkout / place for place in _TESTS[library] if (checkout / place).is_dir()), None)
    if tests is None:
        raise SystemExit(f"{checkout}: has no {' or '.join(_TESTS[library])}")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "python"  # some tests look at the name of the folder they run in
        shutil.copytree(tests, home / "tests")
        report = Path(folder) / "report.json"
        environment = os.environ | {
            "PYTHONPATH": str(_TOOLS),
            "POLYVOCAB_SUBJECT": library,
            "POLYVOCAB_ORIGINAL": str(int(original)),
            "POLYVOCAB_REPORT": str(report),
            "POLYVOCAB_TEST_DATA": str(data.resolve()),
            "HF_HUB_OFFLINE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        options = ["-p", "reference_tests.plugin", "-p", "no:cacheprovider", "-q", "--tb=short", "-k", select]
        done = subprocess.run([sys.executable, "-m", "pytest", *options, "tests"], cwd=home, env=environment)
        if not report.exists():
            raise SystemExit(done.returncode)
        outcomes = json.loads(report.read_text("utf-8"))
    kinds = {test: outcome["result"] if original else _kind(outcome) for test, outcome in outcomes.items()}
    for test, kind in kinds.items():
        outcome = outcomes[test]
        if verbose or kind in ("failed", "not run") or outcome["originals"]:
            why = outcome["why"].split("\n")[0] or "; ".join(outcome["originals"])
            print(f"{kind:10} {test.removeprefix('tests/')}" + (f": {why[:200]}" if why else ""))
    counts = Counter(kinds.values())
    print(", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
    sys.exit(counts["failed"] > 0)


def _kind(outcome: dict) -> str:
    """`passed` is for tests with an object of ours in them; the others are about the library's components alone."""
    return "components" if outcome["result"] == "passed" and not outcome["objects"] else outcome["result"]


if __name__ == "__main__":
    typer.run(main)
