"""What is proven of a tokenizer with more tokens, from the old one and the new one alone."""

from __future__ import annotations

from collections.abc import Mapping

from ...certificate import Certificate
from ...errors import UnsupportedComponent
from ...formats.definition import Bpe, Ranks, SentencePieces, TokenizerDefinition, Unigram, WordPiece
from .alphabet import can_hold
from .exact import covered_tokens, has_new_character, token_strings
from .merging import Merging, cuts

_CONDITIONS = {
    "unigram": "each new piece has a character that no old piece has, and no new score is below the lowest old one",
    "wordpiece": "each new piece has a character that no old piece has there, at the beginning of a word or inside",
    "wordlevel": "words are matched as a whole",
    "bpe": "no new merge joins two old tokens of whole characters",
    "ranks": "no new token is two old tokens of whole characters",
}


def certify(old: TokenizerDefinition, new: TokenizerDefinition, alphabet: frozenset[str] | None = None) -> Certificate:
    """Whether all covered text is cut as before (`exact` says what that means and why); with an alphabet, whether all text
    over its characters is. Raises `UnsupportedComponent` where the one is no extension of the other that could be certified."""
    if type(old.model) is not type(new.model) or isinstance(old.model, SentencePieces):
        raise UnsupportedComponent(f"a {new.model.kind} that extends a {old.model.kind}", new.origin)
    condition = _CONDITIONS[old.model.kind]
    if alphabet is not None:
        condition = f"no text over the {len(alphabet)} characters can hold a new token"
        condition += ", and no new score is below the lowest old one" if isinstance(old.model, Unigram) else ""
    before = {token.content for token in old.added_tokens}
    if any(token.content not in before for token in new.added_tokens):
        condition += ", in text without the strings of new added tokens"
    known = set(old.model.ids.tolist()) | {token.id for token in old.added_tokens}
    rows = zip(new.model.ids.tolist(), token_strings(new.model), strict=True)
    fresh = {i: token for i, token in rows if i not in known}
    found = _over_old_characters(old, new, fresh) if alphabet is None else _over(alphabet, old, new, fresh)
    return Certificate(not found, condition, dict(sorted(found.items())))


def _over(
    alphabet: frozenset[str], old: TokenizerDefinition, new: TokenizerDefinition, fresh: Mapping[int, str]
) -> dict[int, str]:
    held = can_hold(old, alphabet)
    found = {i: f"{token!r} is in text over these characters" for i, token in fresh.items() if held(token)}
    if isinstance(old.model, Unigram):
        found |= _below(old.model, new.model, fresh)
    if isinstance(old.model, Bpe):
        made = new.model.merged[len(old.model.merged) :].tolist()
        found |= {i: "is an old token that a new merge makes" for i in made if i not in fresh}
    return found


def _over_old_characters(old: TokenizerDefinition, new: TokenizerDefinition, fresh: Mapping[int, str]) -> dict[int, str]:
    match old.model:
        case Unigram():
            return _of_old_characters(old, fresh) | _below(old.model, new.model, fresh)
        case WordPiece():
            return _of_old_characters(old, fresh)
        case Bpe():
            return _joining(old, new) | _dropped(old, new, fresh) | _covered_words(old, fresh)
        case Ranks():
            return _of_two(old, fresh) | _covered_words(old, fresh)
    return {}


def _of_old_characters(old: TokenizerDefinition, fresh: Mapping[int, str]) -> dict[int, str]:
    has_new = has_new_character(old)
    return {i: f"{token!r} has only characters that old text may have" for i, token in fresh.items() if not has_new(token)}


def _below(old: Unigram, new: Unigram, fresh: Mapping[int, str]) -> dict[int, str]:
    lowest = float(old.scores.min())
    below = {i: float(new.scores[i]) for i in fresh if new.scores[i] < lowest}
    return {i: f"{fresh[i]!r} has the score {score}, below the lowest old one" for i, score in below.items()}


def _joining(old: TokenizerDefinition, new: TokenizerDefinition) -> dict[int, str]:
    found, first = covered_tokens(old), len(old.model.merges)
    names = dict(zip(new.model.ids.tolist(), new.model.tokens.texts(), strict=True))
    merges = zip(new.model.merges[first:].tolist(), new.model.merged[first:].tolist(), strict=True)
    joins = {made: (names[a], names[b]) for (a, b), made in merges if names[a] in found and names[b] in found}
    return {made: f"{names[made]!r} is merged of the old {a!r} and {b!r}" for made, (a, b) in joins.items()}


def _dropped(old: TokenizerDefinition, new: TokenizerDefinition, fresh: Mapping[int, str]) -> dict[int, str]:
    """A BPE without an unknown token leaves out characters that are no tokens, and nothing in its ids shows it."""
    if old.model.unk_id is not None or old.model.byte_fallback:
        return {}
    made = set(new.model.merged.tolist())
    return {i: f"{token!r} is a symbol that was left out of texts in silence" for i, token in fresh.items() if i not in made}


def _covered_words(old: TokenizerDefinition, fresh: Mapping[int, str]) -> dict[int, str]:
    """Where words that are tokens are not merged, by `ignore_merges` or because tiktoken does so."""
    if isinstance(old.model, Bpe) and not old.model.ignore_merges:
        return {}
    merging, found = Merging(old.model), covered_tokens(old)
    words = (i for i, token in fresh.items() if found.issuperset(merging.run(merging.symbols(token))))
    return {i: f"{fresh[i]!r} is a word that was found" for i in words}


def _of_two(old: TokenizerDefinition, fresh: Mapping[int, str]) -> dict[int, str]:
    found = covered_tokens(old)
    pairs = {i: next((pair for pair in cuts(token) if found.issuperset(pair)), None) for i, token in fresh.items()}
    return {i: f"{fresh[i]!r} is the old {pair[0]!r} and {pair[1]!r}" for i, pair in pairs.items() if pair}
