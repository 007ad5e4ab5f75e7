"""Tokenizers that are not native: counted with the package `tokenizers`, which made them."""

from __future__ import annotations

import hashlib
import json
import threading
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UnsupportedComponent, require
from ..formats import text_steps as declared_steps
from ..formats import tokenizer_json
from ..formats.fingerprint import fingerprint
from ..romanize.text_steps import TextSteps
from ..tokenizer import Tokenizer


class OriginalTokenizer:
    """A tokenizer.json with a component that the core does not know."""

    def __init__(self, data: bytes, text_steps: Sequence[Mapping[str, Any]] = ()) -> None:
        """`text_steps`: what is done to texts first, as `TokenizerFiles.text_steps` has it."""
        tokenizers = require("tokenizers", "models", "counting with a tokenizer that is not native")
        self._data = data
        self.backend = tokenizers.Tokenizer.from_str(data.decode("utf-8"))
        self.backend.no_truncation()
        self.backend.no_padding()
        special = [token.content for token in self.backend.get_added_tokens_decoder().values() if token.special]
        self._steps = TextSteps(text_steps, unchanged=special, where=declared_steps.NAME)

    @property
    def token_count(self) -> int:
        """The largest id plus one."""
        return max(self.backend.get_vocab(with_added_tokens=True).values(), default=-1) + 1

    @cached_property
    def fingerprint(self) -> str:
        """That of the definition where it can be read, else of the file."""
        try:
            return fingerprint(tokenizer_json.read_definition(self._data, "tokenizer.json"))
        except UnsupportedComponent:
            return hashlib.sha256(self._data).hexdigest()

    @property
    def text_steps(self) -> tuple[Mapping[str, Any], ...]:
        """As `Tokenizer.text_steps`."""
        return self._steps.declared

    def prepared_flat(self, data: bytes, offsets: np.ndarray) -> tuple[bytes, np.ndarray]:
        """As `Tokenizer.prepared_flat`."""
        return self._steps.flat(data, offsets)

    def counter(self) -> _OriginalCounter:
        """For one corpus."""
        return _OriginalCounter(self.backend, self.token_count)


class _OriginalCounter:
    """What `_core.TokenCounter` does, by encoding every document."""

    def __init__(self, backend: Any, token_count: int) -> None:
        self._backend, self._guard = backend, threading.Lock()
        self._counts = np.zeros(token_count, np.uint64)
        self._documents = self._bytes = 0

    def add(self, data: bytes, offsets: np.ndarray) -> None:
        view, bounds = memoryview(data), offsets.tolist()
        texts = [str(view[a:b], "utf-8") for a, b in zip(bounds, bounds[1:], strict=False) if a < b]
        encodings = self._backend.encode_batch(texts, add_special_tokens=False)
        ids = np.fromiter((i for encoding in encodings for i in encoding.ids), np.int64)
        counts = np.bincount(ids, minlength=len(self._counts)).astype(np.uint64)
        with self._guard:
            self._counts += counts
            self._documents += len(texts)
            self._bytes += bounds[-1] - bounds[0]

    def totals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return np.array([self._documents], np.uint64), np.array([self._bytes], np.uint64), np.zeros(0, np.uint64)

    def finish(self) -> np.ndarray:
        return self._counts


def native_or_original(tokenizer: Any, *, text_steps: bool = True) -> Tokenizer | OriginalTokenizer:
    """A native tokenizer; where there is none, the original with a warning. `text_steps`: whether those that lie beside a
    tokenizer that is given by its path are done to its texts.

    Raises `UnsupportedComponent` where there is no original either, or where it is random (BPE with dropout).
    """
    if isinstance(tokenizer, Tokenizer | OriginalTokenizer):
        return tokenizer
    try:
        if isinstance(tokenizer, str | Path):
            return Tokenizer.from_pretrained(tokenizer, text_steps=text_steps)
        return Tokenizer.from_hf(tokenizer)
    except UnsupportedComponent as unsupported:
        data = _tokenizer_json(tokenizer)
        if data is None or json.loads(data).get("model", {}).get("dropout"):
            raise
        warnings.warn(f"{unsupported}: counted with the package tokenizers, which is slower", stacklevel=3)
        is_path = isinstance(tokenizer, str | Path)
        return OriginalTokenizer(data, declared_steps.beside(tokenizer) if is_path and text_steps else ())


def _tokenizer_json(tokenizer: Any) -> bytes | None:
    if isinstance(tokenizer, str | Path):
        path = Path(tokenizer) / "tokenizer.json" if Path(tokenizer).is_dir() else Path(tokenizer)
        return path.read_bytes() if path.suffix == ".json" and path.is_file() else None
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    return backend.to_str().encode("utf-8") if hasattr(backend, "to_str") else None
