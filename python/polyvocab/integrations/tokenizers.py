"""`tokenizers.Tokenizer`, natively: the same interface and the same results.

    from polyvocab.integrations.tokenizers import DecodeStream, Encoding, Tokenizer

A real `tokenizers.Tokenizer` is kept beside the native one. It owns the components, is what is saved and pickled, and
answers what is not native; `polyvocab_fallback` says why it had to.
"""

from __future__ import annotations

import asyncio
import copy
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import require
from ..tokenizer.assembler import Assembler, Encoding, Input, Padding, Truncation, flat_ids
from ..tokenizer.decode_stream import UnboundStream
from .native_backend import NativeBackend
from .native_calls import NotNative, input_of

__all__ = ["DecodeStream", "Encoding", "Tokenizer"]

_REFUSALS = (NotNative, ValueError, TypeError, OverflowError)
_COMPONENTS = frozenset(["model", "normalizer", "pre_tokenizer", "post_processor", "decoder"])


class Tokenizer:
    """The options of truncation and padding are read once per call, so that a call never sees those of another thread
    halfway."""

    def __init__(self, tokenizer: Any) -> None:
        """`tokenizer`: a `tokenizers.Tokenizer`, or a model for a new one."""
        library = _library()
        self._backend = tokenizer if isinstance(tokenizer, library.Tokenizer) else library.Tokenizer(tokenizer)
        self._native = NativeBackend()
        self._read_options()

    @classmethod
    def from_str(cls, json: str) -> Tokenizer:
        return cls(_library().Tokenizer.from_str(json))

    @classmethod
    def from_file(cls, path: str) -> Tokenizer:
        return cls(_library().Tokenizer.from_file(path))

    @classmethod
    def from_buffer(cls, buffer: bytes) -> Tokenizer:
        return cls(_library().Tokenizer.from_buffer(buffer))

    @classmethod
    def from_pretrained(cls, identifier: str, revision: str = "main", token: str | None = None) -> Tokenizer:
        return cls(_library().Tokenizer.from_pretrained(identifier, revision, token))

    def __getstate__(self) -> bytes:
        return self._backend.__getstate__()

    def __setstate__(self, state: bytes) -> None:
        self.__init__(_library().Tokenizer.from_buffer(state))

    def __copy__(self):
        return type(self)(self._backend)

    def __repr__(self) -> str:
        return repr(self._backend)

    def __str__(self) -> str:
        return str(self._backend)

    def __getattr__(self, name: str) -> Any:
        """All else is the backend's: components, vocabulary, saving, training. What is handed out may be changed."""
        if name.startswith("_"):
            raise AttributeError(name)
        self._native.watched |= name in _COMPONENTS
        return getattr(self._backend, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _COMPONENTS or name == "encode_special_tokens":
            setattr(self._backend, name, value)
            self._native.forget()
        else:
            super().__setattr__(name, value)

    @property
    def polyvocab_fallback(self) -> str | None:
        """Why the backend answers: always, or for the last call that it answered. None: it never had to."""
        return self._native.reason or self._native.last_reason

    def encode(self, sequence, pair=None, is_pretokenized: bool = False, add_special_tokens: bool = True) -> Encoding:
        def native(assembler: Assembler) -> Encoding:
            if pair is None:
                item = _single(sequence, is_pretokenized)
            else:
                item = _single(sequence, is_pretokenized)[0], _single(pair, is_pretokenized)[0]
            return self._encodings(assembler, [item], is_pretokenized, add_special_tokens)[0]

        return self._ask(native, lambda: self._backend.encode(sequence, pair, is_pretokenized, add_special_tokens))

    def encode_batch(self, input: Sequence, is_pretokenized: bool = False, add_special_tokens: bool = True) -> list[Encoding]:
        def native(assembler: Assembler) -> list[Encoding]:
            items = _batch(input, is_pretokenized)
            return self._encodings(assembler, items, is_pretokenized, add_special_tokens)

        return self._ask(native, lambda: self._backend.encode_batch(input, is_pretokenized, add_special_tokens))

    def encode_batch_fast(
        self, input: Sequence, is_pretokenized: bool = False, add_special_tokens: bool = True
    ) -> list[Encoding]:
        """Without offsets and words. Unlike those of `tokenizers`, the encodings know their tokens and type ids."""

        def native(assembler: Assembler) -> list[Encoding]:
            items = _batch(input, is_pretokenized)
            return self._encodings(assembler, items, is_pretokenized, add_special_tokens, offsets=False)

        return self._ask(native, lambda: self._backend.encode_batch_fast(input, is_pretokenized, add_special_tokens))

    def post_process(self, encoding: Encoding, pair: Encoding | None = None, add_special_tokens: bool = True) -> Encoding:
        def native(assembler: Assembler) -> Encoding:
            truncation, padding = self._options
            return assembler.post_process(
                encoding, pair, add_special_tokens=add_special_tokens, truncation=truncation, padding=padding
            )

        return self._ask(native, lambda: self._backend.post_process(encoding, pair, add_special_tokens))

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        return self._decode([ids], skip_special_tokens, lambda: [self._backend.decode(ids, skip_special_tokens)])[0]

    def decode_batch(self, sequences: Sequence[Sequence[int]], skip_special_tokens: bool = True) -> list[str]:
        return self._decode(sequences, skip_special_tokens, lambda: self._backend.decode_batch(sequences, skip_special_tokens))

    async def async_encode(
        self, sequence, pair=None, is_pretokenized: bool = False, add_special_tokens: bool = True
    ) -> Encoding:
        return await asyncio.to_thread(self.encode, sequence, pair, is_pretokenized, add_special_tokens)

    async def async_encode_batch(
        self, input: Sequence, is_pretokenized: bool = False, add_special_tokens: bool = True
    ) -> list[Encoding]:
        return await asyncio.to_thread(self.encode_batch, input, is_pretokenized, add_special_tokens)

    async def async_encode_batch_fast(
        self, input: Sequence, is_pretokenized: bool = False, add_special_tokens: bool = True
    ) -> list[Encoding]:
        return await asyncio.to_thread(self.encode_batch_fast, input, is_pretokenized, add_special_tokens)

    async def async_decode_batch(self, sequences: Sequence[Sequence[int]], skip_special_tokens: bool = True) -> list[str]:
        return await asyncio.to_thread(self.decode_batch, sequences, skip_special_tokens)

    def add_tokens(self, tokens: list) -> int:
        self._native.forget()
        return self._backend.add_tokens(tokens)

    def add_special_tokens(self, tokens: list) -> int:
        self._native.forget()
        return self._backend.add_special_tokens(tokens)

    def train(self, files: list[str], trainer: Any = None) -> None:
        self._backend.train(files, trainer)
        self._native.forget()

    def train_from_iterator(self, iterator: Any, trainer: Any = None, length: int | None = None) -> None:
        self._backend.train_from_iterator(iterator, trainer, length)
        self._native.forget()

    def enable_truncation(self, max_length: int, **options: Any) -> None:
        self._backend.enable_truncation(max_length, **options)
        self._read_options()

    def no_truncation(self) -> None:
        self._backend.no_truncation()
        self._read_options()

    def enable_padding(self, **options: Any) -> None:
        self._backend.enable_padding(**options)
        self._read_options()

    def no_padding(self) -> None:
        self._backend.no_padding()
        self._read_options()

    def _read_options(self) -> None:
        truncation, padding = self._backend.truncation, self._backend.padding
        self._options = (truncation and Truncation(**truncation), padding and Padding(**padding))

    def _encodings(self, assembler: Assembler, items: list, is_pretokenized: bool, special: bool, offsets: bool = True):
        if not (type(is_pretokenized) is bool and type(special) is bool):
            raise NotNative("a flag that is no bool")
        truncation, padding = self._options
        return assembler.encodings(
            items,
            is_pretokenized=is_pretokenized,
            add_special_tokens=special,
            encode_special_tokens=self._backend.encode_special_tokens,
            offsets=offsets,
            truncation=truncation,
            padding=padding,
            threads=self._native.threads(len(items)),
        )

    def _ask(self, native: Callable[[Assembler], Any], backend: Callable[[], Any]) -> Any:
        assembler = self._native.assembler(self._backend)
        if assembler is not None:
            try:
                return native(assembler)
            except _REFUSALS as reason:  # what the library refuses, it shall refuse
                self._native.last_reason = str(reason)
        return backend()

    def _decode(self, sequences: Sequence, skip_special_tokens: bool, backend: Callable[[], list[str]]) -> list[str]:
        decoder = self._native.decoder(self._backend)
        if decoder is not None:
            try:
                ids, offsets = flat_ids(sequences)
                return decoder.decode_batch(ids, offsets, bool(skip_special_tokens), self._native.threads(len(sequences)))
            except _REFUSALS as reason:
                self._native.last_reason = str(reason)
        return backend()


class DecodeStream:
    """`tokenizers.decoders.DecodeStream`, for tokenizers of this module and of the library."""

    def __init__(self, ids: Sequence[int] | None = None, skip_special_tokens: bool | None = False) -> None:
        self._stream = UnboundStream(bool(skip_special_tokens), ids or [])

    def step(self, tokenizer: Any, id: int | Sequence[int]) -> str | None:
        """Raises `ValueError` where the new text does not continue what was given out."""
        decoder = tokenizer._native.decoder(tokenizer._backend) if isinstance(tokenizer, Tokenizer) else None
        try:
            ids = [operator.index(id)]
        except TypeError:
            ids = id
        return self._stream.step(tokenizer.decode if decoder is None else decoder, ids)

    def __copy__(self) -> DecodeStream:
        other = object.__new__(type(self))
        other._stream = copy.copy(self._stream)
        return other


def _single(value: Any, is_pretokenized: bool) -> tuple:
    text, pair = input_of(value, is_pretokenized)
    if pair is not None:
        raise NotNative("two texts where one is wanted")
    return text, None


def _batch(values: Any, is_pretokenized: bool) -> list[Input]:
    if not isinstance(values, list | tuple | np.ndarray):
        raise NotNative("a batch that is no list")
    return [input_of(value, is_pretokenized) for value in values]


def _library():
    return require("tokenizers", "models", "a tokenizer with the interface of tokenizers")
