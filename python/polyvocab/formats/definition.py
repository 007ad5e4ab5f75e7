"""What a tokenizer does, in one description for all formats: the native tokenizer is built from it alone.

Strings lie in one block of bytes, numbers in arrays, so that a vocabulary of a quarter of a million tokens costs no
Python object per token. The components before and after the model are kept as tokenizer.json spells them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from .. import _core
from . import byte_alphabet


@dataclass(frozen=True, eq=False)
class Strings:
    """Byte strings in one block: string i is `data[offsets[i]:offsets[i + 1]]`. UTF-8, but for the tokens of `Ranks`."""

    data: bytes
    offsets: np.ndarray  # uint64 [count + 1]

    @classmethod
    def of(cls, strings: Iterable[str | bytes]) -> Strings:
        encoded = [s.encode("utf-8") if isinstance(s, str) else s for s in strings]
        offsets = np.zeros(len(encoded) + 1, np.uint64)
        np.cumsum([len(s) for s in encoded], out=offsets[1:])
        return cls(b"".join(encoded), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, i: int) -> bytes:
        return self.data[int(self.offsets[i]) : int(self.offsets[i + 1])]

    def __iter__(self) -> Iterator[bytes]:
        bounds = self.offsets.tolist()
        return (self.data[start:end] for start, end in zip(bounds, bounds[1:], strict=False))

    def find(self, wanted: Iterable[str]) -> list[int]:
        """The position of each string, of the last one where several are equal; -1 where there is none."""
        return self.positions(Strings.of(wanted)).tolist()

    def positions(self, wanted: Strings) -> np.ndarray:
        """The same for a block: int64 [wanted]."""
        return _core.find_strings(self.data, self.offsets, wanted.data, wanted.offsets)

    def texts(self) -> list[str]:
        """The strings as `str`. Raises `UnicodeDecodeError` where one is no UTF-8."""
        begins = (np.frombuffer(self.data, np.uint8) & 0xC0) != 0x80  # of characters
        if not begins[self.offsets[:-1][np.diff(self.offsets) > 0].astype(np.int64)].all():
            return [s.decode("utf-8") for s in self]
        before = np.concatenate([[0], np.cumsum(begins)])  # characters before each byte
        return cut(self.data.decode("utf-8"), before[self.offsets.astype(np.int64)])

    def byte_texts(self) -> list[str]:
        """The strings in GPT-2's alphabet, a character for each byte."""
        return cut(byte_alphabet.spelled(self.data), self.offsets)


def cut(text: str, bounds: np.ndarray) -> list[str]:
    """The parts of a text from each bound to the next: one cut of a `str` is quicker than one decoding."""
    ends = bounds.tolist()
    return [text[start:end] for start, end in zip(ends, ends[1:], strict=False)]


@dataclass(frozen=True, eq=False)
class Bpe:
    """Byte pair encoding with a list of merges. A later merge of the same pair replaces an earlier one.

    `tokens` are spelled as in the file: those of a byte-level vocabulary in its alphabet of 256 characters.
    """

    tokens: Strings  # in the order of the file
    ids: np.ndarray  # uint32 [tokens], no id twice
    merges: np.ndarray  # uint32 [merges, 2]: the ids of the left and the right part, in the order of their rank
    merged: np.ndarray  # uint32 [merges]: the id of what they become
    unk_token: str | None = None
    unk_id: int | None = None  # None also where the vocabulary lacks `unk_token`: meeting an unknown character is an error
    continuing_subword_prefix: str | None = None
    end_of_word_suffix: str | None = None
    fuse_unk: bool = False
    byte_fallback: bool = False
    ignore_merges: bool = False
    dropout: float | None = None
    kind: Literal["bpe"] = field(default="bpe", init=False)


@dataclass(frozen=True, eq=False)
class Ranks:
    """Byte pair encoding as tiktoken has it: two neighbours merge where their concatenation is a token, the smallest
    rank first, and a whole word that is a token is one."""

    tokens: Strings  # any bytes
    ids: np.ndarray  # uint32 [tokens]: the ranks, no rank twice
    kind: Literal["ranks"] = field(default="ranks", init=False)


@dataclass(frozen=True, eq=False)
class Unigram:
    """The likeliest segmentation. Two pieces may be spelled alike: the later one has the id of the string."""

    tokens: Strings
    ids: np.ndarray  # uint32 [tokens]: 0, 1, 2, ...
    scores: np.ndarray  # float64 [tokens]: log probabilities
    unk_id: int | None = None
    byte_fallback: bool = False
    kind: Literal["unigram"] = field(default="unigram", init=False)


