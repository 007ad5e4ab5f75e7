"""Which new tokens change nothing in text that the old tokenizer covered.

Text is *covered* where the old tokenizer found all of it: no unknown token, no byte of byte fallback, no token of a part of a
character. What reaches the model is the same as before (new added tokens aside, which are matched first), so these suffice:

- Unigram: each new piece has a character that no old piece has. It is in no covered text, so no new piece is. The lowest score
  stays, so that of other text only what has such a character changes.
- WordPiece: each new piece has a character that no old piece has there, at the beginning of a word or inside. A word that
  was found has none.
- WordLevel: a word that was found was a token.
- BPE: no new merge joins two old tokens of whole characters. The old merges go first, as before, and end at the old tokens of
  the text; those of covered text have whole characters, so no two of them merge, and nothing new ever comes in. A format
  without merges joins two tokens wherever they make one: there no new token may be cut into two such old ones.
  Where words that are tokens are not merged at all (`ignore_merges`), a new token must not be a covered word.

These are the widest for all texts over the old characters: a piece of old characters alone changes the text in which it stands,
or is never used, and two old tokens may stand side by side in some text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import compress

import numpy as np

from ...formats.byte_alphabet import BYTE_OF_CHARACTER, is_text
from ...formats.definition import Bpe, Ranks, SentencePieces, TokenizerDefinition, Unigram, WordPiece, fallback_bytes
from ...formats.sentencepiece import PieceType
from ...tokenizer.components import is_byte_level


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
    if has_bytes(definition):
        out[model.ids[[not is_text(token) for token in token_bytes(definition)]]] = False
    return out


def covered_tokens(definition: TokenizerDefinition) -> frozenset[str]:
    """The model's tokens that are covered, as its vocabulary spells them."""
    return frozenset(compress(token_strings(definition.model), covered(definition)[definition.model.ids].tolist()))


def has_new_character(definition: TokenizerDefinition) -> Callable[[str], bool]:
    """Of a Unigram or a WordPiece: whether a token has a character that no covered text has, or none there."""
    strings = definition.model.tokens.texts()
    if not isinstance(definition.model, WordPiece):
        known = frozenset().union(*strings)
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


def has_bytes(definition: TokenizerDefinition) -> bool:
    """Whether tokens are bytes, not characters."""
    return isinstance(definition.model, Ranks) or is_byte_level(definition.pre_tokenizer)


def token_strings(model: object) -> list[str]:
    """The model's tokens, those of ranks in the alphabet of bytes."""
    return model.tokens.byte_texts() if isinstance(model, Ranks) else model.tokens.texts()


def token_bytes(definition: TokenizerDefinition) -> Iterator[bytes]:
    """The bytes of each token, where tokens are bytes."""
    return map(bytes_of, token_strings(definition.model))


def bytes_of(token: str) -> bytes:
    """What a token in the alphabet of bytes stands for; an added token in a vocabulary may be no string of the alphabet."""
    try:
        return bytes(BYTE_OF_CHARACTER[character] for character in token)
    except KeyError:
        return token.encode("utf-8")
