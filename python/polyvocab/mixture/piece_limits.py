"""Which pairs SentencePiece's trainer makes no piece of, whatever their counts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from .._core import unicode as core
from ..formats.definition import PieceRules, Strings

_SPACE = ord("▁")
_FORBIDDEN = [0x00, 0x09, 0x20, ord("▅")]  # ▅ stands for unknown characters there, a tab for places that nothing crosses
_COMMON, _INHERITED = 1, 4  # numbers of scripts in the core; 0 is for characters that had no script yet, which are common here


class Flag(IntFlag):
    """What is known of a piece as a part of a longer one."""

    ALONE = 1  # it is part of none
    NOT_LEFT = 2  # nothing follows it
    NOT_RIGHT = 4  # nothing stands before it
    BLANK = 8  # spaces alone, which may follow each other whatever else is said


@dataclass(frozen=True, eq=False)
class PieceLimits:
    """Facts of pieces by which two of them are known to make another one, or not.

    Two may where both together are no longer than `most_characters`, where neither flags forbid it, and where the script
    that the left one ends in is the one that the right one begins with, or either is 0: of any.
    """

    most_characters: int
    characters: np.ndarray  # uint32 [pieces]
    first_script: np.ndarray  # uint8 [pieces]
    last_script: np.ndarray  # uint8 [pieces]
    flags: np.ndarray  # uint8 [pieces]: values of Flag

    @classmethod
    def of(cls, rules: PieceRules, pieces: Strings) -> PieceLimits:
        """The facts of pieces that a trainer with these rules may have made, and of single characters."""
        count = len(pieces)
        codes = np.frombuffer(pieces.data.decode("utf-8").encode("utf-32-le"), np.uint32)
        is_begin = (np.frombuffer(pieces.data, np.uint8) & 0xC0) != 0x80
        bounds = np.concatenate([[0], np.cumsum(is_begin)])[pieces.offsets.astype(np.int64)]
        size = np.diff(bounds)
        piece = np.repeat(np.arange(count), size)
        place = np.arange(len(codes)) - np.repeat(bounds[:-1], size)

        def has(those: np.ndarray) -> np.ndarray:
            return np.bincount(piece[those], minlength=count) > 0

        space = codes == _SPACE
        digit = (codes >= ord("0")) & (codes <= ord("9")) | (codes >= ord("０")) & (codes <= ord("９"))
        first_script, last_script, is_mixed = _scripts(rules, codes, piece, digit, space, count)
        is_blank = ~has(~space) & (size > 0)
        not_left, not_right = _beside_spaces(rules, space, place, np.repeat(size, size), has)
        flags = np.where(is_mixed | has(np.isin(codes, _FORBIDDEN)), Flag.ALONE, 0)
        if rules.split_digits:
            flags |= np.where(has(digit), Flag.ALONE, 0)
        flags |= np.where(not_left, Flag.NOT_LEFT, 0) | np.where(not_right, Flag.NOT_RIGHT, 0)
        if rules.allow_whitespace_only_pieces:
            flags |= np.where(is_blank, Flag.BLANK, 0)
        return cls(rules.max_sentencepiece_length, size.astype(np.uint32), first_script, last_script, flags.astype(np.uint8))


def _scripts(
    rules: PieceRules, codes: np.ndarray, piece: np.ndarray, digit: np.ndarray, space: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(the script that a piece begins with, the one that it ends in, whether two that differ stand side by side in it)."""
    first, last = np.zeros(count, np.uint8), np.zeros(count, np.uint8)
    if not rules.split_by_unicode_script or not len(codes):
        return first, last, np.zeros(count, bool)
    script = core.scripts(np.ascontiguousarray(codes)).astype(np.uint8)  # Hiragana and Katakana are Han
    script[script == 0] = _COMMON
    inherits = script == _INHERITED
    if not rules.split_by_number:
        script[digit] = 0
    told = np.flatnonzero(~space & ~inherits)  # all other characters take the script of the one before them
    script, piece = script[told], piece[told]
    first[piece[::-1]] = script[::-1]
    last[piece] = script
    differs = (piece[1:] == piece[:-1]) & (script[1:] != script[:-1]) & (script[1:] != 0) & (script[:-1] != 0)
    return first, last, np.bincount(piece[1:][differs], minlength=count) > 0


def _beside_spaces(
    rules: PieceRules, space: np.ndarray, place: np.ndarray, size: np.ndarray, has
) -> tuple[np.ndarray, np.ndarray]:
    """(whether nothing may follow a piece, whether nothing may stand before it) because of the spaces in it."""
    is_first, is_last = place == 0, place == size - 1
    nowhere = np.zeros_like(space)
    match rules.treat_whitespace_as_suffix, rules.split_by_whitespace:
        case False, True:  # a space begins a piece
            return has(space & ~is_first), has(space)
        case False, False:  # a space does not end a piece
            return has(nowhere), has(space & is_last)
        case True, True:  # a space ends a piece
            return has(space), has(space & ~is_last)
        case _:  # a space does not begin a piece
            return has(space & is_first), has(nowhere)
