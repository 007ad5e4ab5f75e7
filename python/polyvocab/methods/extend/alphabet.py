"""Text over given characters: which tokens it can have.

A new token that no text over an alphabet can hold, whole, changes none of these texts: no piece of a Unigram, no WordPiece
and no word that is not there takes part, and a merge that makes it never happens. For a Unigram the lowest score has to stay as
well, by which unknown characters are scored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ...formats.definition import Bpe, TokenizerDefinition, WordPiece
from ...formats.directory import TokenizerFiles
from ...tokenizer import Tokenizer
from .exact import bytes_of, has_bytes


def alphabet_of(files: TokenizerFiles, texts: Iterable[str]) -> frozenset[str]:
    """The characters of texts as the model gets them, text steps done, and the marks of a space."""
    tokenizer, found = Tokenizer(files, text_steps=files.text_steps), set(" ▁")
    for text in tokenizer.prepared(texts):
        found.update(*(word.decode("utf-8") for word in tokenizer.words(text)))
    return frozenset(found)


def can_hold(definition: TokenizerDefinition, alphabet: frozenset[str]) -> Callable[[str], bool]:
    """Whether some text over the alphabet holds a token of this model. Only what no text holds is certain of the rest."""
    if has_bytes(definition):
        held = _bytes_held(alphabet)
        return lambda token: held(bytes_of(token))
    model = definition.model
    prefix = (model.continuing_subword_prefix or "") if isinstance(model, Bpe | WordPiece) else ""
    suffix = (model.end_of_word_suffix or "") if isinstance(model, Bpe) else ""
    return lambda token: alphabet.issuperset(token.removeprefix(prefix).removesuffix(suffix))


def _bytes_held(alphabet: frozenset[str]) -> Callable[[bytes], bool]:
    """The same for bytes: the end of a character, whole ones, the beginning of one."""
    beginnings, ends, middles = {b""}, {b""}, set()
    for character in alphabet:
        data = character.encode("utf-8")
        beginnings.update(data[:at] for at in range(1, len(data)))
        ends.update(data[at:] for at in range(1, len(data)))
        middles.update(data[a:b] for a in range(1, len(data)) for b in range(a + 1, len(data)))

    def held(token: bytes) -> bool:
        start = 0
        while start < len(token) and token[start] & 0xC0 == 0x80:
            start += 1
        if start == len(token):
            return token in ends or token in middles
        text = token[start:].decode("utf-8", "ignore")
        rest = token[start + len(text.encode("utf-8")) :]
        return token[:start] in ends and alphabet.issuperset(text) and rest in beginnings

    return held
