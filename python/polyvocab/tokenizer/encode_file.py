"""Text files of any size to ids on the disk, with what only the tokenizer knows: its name, its largest id, its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..encoded import Encoded, TokenizerName, encode_sources
from ..errors import PolyvocabError

if TYPE_CHECKING:
    from .tokenizer import Tokenizer


def encode_file(
    tokenizer: Tokenizer,
    path: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    add_special_tokens: bool = False,
    eos: str | int | None = None,
    separator: str = "\n",
    field: str = "text",
    threads: int = 0,
    block_bytes: int = 4 << 20,
    save_every: float = 5.0,
    progress: bool = False,
) -> Encoded:
    """What `Tokenizer.encode_file` does, with what the run took."""
    if not separator:
        raise PolyvocabError("an empty separator cuts no text into documents; give a string")
    if block_bytes < 1:
        raise PolyvocabError(f"block_bytes is {block_bytes}: it must be at least 1")
    eos_id = _eos_id(tokenizer, eos)

    def encode(data: bytes, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ids, bounds = tokenizer.encode_flat(data, offsets, add_special_tokens=add_special_tokens)
        return (ids, bounds) if eos_id is None else _ended(ids, bounds, eos_id)

    return encode_sources(
        [path] if isinstance(path, str | Path) else path,
        out,
        encode,
        TokenizerName(Path(tokenizer.definition.origin).name, tokenizer.fingerprint, tokenizer.text_steps),
        largest_id=_largest_id(tokenizer, add_special_tokens),
        add_special_tokens=add_special_tokens,
        eos_id=eos_id,
        separator=separator.encode("utf-8"),
        text_field=field,
        threads=threads,
        block_bytes=block_bytes,
        save_every=save_every,
        progress=progress,
    )


def _ended(ids: np.ndarray, offsets: np.ndarray, eos_id: int) -> tuple[np.ndarray, np.ndarray]:
    """The ids with one more at the end of each document."""
    return np.insert(ids, offsets[1:], eos_id), offsets + np.arange(len(offsets))


def _eos_id(tokenizer: Tokenizer, eos: str | int | None) -> int | None:
    eos_id = tokenizer.token_to_id(eos) if isinstance(eos, str) else eos
    if eos is not None and eos_id not in tokenizer.vocab.values():
        raise PolyvocabError(f"{eos!r} is no token of {tokenizer.definition.origin}; give one of its tokens, or an id")
    return eos_id


def _largest_id(tokenizer: Tokenizer, add_special_tokens: bool) -> int:
    """No id above this one comes out: those around a text are the same for every text."""
    around = tokenizer.encode("", add_special_tokens=True) if add_special_tokens else []
    return max(tokenizer.token_count - 1, *around, 0)
