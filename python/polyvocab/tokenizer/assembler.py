"""Ids with the special tokens of a post-processor around them, cut and filled up, in every form that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .. import _core
from .._core import Decoder, Encoding, Engine, Frame, Padding, TokenStrings, Truncation, flat_ids
from .._core import components as core

__all__ = ["Assembler", "Decoder", "Encoding", "Input", "Padding", "Truncation", "flat_ids"]

Input = tuple[str | Sequence[str], str | Sequence[str] | None]
"""A text and the one it is paired with, or the words of the two."""


class Assembler:
    """An engine and a post-processor. Immutable: all options of a call are arguments."""

    def __init__(self, engine: Engine, strings: TokenStrings, processor: core.PostProcessor | None) -> None:
        self.engine = engine
        self.processor = processor
        self._strings = strings
        self._frames: dict[bool, Frame | None] = {}

    def frame(self, add_special_tokens: bool) -> Frame | None:
        """The tokens around one text; None where the post-processor does more than to put tokens there."""
        if add_special_tokens not in self._frames:
            self._frames[add_special_tokens] = _core.frame_of(self.processor, add_special_tokens)
        return self._frames[add_special_tokens]

    def added_tokens(self, pair: bool) -> int:
        """How many special tokens are added to one text, or to two."""
        return 0 if self.processor is None else self.processor.added_tokens(pair)

    def encodings(
        self,
        texts: Sequence[Input],
        *,
        is_pretokenized: bool = False,
        add_special_tokens: bool = True,
        encode_special_tokens: bool = False,
        offsets: bool = True,
        truncation: Truncation | None = None,
        padding: Padding | None = None,
        threads: int = 1,
    ) -> list[Encoding]:
        """What `tokenizers` gives for the same options: tokens with offsets and words, and overflow. Quicker without
        `offsets`; all are (0, 0) then, and there are no words."""
        return _core.encodings(
            self.engine,
            self._strings,
            self.processor,
            texts,
            is_pretokenized=is_pretokenized,
            add_special_tokens=add_special_tokens,
            encode_special_tokens=encode_special_tokens,
            offsets=offsets,
            truncation=truncation,
            padding=padding,
            threads=threads,
        )

    def post_process(
        self,
        encoding: Encoding,
        pair: Encoding | None = None,
        *,
        add_special_tokens: bool = True,
        truncation: Truncation | None = None,
        padding: Padding | None = None,
    ) -> Encoding:
        """What follows on the model, for encodings that went through that alone."""
        return _core.post_process(encoding, pair, self.processor, add_special_tokens, truncation, padding)

    def flat(
        self, texts: Iterable[str | bytes], *, add_special_tokens: bool = True, threads: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """Flat ids and offsets."""
        frame = self.frame(add_special_tokens)
        if frame is not None:
            ids, offsets = self.engine.encode(texts, threads=threads)
            return (ids, offsets) if frame.size == 0 else _core.framed(ids, offsets, frame)
        inputs = [(text.decode("utf-8") if isinstance(text, bytes) else text, None) for text in texts]
        encodings = self.encodings(inputs, add_special_tokens=add_special_tokens, threads=threads)
        return flat_ids([encoding.ids for encoding in encodings])

    def flat_block(
        self, data: bytes, offsets: np.ndarray, *, add_special_tokens: bool = True, threads: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same for texts that lie one after the other: text i is `data[offsets[i]:offsets[i + 1]]`."""
        frame = self.frame(add_special_tokens)
        if frame is None:
            texts = [data[begin:end] for begin, end in zip(offsets, offsets[1:], strict=False)]
            return self.flat(texts, add_special_tokens=add_special_tokens, threads=threads)
        ids, bounds = self.engine.encode_blocks([(data, offsets)], threads=threads)
        return (ids, bounds) if frame.size == 0 else _core.framed(ids, bounds, frame)

    def id_lists(self, ids: np.ndarray, offsets: np.ndarray) -> list[list[int]]:
        """Flat ids as a list per text."""
        return _core.lists(ids, offsets, Frame(), integers=self._integers)[0]

    def lists(
        self,
        ids: np.ndarray,
        offsets: np.ndarray,
        frame: Frame,
        truncation: Truncation | None,
        padding: Padding | None,
        wanted: Mapping[str, bool],
    ) -> tuple[Any, ...]:
        """Lists of int of flat ids: input_ids, then the `wanted` ones of attention_mask, token_type_ids and
        special_tokens_mask, None for the others."""
        return _core.lists(ids, offsets, frame, truncation, padding, integers=self._integers, **wanted)

    def matrices(
        self,
        ids: np.ndarray,
        offsets: np.ndarray,
        frame: Frame,
        truncation: Truncation | None,
        padding: Padding | None,
        wanted: Mapping[str, bool],
        *,
        dtype: str = "int64",
        threads: int = 1,
    ) -> tuple[np.ndarray | None, ...]:
        """The same as matrices [texts, width]. Raises `ValueError` where the rows differ in length."""
        return _core.matrices(ids, offsets, frame, truncation, padding, dtype=dtype, threads=threads, **wanted)

    @cached_property
    def _integers(self) -> _core.Integers:
        return _core.Integers(len(self._strings))
