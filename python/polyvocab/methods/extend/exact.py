"""Old text that stays as it is, by which condition, and which new tokens break it.

Text is *covered* where the old tokenizer found all of it: no unknown token, no byte of byte fallback, no token of a part of a
character. Exact means: covered text is cut into the same tokens as before. With the words that reach the model the same (new
added tokens aside, which are matched before), these conditions suffice:

- Unigram: each new piece has a character that no old piece has. It is in no covered text, so no new piece is. The lowest score
  stays, so that of other text only what has such a character changes.
- WordPiece: each new piece has a character that no old piece has there, at the beginning of a word or inside. A word that
  was found has none.
- WordLevel: a word that was found was a token.
- BPE: no new merge joins two old tokens of whole characters. The old merges go first, as before, and end at the old tokens of
  the text; those of covered text have whole characters, so no two of them merge, and nothing new ever comes in. A format
  without merges joins two tokens wherever they make one: there no new token may be cut into two such old ones.
  Where words that are tokens are not merged at all (`ignore_merges`), a new token must not be a covered word.

These are the widest for all texts over the old characters. A piece of old characters alone either changes the text in which
it stands, or is never used; two old tokens may stand side by side in some text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...errors import UnsupportedComponent
from ...formats.byte_alphabet import BYTE_OF_CHARACTER
from ...formats.definition import Bpe, Ranks, SentencePieces, TokenizerDefinition, Unigram, WordPiece, fallback_bytes
from ...formats.sentencepiece import PieceType
from ...tokenizer.components import is_byte_level
from ...trim.certificate import Certificate
from .merging import Merging, cuts

_CONDITIONS = {
    "unigram": "each new piece has a character that no old piece has, and no new score is below the lowest old one",
    "wordpiece": "each new piece has a character that no old piece has there, at the beginning of a word or inside",
    "wordlevel": "words are matched as a whole",
    "bpe": "no new merge joins two old tokens of whole characters",
    "ranks": "no new token is two old tokens of whole characters",
}


def covered(definition: TokenizerDefinition) -> np.ndarray:
    """bool [token count]: whether an id stands for what the tokenizer found. Text that has other ids is not covered."""
    model = definition.model
    out = np.ones(definition.token_count, bool)
    if getattr(model, "unk_id", None) is not None:
        out[model.unk_id] = False
    if isinstance(model, Bpe | Unigram):
        out[model.ids[fallback_bytes(model)]] = False
    if isinstance(model, SentencePieces):
        out[np.flatnonzero(model.types == PieceType.BYTE)] = False
    if isinstance(model, Ranks) or is_byte_level(definition.pre_tokenizer):
        is_part = [not _is_text(token) for token in _bytes(definition)]
        out[model.ids[is_part]] = False
    return out


def covered_tokens(definition: TokenizerDefinition) -> frozenset[str]:
    """The model's tokens that are covered, as its vocabulary spells them."""
    model = definition.model
    strings = model.tokens.byte_texts() if isinstance(model, Ranks) else model.tokens.texts()
    found = covered(definition)[model.ids].tolist()
    return frozenset(token for token, is_covered in zip(strings, found, strict=True) if is_covered)


def certify(old: TokenizerDefinition, new: TokenizerDefinition) -> Certificate:
    """What is proven of a tokenizer with more tokens, from the two alone. Raises `UnsupportedComponent` for a model that is no
    extension of this kind."""
    if type(old.model) is not type(new.model) or isinstance(old.model, SentencePieces):
        raise UnsupportedComponent(f"a {new.model.kind} that extends a {old.model.kind}", new.origin)
    before = {token.content for token in old.added_tokens}
    literal = any(token.content not in before for token in new.added_tokens)
    condition = _CONDITIONS[old.model.kind] + (", in text without the strings of new added tokens" if literal else "")
    known = set(old.model.ids.tolist()) | {token.id for token in old.added_tokens}
    tokens = new.model.tokens.byte_texts() if isinstance(new.model, Ranks) else new.model.tokens.texts()
    fresh = {i: token for i, token in zip(new.model.ids.tolist(), tokens, strict=True) if i not in known}
    violations = dict(sorted(_violations(old, new, fresh).items()))
    return Certificate(not violations, condition, violations)


