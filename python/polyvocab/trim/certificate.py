"""Whether a trim is exact, by which condition, and which tokens break it.

Exact means: every text whose old tokens are all kept is cut into the same tokens as before. The conditions, with C the
kept tokens:

- BPE of any kind: C has the two parts of each of its tokens, where the parts are those of the last merge when a token's own
  symbols are merged. No merge ever crosses the ends of a final token, so all that happens inside is the same as for the token
  alone; with the merges of C in their old order the best of them at each step is the same one.
- Unigram: removing a piece removes paths, except that a character whose piece was removed becomes unknown at a cost of 10 below
  the lowest score. As long as that cost beats no path that was there before, the best path stays: surely where the piece of
  the lowest score is kept, else where each removed character scored above the new cost, and each character of a kept
  piece had a piece of its own.
- Words: a word that is kept is itself.
- WordPiece: the longest match that was kept is still the longest. A word that was unknown, because the longest match led
  nowhere, may become known: text with the unknown token is not covered.

The added tokens, the unknown token and the bytes are part of each condition: without them other text changes.
"""

from __future__ import annotations

import numpy as np

from ..certificate import Certificate
from ..formats.byte_alphabet import is_text
from ..formats.definition import SentencePieces, TokenizerDefinition, Unigram
from ..formats.sentencepiece import PieceType
from .keep import lowest_scores, required
from .parts import Parts

_PENALTY = 10.0  # what an unknown character costs beyond the lowest score, in `tokenizers` as in SentencePiece


def certify(definition: TokenizerDefinition, ids: np.ndarray, parts: Parts | None = None) -> Certificate:
    """What is proven of the trim that keeps these tokens. `ids`: int64, of the old tokenizer."""
    parts = parts or Parts.of(definition)
    kept = np.zeros(len(parts), bool)
    kept[ids] = True
    condition, violations = _of_model(definition, kept, parts)
    for reason, needed in required(definition, parts).items():
        if reason != "lowest score":
            violations |= {int(i): f"is dropped, but needed ({reason})" for i in needed[~kept[needed]].tolist()}
    return Certificate(not violations, condition, dict(sorted(violations.items())))


def _of_model(definition: TokenizerDefinition, kept: np.ndarray, parts: Parts) -> tuple[str, dict[int, str]]:
    model = definition.model
    if isinstance(model, Unigram) or (isinstance(model, SentencePieces) and model.algorithm == "unigram"):
        matched_before = [token.id for token in definition.added_tokens if not token.single_word]
        return _of_unigram(model, kept, matched_before)
    if len(parts.needs.items) == 0:
        names = {"wordpiece": "the longest match stays, in text without the unknown token"}
        return names.get(model.kind, "words and characters are matched as a whole"), {}
    return "each kept token has its parts", _without_parts(definition, kept, parts)


def _without_parts(definition: TokenizerDefinition, kept: np.ndarray, parts: Parts) -> dict[int, str]:
    owners = np.repeat(np.arange(len(parts)), np.diff(parts.needs.indptr))
    broken = kept[owners] & ~kept[parts.needs.items]
    if not broken.any():
        return {}
    name = dict(zip(definition.model.ids.tolist(), definition.model.tokens, strict=True))
    return {
        owner: f"{_shown(name[owner])} is made of {_shown(name[part])} (id {part}), which is dropped"
        for owner, part in zip(owners[broken].tolist(), parts.needs.items[broken].tolist(), strict=True)
    }


def _of_unigram(model: Unigram | SentencePieces, kept: np.ndarray, matched_before: list[int]) -> tuple[str, dict[int, str]]:
    """`matched_before`: ids of added tokens, which the model never sees in a text."""
    lowest = lowest_scores(model)
    if kept[lowest].all():
        return "the piece of the lowest score is kept, so that an unknown character costs what it did", {}
    condition = "no unknown character costs less than what it stands for"
    counted = model.types == PieceType.NORMAL if isinstance(model, SentencePieces) else np.ones(len(model.ids), bool)
    left = counted & kept[model.ids]
    unknown = float(model.scores[left].min()) - _PENALTY if left.any() else float("inf")
    pieces = model.tokens.texts()
    single = {piece: i for i, piece in enumerate(pieces) if len(piece) == 1}
    violations = {}
    for piece, i in single.items():
        if not kept[i] and not model.scores[i] > unknown:
            violations[i] = f"{piece!r} is dropped and scored {model.scores[i]:.2f}; as unknown it costs {unknown:.2f}"
    for i in sorted({*np.flatnonzero(kept[: len(pieces)]).tolist()}.difference(matched_before)):
        missing = [c for c in pieces[i] if c not in single]
        if missing and counted[i]:
            violations[i] = f"{pieces[i]!r} has the character {missing[0]!r}, which never had a piece of its own"
    return condition, violations


def _shown(token: bytes) -> str:
    return repr(token.decode("utf-8")) if is_text(token) else repr(token)