@dataclass(frozen=True, eq=False)
class WordPiece:
    """The longest match from the left; a word that has none is unknown as a whole."""

    tokens: Strings
    ids: np.ndarray  # uint32 [tokens], no id twice
    unk_token: str = "[UNK]"
    unk_id: int | None = None  # None where the vocabulary lacks `unk_token`: meeting an unknown word is an error
    continuing_subword_prefix: str = "##"
    max_input_chars_per_word: int = 100
    kind: Literal["wordpiece"] = field(default="wordpiece", init=False)


@dataclass(frozen=True, eq=False)
class WordLevel:
    """Whole words."""

    tokens: Strings
    ids: np.ndarray  # uint32 [tokens], no id twice
    unk_token: str = "<unk>"
    unk_id: int | None = None  # None where the vocabulary lacks `unk_token`: meeting an unknown word is an error
    kind: Literal["wordlevel"] = field(default="wordlevel", init=False)


@dataclass(frozen=True)
class PieceRules:
    """What SentencePiece's trainer could make a piece at all: fields of its specification, with their defaults there."""

    max_sentencepiece_length: int = 16  # characters
    split_by_unicode_script: bool = True
    split_by_number: bool = True
    split_by_whitespace: bool = True
    treat_whitespace_as_suffix: bool = False
    split_digits: bool = False
    allow_whitespace_only_pieces: bool = False


@dataclass(frozen=True, eq=False)
class SentencePieces:
    """A SentencePiece model with the normalization that belongs to it: its own semantics, in single precision."""

    algorithm: Literal["unigram", "bpe", "word", "char"]
    tokens: Strings
    ids: np.ndarray  # uint32 [tokens]: 0, 1, 2, ...
    scores: np.ndarray  # float32 [tokens]
    types: np.ndarray  # uint8 [tokens]: values of `formats.sentencepiece.PieceType`
    unk_id: int | None  # None: every character has its byte pieces
    bos_id: int | None
    eos_id: int | None
    pad_id: int | None
    byte_fallback: bool
    normalizer_name: str  # "nmt_nfkc", "identity", ...: a label, the charsmap is what holds
    charsmap: bytes  # precompiled; empty: characters stay as they are
    add_dummy_prefix: bool
    remove_extra_whitespaces: bool
    escape_whitespaces: bool
    treat_whitespace_as_suffix: bool
    unk_surface: str = " ⁇ "  # what decoding writes for the unknown piece
    trainer: PieceRules | None = None  # None where the file does not say; no text is encoded by them
    kind: Literal["sentencepiece"] = field(default="sentencepiece", init=False)


def fallback_bytes(model: Bpe | Unigram) -> np.ndarray:
    """Positions, int64, of the tokens <0x00> to <0xFF> that stand for bytes; empty for a model without byte fallback."""
    names = [f"<0x{byte:02X}>" for byte in range(256)] if model.byte_fallback else []
    return np.array([position for position in model.tokens.find(names) if position >= 0], np.int64)


Model = Bpe | Ranks | Unigram | WordPiece | WordLevel | SentencePieces


@dataclass(frozen=True)
class AddedToken:
    """A string that is matched before the model sees the text. `id` is the one that encoding gives, whatever a file
    declares: the model's where the model has the string, else the next free one."""

    id: int
    content: str
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: bool = True
    special: bool = False


@dataclass(frozen=True, eq=False)
class TokenizerDefinition:
    """A tokenizer. The components are dicts of tokenizer.json, None where there is none."""

    model: Model
    engine: Literal["hf", "sentencepiece", "tiktoken"]  # whose semantics hold
    normalizer: dict[str, Any] | None = None
    pre_tokenizer: dict[str, Any] | None = None
    post_processor: dict[str, Any] | None = None
    decoder: dict[str, Any] | None = None
    added_tokens: tuple[AddedToken, ...] = ()  # by id
    truncation: dict[str, Any] | None = None
    padding: dict[str, Any] | None = None
    origin: str = ""  # the file that it was read from

    @property
    def token_count(self) -> int:
        """The largest id plus one, added tokens included; ids below it may be no token's."""
        largest = int(self.model.ids.max()) if len(self.model.ids) else -1
        return max(largest, *(token.id for token in self.added_tokens), -1) + 1
