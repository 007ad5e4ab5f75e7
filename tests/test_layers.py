"""Who may import whom. Left may import right, and the base; nothing else inside the package."""

import ast
from pathlib import Path

import polyvocab

PACKAGE = Path(polyvocab.__file__).parent
BASE = {"errors", "atomic", "memory", "certificate", "_version"}
ALLOWED = {
    "formats": set(),
    "pieces": {"formats"},
    "overlap": {"formats", "pieces"},
    "corpus": set(),
    "encoded": {"corpus"},
    "romanize": {"corpus"},
    "tokenizer": {"formats", "pieces", "encoded", "romanize"},
    "counts": {"formats", "tokenizer", "corpus", "encoded", "romanize"},
    "recipe": set(),
    "transfer": {"recipe", "formats"},
    "matrices": {"recipe"},
    "similarity": {"recipe"},
    "pursuit": {"recipe"},
    "scripts": set(),
    "vectors": {"formats", "corpus", "encoded", "tokenizer"},
    "methods": {
        *("formats", "pieces", "overlap", "corpus", "tokenizer", "vectors", "similarity", "recipe", "transfer", "trim"),
        *("romanize", "matrices", "pursuit", "scripts"),
    },
    "trim": {"formats", "pieces", "tokenizer", "counts", "recipe", "transfer", "surgery"},
    "surgery": {"transfer", "recipe", "formats", "matrices"},
    "mixture": {"formats", "tokenizer", "corpus", "counts", "trim", "inspection", "scripts"},
    "audit": {"formats", "trim", "surgery"},
    "metrics": set(),
    "inspection": {"formats", "pieces", "tokenizer", "trim", "corpus", "metrics", "scripts"},
    "train": {"transfer", "metrics", "corpus", "recipe", "surgery"},
    "report": set(),
    "integrations": {"formats", "tokenizer", "counts", "mixture", "transfer"},
    "adapt": {
        "methods",
        "surgery",
        "train",
        "metrics",
        "report",
        "integrations",
        "formats",
        "corpus",
        "romanize",
        "transfer",
    },
    "transplant": {"methods", "surgery"},
    "cli": {
        "transplant",
        "tokenizer",
        "counts",
        "trim",
        "audit",
        "inspection",
        "mixture",
        "report",
        "adapt",
        "methods",
        "surgery",
        "integrations",
        "formats",
        "corpus",
        "romanize",
        "transfer",
    },
    "__main__": {"cli"},
    "__init__": set(),
}
EXTENSION = {
    *("formats", "recipe", "romanize", "similarity", "pursuit", "scripts", "tokenizer", "counts", "trim", "mixture"),
    *("inspection", "vectors", "__init__"),
}
TORCH = {"surgery", "train", "integrations", "adapt", "metrics"}


def imports(path: Path):
    """(room or outside module, whether it is inside a function or a TYPE_CHECKING block) of each import of a file."""
    tree = ast.parse(path.read_text())
    lazy = set()
    for node in ast.walk(tree):
        is_guard = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if is_guard or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lazy.update(id(child) for child in ast.walk(node))
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                if node.level == depth:  # reaches the package itself
                    yield "." + name.split(".")[0], id(node) in lazy
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0], id(node) in lazy
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0], id(node) in lazy


def files():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_room_is_listed():
    assert {room for _, room in files()} - BASE == set(ALLOWED)


def test_rooms_import_only_what_they_may():
    for path, room in files():
        for name, _ in imports(path):
            if not name.startswith(".") or room in BASE:
                continue
            target = name[1:]
            if target == "_core":
                assert room in EXTENSION, f"{path} touches the extension"
            elif target != room:
                assert target in ALLOWED[room] | BASE, f"{path} imports {target}"


def test_torch_and_transformers_are_imported_lazily_and_only_where_models_are():
    """A file of classes of modules (*_modules.py) has torch at its top, and is itself imported inside functions alone."""
    for path, room in files():
        for name, lazy in imports(path):
            if name in ("torch", "transformers", "accelerate"):
                assert room in TORCH, f"{path} imports {name}"
                assert lazy or path.stem.endswith("_modules"), f"{path} imports {name} at its top"
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").endswith("_modules"), f"{path} imports {node.module} at its top"


def test_the_core_knows_neither_python_nor_cuda():
    core = Path(__file__).parents[1] / "csrc"
    for path in (core / "core").rglob("*.*"):
        text = path.read_text()
        assert "pybind11" not in text and "cuda_runtime" not in text and "Python.h" not in text, path
    for path in (core / "cuda").rglob("*.*"):
        assert "torch/" not in path.read_text() and "pybind11" not in path.read_text(), path
