"""The tokens that a BPE needs for its new ones, and the merges that reach them."""

from __future__ import annotations

import string
from collections.abc import Callable, Container, Sequence

import numpy as np

from ...errors import PolyvocabError
from ...formats.append import NewTokens
from ...formats.byte_alphabet import is_text
from ...formats.definition import Bpe, Ranks, SentencePieces, TokenizerDefinition
from ...formats.vocabulary import Spelling, Vocabulary
from ...tokenizer import Tokenizer
from .family import token_bytes
from .grown import grown, later_scores
from .merges import Joiner
from .reached import alone, reached, words
from .twins import with_marks

_LATIN = frozenset(string.ascii_letters)


def new_bpe_tokens(
    definition: TokenizerDefinition,
    vocabulary: Vocabulary,
    model: Tokenizer,
    wanted: Sequence[str],
    *,
    mark: str | None,
    letters: Sequence[str] = (),
    twins: Sequence[str] = (),
    threads: int = 0,
) -> tuple[NewTokens, dict[int, tuple[int, int]]]:
    """New tokens in the order of their rank, and of each its parts: new id to the two ids that are merged into it.

    `model`: that of the definition, alone. `wanted`: in the order in which merges are made for them. A token in between has a
    Latin letter, as they have, so that nothing new is in a text without any. What cannot be reached is left out: a word with
    a character that the vocabulary has not.

    With `mark`, they all have the mark, and each token in between has it. Then come first the mark and the marked `letters`,
    the `twins` of Latin tokens in the order of their ranks, and the marked form of what would be new without the mark. So
    marked words, where all twins are there, are merged as the words without marks would be, step by step. All strings are as
    the vocabulary spells them.
    """
    is_bytes = vocabulary.spelling is Spelling.BYTE_LEVEL
    strange = {*vocabulary.bytes, vocabulary.unknown}  # not in words of known characters

    def join(joiner: Joiner, tokens: Sequence[str]) -> None:
        """Each of them, in this order; the old merges, and the new ones so far, are made by the model itself."""
        grown_so_far = alone(_grown(definition, joiner.tokens, joiner.parts)) if joiner.tokens else model
        flat, offsets = words(grown_so_far, [_text(token, is_bytes) for token in tokens], threads=threads)
        ids, bounds, preferred = flat.tolist(), offsets.tolist(), frozenset(tokens)
        for start, end in zip(bounds, bounds[1:], strict=False):
            word = ids[start:end]
            if strange.isdisjoint(word):
                joiner.join(word, preferred)

    joiner = Joiner(vocabulary.tokens, _rule(mark, is_bytes))
    if mark is not None:
        plain = Joiner(vocabulary.tokens, _rule(None, is_bytes))
        join(plain, [bare for token in wanted if (bare := token.replace(mark, "")) not in vocabulary.ids])
        if not is_bytes:
            joiner.symbol(mark)
        join(joiner, [mark, *(letter for letter in letters if letter != mark)])
        if mark not in joiner.tokens:
            raise PolyvocabError(f"{vocabulary.origin}: the bytes of the mark do not come together: {mark!r}")
        twins = [*twins, *(with_marks(token, mark) for token in plain.tokens)]
        join(joiner, [*dict.fromkeys([*twins, *wanted])])
    else:
        join(joiner, wanted)
    chosen = _needed(definition, joiner, {*wanted, *letters, *twins, mark}, is_bytes, threads)
    tokens, parts = joiner.chosen(chosen)
    old = definition.model
    strings = [*vocabulary.tokens, *tokens]
    merges = tuple((strings[a], strings[b]) for a, b in parts.values()) if isinstance(old, Bpe) else ()
    scores = later_scores(old, len(tokens)) if isinstance(old, SentencePieces) else None
    return NewTokens(tuple(tokens), scores, merges), parts


def _needed(
    definition: TokenizerDefinition, joiner: Joiner, wanted: Container[str | None], is_bytes: bool, threads: int
) -> np.ndarray:
    """bool [new]: the wanted ones that the model itself reaches, and their parts."""
    first, tokens = joiner.first, joiner.tokens
    model = _grown(definition, tokens, joiner.parts)
    needed = reached(model, [_text(token, is_bytes) for token in tokens], first, threads=threads)
    needed &= np.array([token in wanted for token in tokens], bool)
    for new, parts in reversed(joiner.parts.items()):
        if needed[new - first]:
            for part in parts:
                if part >= first:
                    needed[part - first] = True
    return needed


def _grown(definition: TokenizerDefinition, tokens: Sequence[str], parts: dict[int, tuple[int, int]]) -> TokenizerDefinition:
    if isinstance(definition.model, Bpe):
        merges, merged = np.array([*parts.values()], np.int64).reshape(-1, 2), np.array([*parts], np.int64)
        return grown(definition, tokens, merges=merges, merged=merged)
    return grown(definition, [token_bytes(token) for token in tokens] if isinstance(definition.model, Ranks) else tokens)


def _rule(mark: str | None, is_bytes: bool) -> Callable[[str], bool]:
    def may_be_made(token: str) -> bool:
        has_sign = mark in token if mark is not None else not _LATIN.isdisjoint(token)
        return has_sign and (not is_bytes or token.replace(mark or "", "").isascii() or is_text(token_bytes(token)))

    return may_be_made


def _text(token: str, is_bytes: bool) -> str:
    """A word as the model meets it."""
    return token_bytes(token).decode("utf-8") if is_bytes else token
