"""The same lines in every container that a corpus may come in."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

LINES = ["Habari ya asubuhi", "你好", "zwei  Wörter ", "x" * 100_000]


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def write_all(folder: Path) -> list:
    """The lines in every container that a corpus may come in."""
    text = ("\n".join([*LINES[:2], "", *LINES[2:]]) + "\n").encode()
    objects = "".join(json.dumps({"text": line, "id": 1}, ensure_ascii=False) + "\n" for line in LINES).encode()
    pq.write_table(pa.table({"text": [*LINES, None]}), folder / "e.parquet")
    return [
        write(folder / "a.txt", text),
        write(folder / "b.txt", text.replace(b"\n", b"\r\n")),
        write(folder / "c.txt", b"\xef\xbb\xbf" + text[:-1]),
        write(folder / "d.txt.gz", gzip.compress(text, mtime=0)),
        write(folder / "d.txt.zst", zstandard.compress(text)),
        write(folder / "e.jsonl", objects),
        write(folder / "e.jsonl.gz", gzip.compress(objects, mtime=0)),
        folder / "e.parquet",
        LINES,
        pa.table({"text": LINES}),
    ]
