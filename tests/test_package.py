"""The package itself: what an import loads, its version, its stubs."""

import json
import subprocess
import sys
from pathlib import Path

import polyvocab


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_import_loads_numpy_and_the_core_alone():
    before = set(json.loads(run("import numpy, json, sys; print(json.dumps(sorted(sys.modules)))")))
    after = set(json.loads(run("import json, polyvocab, sys; print(json.dumps(sorted(sys.modules)))")))
    heavy = {"torch", "transformers", "tokenizers", "pyarrow", "typer", "tqdm", "gensim", "matplotlib", "safetensors"}
    assert not heavy & after
    assert "polyvocab._core" in after
    outside = {name.split(".")[0] for name in after - before} - set(sys.stdlib_module_names)
    assert {name for name in outside if not name.startswith("_")} <= {"polyvocab", "numpy"}


def test_lazy_names_resolve():
    for name in polyvocab.__all__:
        assert getattr(polyvocab, name) is not None
    assert polyvocab.focus.__module__ == "polyvocab.methods.focus"


def test_the_version_stands_in_one_place():
    from importlib.metadata import version

    assert version("polyvocab") == polyvocab.__version__


def test_the_stubs_are_fresh(tmp_path):
    """`make stubs` writes them; a change of the bindings without it fails here."""
    subprocess.run(
        [sys.executable, "-m", "pybind11_stubgen", "polyvocab._core", "-o", str(tmp_path)], check=True, capture_output=True
    )
    made, kept = (
        {p.name: p.read_text() for p in folder.glob("*.pyi")}
        for folder in (tmp_path / "polyvocab" / "_core", Path(polyvocab.__file__).parent / "_core")
    )
    assert made == kept
    assert (Path(polyvocab.__file__).parent / "py.typed").is_file()
