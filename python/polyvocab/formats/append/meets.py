"""Whether a model could meet the string of an added token in a text, once that is a token of the model too."""

from __future__ import annotations

import string

from ...errors import FormatError
from ..components import components
from ..definition import AddedToken, Bpe, TokenizerDefinition, Unigram
from .placed import Placed

_PUNCTUATION = frozenset(string.punctuation) - {"_"}
_LETTERS = frozenset(string.ascii_letters + string.digits)
_SEPARATORS = frozenset(["BertPreTokenizer", "Whitespace"])  # they part letters and digits from punctuation
_PRINTABLE = frozenset(map(chr, range(0x21, 0x7F)))


def never_meets(definition: TokenizerDefinition, token: AddedToken) -> bool:
    """True only where it is proven. One of these does:

    - no merge makes the string of a BPE, it is no single symbol, and words are merged also where they are tokens;
    - the string has letters or digits, and punctuation, and the pre-tokenizer parts these;
    - the string is printable ASCII, which pre-tokenizers leave alone, and is matched wherever it stands in what the model
      would see: there is no normalizer, or it is BERT's and the token is matched in what that makes.
    """
    content, model = token.content, definition.model
    if isinstance(model, Bpe) and not model.ignore_merges and not _is_symbol(content, model):
        return True
    characters = set(content)
    kinds = {part["type"] for part in components(definition.pre_tokenizer)}
    if kinds & _SEPARATORS and characters & _PUNCTUATION and characters & _LETTERS:
        return True
    if token.single_word or not characters <= _PRINTABLE:
        return False
    normalizer = definition.normalizer
    return normalizer is None or (token.normalized and normalizer["type"] == "BertNormalizer")


def _is_symbol(content: str, model: Bpe) -> bool:
    prefix, suffix = model.continuing_subword_prefix or "", model.end_of_word_suffix or ""
    return len(content.removeprefix(prefix).removesuffix(suffix)) <= 1


def require_unmet(placed: Placed, where: object) -> None:
    """Raises `FormatError` where an added token would become a token of the model, and text could then be cut into it."""
    if isinstance(placed.definition.model, Unigram):
        return  # its score sees to it: see `lowest`
    for token in placed.moved:
        if not never_meets(placed.definition, token):
            raise FormatError(
                where,
                f"the added token {token.content!r} (id {token.id}) is no token of the model, and with tokens behind it, it "
                "has to become one: then text could be cut into it where it is not matched now",
            )
