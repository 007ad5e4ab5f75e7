"""What a model gets of the candidates: tokens with scores or merges, and what becomes of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import compress

import numpy as np

from ...formats.definition import Bpe, Ranks, Strings, Unigram, WordPiece
from ...formats.directory import TokenizerFiles
from ...trim.parts import Kind, Parts
from .alphabet import can_hold
from .calibration import Scores, scores_for
from .candidates import Candidates
from .exact import covered_tokens, has_new_character
from .merging import Merging, Pair

_OLD = "of old characters"


@dataclass(frozen=True)
class NewPieces:
    """`left_out`: why and how many pieces of the other tokenizer are not there. `between`: how many tokens are there only
    because merges lead over them."""

    tokens: tuple[str, ...] = ()
    scores: np.ndarray | None = None  # float64 [tokens]
    merges: tuple[Pair, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    between: int = 0


def new_pieces(
    source: TokenizerFiles,
    other: TokenizerFiles,
    found: Candidates,
    *,
    exact: bool,
    alphabet: frozenset[str] | None,
    size: int | None,
    scores: Scores,
) -> NewPieces:
    """`exact`: those that change no covered text; with an alphabet, those that change no text over it. `size`: at most so many
    tokens."""
    model, left_out = source.definition.model, dict(found.left_out)
    if isinstance(model, Bpe | Ranks):
        return _merged(source, found, exact, alphabet, size)
    if alphabet is not None:
        held = can_hold(source.definition, alphabet)
        found = _chosen(found, (not held(token) for token in found.tokens), _OLD, left_out)
    elif exact and isinstance(model, Unigram | WordPiece):
        found = _chosen(found, map(has_new_character(source.definition), found.tokens), _OLD, left_out)
    if not isinstance(model, Unigram):
        return NewPieces(tuple(found.tokens[:size]), left_out=left_out)
    values = scores_for(source, other, found, scores)
    used = _used(source, found.tokens, values)
    chosen = _chosen(found, used.tolist(), "never the best", left_out)
    return NewPieces(tuple(chosen.tokens[:size]), values[used][:size], left_out=left_out)


def _chosen(found: Candidates, is_chosen: Iterable[bool], reason: str, left_out: dict[str, int]) -> Candidates:
    marks = list(is_chosen)
    if not all(marks):
        left_out[reason] = marks.count(False)
    return replace(found, tokens=list(compress(found.tokens, marks)), ids=list(compress(found.ids, marks)))


def _used(source: TokenizerFiles, tokens: list[str], scores: np.ndarray) -> np.ndarray:
    """bool [tokens]: whether a piece is better than all other ways to cut its own string. If not, no text is ever cut into it,
    and without it nothing changes."""
    if not tokens:
        return np.zeros(0, bool)
    model = source.definition.model
    longer = replace(
        model,
        tokens=Strings.of([*model.tokens, *tokens]),
        ids=np.arange(len(model.tokens) + len(tokens), dtype=np.uint32),
        scores=np.concatenate([model.scores, scores]),
    )
    parts = Parts.of(replace(source.definition, model=longer, added_tokens=()))
    return parts.kinds[len(model.tokens) :] != Kind.NEVER


def _merged(
    source: TokenizerFiles, found: Candidates, exact: bool, alphabet: frozenset[str] | None, size: int | None
) -> NewPieces:
    definition, left_out = source.definition, dict(found.left_out)
    has_pairs = any(name.endswith((".model", ".tiktoken")) for name in source.files)
    merging = Merging(
        definition.model,
        every_pair=has_pairs or isinstance(definition.model, Ranks),
        apart=covered_tokens(definition) if exact and alphabet is None else frozenset(),
        is_barred=None if alphabet is None else can_hold(definition, alphabet),
    )
    wanted, refused = frozenset(found.tokens), 0
    for token in found.tokens:
        tokens, merges = len(merging.tokens), len(merging.merges)
        refused += not merging.add(token, wanted)
        if size is not None and len(merging.tokens) > size:
            merging.forget(tokens, merges)
            break
    if refused:
        left_out["no merges" if not exact else _OLD] = refused
    between = sum(token not in wanted for token in merging.tokens)
    merges = merging.all_merges() if isinstance(definition.model, Bpe) else ()
    return NewPieces(tuple(merging.tokens), None, merges, left_out, between)