def old_characters(definition: TokenizerDefinition) -> Callable[[str], bool]:
    """For a Unigram and a WordPiece: whether a token has a character that no covered text has, or none there."""
    strings = definition.model.tokens.texts()
    if not isinstance(definition.model, WordPiece):
        known = set().union(*strings)
        return lambda token: not known.issuperset(token)
    prefix = definition.model.continuing_subword_prefix
    # A token with the prefix may also be what a word begins with, as it is spelled.
    first, inside = {string[:1] for string in strings}, set().union(*(string[1:] for string in strings))
    inside |= set().union(*(string[len(prefix) :] for string in strings if string.startswith(prefix)))

    def has_new(token: str) -> bool:
        if token.startswith(prefix) and token != prefix:
            return not inside.issuperset(token[len(prefix) :])
        return token[:1] not in first or not inside.issuperset(token[1:])

    return has_new


def _violations(old: TokenizerDefinition, new: TokenizerDefinition, fresh: dict[int, str]) -> dict[int, str]:
    match old.model:
        case Unigram():
            return _of_old_characters(old, fresh) | _below(old.model, new.model, fresh)
        case WordPiece():
            return _of_old_characters(old, fresh)
        case Bpe():
            return _joining(old, new) | _dropped(old, new, fresh) | _covered_words(old, fresh)
        case Ranks():
            return _of_two(old, fresh)
    return {}


def _of_old_characters(old: TokenizerDefinition, fresh: dict[int, str]) -> dict[int, str]:
    has_new = old_characters(old)
    return {i: f"{token!r} has only characters that old text may have" for i, token in fresh.items() if not has_new(token)}


def _below(old: Unigram, new: Unigram, fresh: dict[int, str]) -> dict[int, str]:
    lowest = float(old.scores.min())
    below = {i: float(new.scores[i]) for i in fresh if new.scores[i] < lowest}
    return {i: f"{fresh[i]!r} has the score {score}, below the lowest old one" for i, score in below.items()}


def _joining(old: TokenizerDefinition, new: TokenizerDefinition) -> dict[int, str]:
    is_covered = np.zeros(new.token_count, bool)
    is_covered[old.model.ids] = covered(old)[old.model.ids]
    first = len(old.model.merges)
    joins = is_covered[new.model.merges[first:]].all(axis=1)
    names = dict(zip(new.model.ids.tolist(), new.model.tokens.texts(), strict=True))
    merges = zip(new.model.merges[first:][joins].tolist(), new.model.merged[first:][joins].tolist(), strict=True)
    return {made: f"{names[made]!r} is merged of the old {names[a]!r} and {names[b]!r}" for (a, b), made in merges}


def _dropped(old: TokenizerDefinition, new: TokenizerDefinition, fresh: dict[int, str]) -> dict[int, str]:
    """A BPE without an unknown token leaves out characters that are no tokens, and nothing in its ids shows it."""
    if old.model.unk_id is not None or old.model.byte_fallback:
        return {}
    made = set(new.model.merged.tolist())
    return {i: f"{token!r} is a symbol that was left out of texts in silence" for i, token in fresh.items() if i not in made}


def _covered_words(old: TokenizerDefinition, fresh: dict[int, str]) -> dict[int, str]:
    if not old.model.ignore_merges:
        return {}
    merging, found = Merging(old.model), covered_tokens(old)
    return {
        i: f"{token!r} is a word that was found"
        for i, token in fresh.items()
        if found.issuperset(merging.run(merging.symbols(token)))
    }


def _of_two(old: TokenizerDefinition, fresh: dict[int, str]) -> dict[int, str]:
    found = covered_tokens(old)
    pairs = {i: next((pair for pair in cuts(token) if found.issuperset(pair)), None) for i, token in fresh.items()}
    return {i: f"{fresh[i]!r} is the old {pair[0]!r} and {pair[1]!r}" for i, pair in pairs.items() if pair}


def _bytes(definition: TokenizerDefinition) -> Iterator[bytes]:
    """The bytes of each token of a byte-level model; an added token in its vocabulary may be no string of the alphabet."""
    if isinstance(definition.model, Ranks):
        yield from definition.model.tokens
        return
    for token in definition.model.tokens.texts():
        in_alphabet = BYTE_OF_CHARACTER.keys() >= set(token)
        yield bytes(BYTE_OF_CHARACTER[c] for c in token) if in_alphabet else token.encode("utf-8")


def _is_text(token: bytes) -> bool:
    try:
        token.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
