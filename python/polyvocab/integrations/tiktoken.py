"""`tiktoken.Encoding`, natively: the same interface, ids and errors.

from polyvocab.integrations import tiktoken
encoding = tiktoken.Encoding.from_tiktoken(tiktoken_encoding)     # or
encoding = tiktoken.Encoding.from_file("cl100k_base.tiktoken")
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import numpy as np

from ..errors import FormatError, UnsupportedComponent
from ..formats.definition import AddedToken, Ranks, Strings, TokenizerDefinition
from ..formats.directory import read_definition
from ..tokenizer import Tokenizer

if TYPE_CHECKING:
    import tiktoken

Special = Literal["all"] | Collection[str]


class Encoding:
    """Thread safe: which special tokens are allowed is an argument of a call."""

    def __init__(
        self,
        name: str,
        *,
        pat_str: str,
        mergeable_ranks: Mapping[bytes, int],
        special_tokens: Mapping[str, int],
        explicit_n_vocab: int | None = None,
    ) -> None:
        """Raises `FormatError` where the number of tokens is not `explicit_n_vocab`, or where a byte has no token."""
        self.name = name
        self._pat_str, self._mergeable_ranks, self._special_tokens = pat_str, dict(mergeable_ranks), dict(special_tokens)
        self.max_token_value = max(max(self._mergeable_ranks.values()), max(self._special_tokens.values(), default=0))
        count = len(self._mergeable_ranks) + len(self._special_tokens)
        if explicit_n_vocab and (count != explicit_n_vocab or self.max_token_value != explicit_n_vocab - 1):
            raise FormatError(name, f"has {count} tokens up to {self.max_token_value}, not {explicit_n_vocab}")
        if missing := {bytes([b]) for b in range(256)} - set(self._mergeable_ranks):
            raise FormatError(name, f"{len(missing)} bytes have no token, the first is {min(missing)!r}")
        self._all = frozenset(self._special_tokens)
        ranks = Ranks(Strings.of(self._mergeable_ranks), np.fromiter(self._mergeable_ranks.values(), np.uint32))
        split = {"type": "Split", "pattern": {"Regex": pat_str}, "behavior": "Isolated", "invert": False}
        self._plain = Tokenizer(TokenizerDefinition(model=ranks, engine="tiktoken", pre_tokenizer=split, origin=name))
        self._tokenizers: dict[frozenset[str], Tokenizer] = {}

    @classmethod
    def from_tiktoken(cls, encoding: tiktoken.Encoding) -> Encoding:
        """The same encoding."""
        return cls(**_parameters(encoding))

    @classmethod
    def from_file(cls, path: str | Path, *, name: str | None = None) -> Encoding:
        """Of a rank file; `name` as in `formats.tiktoken.ENCODINGS` where the file does not bear it."""
        definition = read_definition(path, encoding=name)
        if not isinstance(definition.model, Ranks) or definition.pre_tokenizer is None:
            raise FormatError(path, "is no rank file")
        return cls(
            name or Path(path).stem,
            pat_str=definition.pre_tokenizer["pattern"]["Regex"],
            mergeable_ranks=dict(zip(definition.model.tokens, definition.model.ids.tolist(), strict=True)),
            special_tokens={token.content: token.id for token in definition.added_tokens},
        )

    def __getstate__(self) -> dict:
        return _parameters(self)

    def __setstate__(self, state: dict) -> None:
        self.__init__(**state)

    def __repr__(self) -> str:
        return f"<Encoding {self.name!r}>"

    def encode(self, text: str, *, allowed_special: Special = frozenset(), disallowed_special: Special = "all") -> list[int]:
        """Raises `ValueError` where the text holds a special token that is neither allowed nor let through as text."""
        return self.encode_batch([text], allowed_special=allowed_special, disallowed_special=disallowed_special, num_threads=1)[
            0
        ]

    def encode_ordinary(self, text: str) -> list[int]:
        return self._lists([text], frozenset(), 1)[0]

    def encode_to_numpy(
        self, text: str, *, allowed_special: Special = frozenset(), disallowed_special: Special = "all"
    ) -> np.ndarray:
        """uint32."""
        allowed = self._check([text], allowed_special, disallowed_special)
        return self._flat([text], allowed, 1)[0]

    def encode_batch(
        self,
        text: list[str],
        *,
        num_threads: int = 8,
        allowed_special: Special = frozenset(),
        disallowed_special: Special = "all",
    ) -> list[list[int]]:
        return self._lists(text, self._check(text, allowed_special, disallowed_special), num_threads)

    def encode_ordinary_batch(self, text: list[str], *, num_threads: int = 8) -> list[list[int]]:
        return self._lists(text, frozenset(), num_threads)

    def encode_with_unstable(self, text: str, **options) -> NoReturn:
        raise UnsupportedComponent("encode_with_unstable", self.name, "call it on tiktoken's own encoding")

    def encode_single_token(self, text_or_bytes: str | bytes) -> int:
        """Special tokens too. Raises `KeyError` for what is no token."""
        token = text_or_bytes.encode("utf-8") if isinstance(text_or_bytes, str) else text_or_bytes
        return self._ids[token]

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        """Raises `KeyError` for an id without a token."""
        return b"".join(map(self._token, tokens))

    def decode(self, tokens: Sequence[int], errors: str = "replace") -> str:
        return self.decode_bytes(tokens).decode("utf-8", errors=errors)

    def decode_single_token_bytes(self, token: int) -> bytes:
        """Raises `KeyError` for an id without a token."""
        return self._token(token)

    def decode_tokens_bytes(self, tokens: Sequence[int]) -> list[bytes]:
        return list(map(self._token, tokens))

    def decode_with_offsets(self, tokens: Sequence[int]) -> tuple[str, list[int]]:
        """The text, and where in it each token begins; a token that begins within a character begins with that."""
        parts = self.decode_tokens_bytes(tokens)
        offsets, characters = [], 0
        for part in parts:
            offsets.append(max(0, characters - _is_inner(part[0])))
            characters += sum(not _is_inner(byte) for byte in part)
        return b"".join(parts).decode("utf-8"), offsets

    def decode_batch(self, batch: Sequence[Sequence[int]], *, errors: str = "replace", num_threads: int = 8) -> list[str]:
        return [self.decode(tokens, errors) for tokens in batch]

    def decode_bytes_batch(self, batch: Sequence[Sequence[int]], *, num_threads: int = 8) -> list[bytes]:
        return list(map(self.decode_bytes, batch))

    def token_byte_values(self) -> list[bytes]:
        """Of all tokens but the special ones, in alphabetical order."""
        return sorted(self._mergeable_ranks)

    @property
    def eot_token(self) -> int:
        return self._special_tokens["<|endoftext|>"]

    @cached_property
    def special_tokens_set(self) -> set[str]:
        return set(self._special_tokens)

    def is_special_token(self, token: int) -> bool:
        return token in self._special_ids

    @property
    def n_vocab(self) -> int:
        return self.max_token_value + 1

    @cached_property
    def _special_ids(self) -> frozenset[int]:
        return frozenset(self._special_tokens.values())

    @cached_property
    def _ids(self) -> dict[bytes, int]:
        return self._mergeable_ranks | {token.encode("utf-8"): i for token, i in self._special_tokens.items()}

    @cached_property
    def _token(self):
        return {i: token for token, i in self._ids.items()}.__getitem__

    def _with(self, allowed: frozenset[str]) -> Tokenizer:
        """The tokenizer that finds these special tokens and takes all others for text; it shares all else."""
        if allowed not in self._tokenizers:
            tokens = sorted((i, t) for t, i in self._special_tokens.items() if t in allowed)
            added = tuple(AddedToken(i, t, normalized=False, special=True) for i, t in tokens)
            self._tokenizers[allowed] = self._plain.with_added_tokens(added)
        return self._tokenizers[allowed]

    def _check(self, texts: Iterable[str], allowed: Special, disallowed: Special) -> frozenset[str]:
        """The special tokens that are allowed. Raises where a text holds one that is disallowed."""
        allowed = self._all if isinstance(allowed, str) and allowed == "all" else frozenset(allowed)
        disallowed = self._all - allowed if isinstance(disallowed, str) and disallowed == "all" else frozenset(disallowed)
        if disallowed:
            search = _any_of(disallowed).search
            for text in texts:
                if found := search(text):
                    _refuse(found.group())
        return allowed & self._all

    def _flat(self, texts: Sequence[str], allowed: frozenset[str], threads: int) -> tuple[np.ndarray, np.ndarray]:
        tokenizer = self._with(allowed)
        try:
            return tokenizer.encode_batch(texts, threads=threads)
        except UnicodeEncodeError:  # tiktoken joins surrogates, and replaces lone ones
            whole = [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts]
            return tokenizer.encode_batch(whole, threads=threads)

    def _lists(self, texts: Sequence[str], allowed: frozenset[str], threads: int) -> list[list[int]]:
        return self._with(self._all).assembler.id_lists(*self._flat(texts, allowed, threads))


def _parameters(encoding) -> dict:
    return {
        "name": encoding.name,
        "pat_str": encoding._pat_str,
        "mergeable_ranks": encoding._mergeable_ranks,
        "special_tokens": encoding._special_tokens,
    }


def _is_inner(byte: int) -> bool:
    """Whether a byte continues a character."""
    return 0x80 <= byte < 0xC0


@lru_cache(maxsize=128)
def _any_of(tokens: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, tokens)))


def _refuse(token: str) -> NoReturn:
    raise ValueError(
        f"Encountered text corresponding to disallowed special token {token!r}.\n"
        f"To encode it as a special token, name it in `allowed_special`: `allowed_special={{{token!r}}}`.\n"
        f"To encode it as text like any other, leave it out of `disallowed_special`: "
        f"`disallowed_special=(enc.special_tokens_set - {{{token!r}}})`; `disallowed_special=()` lets all through.\n"
    )
