"""What the tests of files of ids share: awkward text, and forms that compare."""

import sys
from pathlib import Path

AWKWARD = "\ufeffone\r\n\n\n  two \nthr\ree\r\r\n\u2028\u00a0é 你好\n" + "x" * 5000 + "\n\r\nno end\r"


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def expected(tokenizer, documents, **options) -> list[list[int]]:
    return tokenizer.encode_batch(list(documents), as_arrays=False, **options)


def lists(corpus) -> list[list[int]]:
    return [document.tolist() for document in corpus]


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def command(sample_model, out, *arguments) -> list[str]:
    return [sys.executable, "-m", "polyvocab", "encode", str(sample_model), "-o", str(out), *map(str, arguments)]
