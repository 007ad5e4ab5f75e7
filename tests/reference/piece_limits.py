"""What SentencePiece's trainer takes for a piece, character by character: the slow twin of the limits on pairs."""

from __future__ import annotations

import numpy as np
from polyvocab._core import unicode


def script(character: str) -> int | None:
    """The script as the trainer knows it; None: that of the character before."""
    number = int(unicode.scripts(np.array([ord(character)], np.uint32))[0])
    if number == int(unicode.scripts(np.array([0x301], np.uint32))[0]):
        return None
    common = int(unicode.scripts(np.array([ord("!")], np.uint32))[0])
    return number or common


def is_piece(text: str, rules) -> bool:
    """Whether a text may be a piece."""
    if not 0 < len(text) <= rules.max_sentencepiece_length:
        return False
    blank = rules.allow_whitespace_only_pieces and set(text) == {"▁"}
    before = "any"
    for place, character in enumerate(text):
        if character in "▅\0\t ":
            return False
        if character == "▁":
            last = place == len(text) - 1
            if rules.treat_whitespace_as_suffix:
                bad = not last and (rules.split_by_whitespace or place == 0)
            else:
                bad = place > 0 and (rules.split_by_whitespace or last)
            if bad and not blank:
                return False
            continue
        is_digit = character in "0123456789０１２３４５６７８９"
        here = script(character)
        here = before if here is None else here
        if is_digit and not rules.split_by_number:
            here = "any"
        if is_digit and rules.split_digits and len(text) > 1:
            return False
        if rules.split_by_unicode_script and "any" not in (here, before) and here != before:
            return False
        before = here
    return True
