"""vocab.json and merges.txt."""

from __future__ import annotations

from ...errors import FormatError
from .. import json_layout, json_scan
from ..definition import Bpe
from ..json_layout import Layout
from .placed import Placed


def append_vocabulary(data: bytes, placed: Placed, where: object) -> bytes:
    tokens, ids = json_scan.scan_vocabulary(data, where)
    placed.old.require_same(tokens.texts(), ids.tolist(), where)
    layout = Layout.of(data)
    head = data[: len(data) - len(layout.tail)]
    return json_layout.lengthened(head, dict(placed.model_tokens()), layout, 0) + layout.tail.encode("ascii")


def append_lines(data: bytes, placed: Placed, where: object) -> bytes:
    model = placed.definition.model
    if not isinstance(model, Bpe):
        raise FormatError(where, f"the tokenizer beside it has no merges, its model is a {model.kind}: remove what is stale")
    if not placed.new.merges:
        return data
    ending = b"\r\n" if data.partition(b"\n")[0].endswith(b"\r") else b"\n"
    for left, right in placed.new.merges:
        if any(c.isspace() for c in left + right) or left.startswith("#version"):
            raise FormatError(where, f"writes merges as 'left right', which the new merge {(left, right)} cannot be")
    new = ending.join(f"{left} {right}".encode() for left, right in placed.new.merges)
    is_ended = data.endswith(b"\n")
    return data + (b"" if is_ended else ending) + new + (ending if is_ended else b"")
