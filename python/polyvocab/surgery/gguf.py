"""`apply_to_gguf(transfer, src, dst)`: a trim applied to a GGUF file, whose rows are copied as they are."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np

from ..errors import SurgeryError
from ..formats.gguf import read_tokens
from ..formats.gguf_trim import trim_gguf
from ..recipe import Origin
from ..transfer import TokenizerTransfer


def apply_to_gguf(transfer: TokenizerTransfer, src: str | Path, dst: str | Path, *, progress: bool = False) -> Path:
    """Write to `dst` the GGUF file `src` with the transfer's vocabulary; returns `dst`, which appears when it is whole.

    Rows of quantized matrices can be copied and not computed, so the transfer must be a trim: every row a copy, in the old
    order, one recipe for input and output. Everything else is as `formats.gguf_trim.trim_gguf` says. Raises `SurgeryError`
    naming the token whose row is no copy, and where the file's tokens are not those of the transfer.
    """
    tokens = transfer.target.vocabulary.tokens
    if transfer.output is not None or transfer.tying.kind != "keep":
        raise SurgeryError(f"{src}: a transfer with two recipes or another tying cannot be applied to a GGUF file")
    if (bad := np.flatnonzero(transfer.input.origins != Origin.COPIED)).size:
        origin = Origin(int(transfer.input.origins[bad[0]])).name.lower()
        raise SurgeryError(
            f"{src}: the row of {tokens[bad[0]]!r} is {origin}, but rows of a GGUF file can only be copied; apply the "
            "transfer to the original checkpoint and convert the result"
        )
    kept = transfer.input.copied_from
    if (bad := np.flatnonzero(np.diff(kept) <= 0)).size:
        raise SurgeryError(
            f"{src}: the transfer moves {tokens[bad[0] + 1]!r} before {tokens[bad[0]]!r}; a trim keeps the order"
        )
    with open(src, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        stored = read_tokens(data, src)
    if len(stored) < transfer.source.size:
        raise SurgeryError(f"{src}: has {len(stored)} tokens, the transfer starts from {transfer.source.size}")
    for new, old in enumerate(kept.tolist()):
        if stored[old] != tokens[new]:
            raise SurgeryError(f"{src}: the token {old} is {stored[old]!r}, in the transfer it is {tokens[new]!r}")
    return trim_gguf(src, dst, kept, progress=progress)
