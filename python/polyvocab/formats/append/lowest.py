"""Scores for added tokens that become pieces of a Unigram, by which no text is ever cut into them."""

from __future__ import annotations

from ...errors import FormatError
from .meets import never_meets
from .placed import Placed


def scores(placed: Placed, where: object) -> dict[str, float]:
    """The score of each of `placed.moved`. Where the model never meets the string, the lowest score that there is: an unknown
    character, which costs 10 more than the lowest one, then costs what it did.

    Else a score below that of the string's single characters together, so that these are always better. This makes unknown
    characters dearer, which changes nothing where each character of each piece is a piece: then no path avoids an unknown
    character that another one takes. Raises `FormatError` where that is not so.
    """
    if not placed.moved:
        return {}
    model = placed.definition.model
    pieces = model.tokens.texts()
    single = {piece: float(score) for piece, score in zip(pieces, model.scores.tolist(), strict=True) if len(piece) == 1}
    lowest, out = float(model.scores.min()), {}
    for token in placed.moved:
        if never_meets(placed.definition, token):
            out[token.content] = lowest
            continue
        if not _is_closed(pieces, single) or not set(token.content) <= single.keys():
            raise FormatError(
                where,
                f"the added token {token.content!r} (id {token.id}) is no piece, and with pieces behind it, it has to become "
                "one: then text could be cut into it, because not all characters, its own or those of the pieces, are pieces",
            )
        out[token.content] = min(lowest, sum(single[c] for c in token.content) - 1)
    return out


def _is_closed(pieces: list[str], single: dict[str, float]) -> bool:
    return set().union(*pieces) <= single.keys()
