"""Ids to text while they come; an unbound stream is told with each step what decodes."""

from __future__ import annotations

from collections.abc import Sequence

from .._core import Decoder
from .._core import DecodeStream as UnboundStream

__all__ = ["DecodeStream", "UnboundStream"]


class DecodeStream:
    """For one reader: not thread safe. A copy goes its own way."""

    def __init__(self, decoder: Decoder, skip_special_tokens: bool = False, ids: Sequence[int] = ()) -> None:
        """`ids` came before, and their text has been seen."""
        self._decoder = decoder
        self._stream = UnboundStream(skip_special_tokens, ids)

    def step(self, ids: Sequence[int]) -> str | None:
        """The text that these ids add; None where it may still change (it ends within a character, say).

        Raises `ValueError` where the new text does not continue what was given out.
        """
        return self._stream.step(self._decoder, ids)

    def __copy__(self) -> DecodeStream:
        other = object.__new__(type(self))
        other._decoder, other._stream = self._decoder, self._stream.__copy__()
        return other
