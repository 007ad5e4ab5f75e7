"""tiktoken's rank files (`.tiktoken`, and Llama 3's `tokenizer.model`), and js-tiktoken's JSON with everything in it.

A rank file holds lines of a token in base64 and its rank; how text is split and which special tokens there are stands
in the program that reads it. The encodings that are known by name are listed here.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import FormatError
from .definition import AddedToken, Ranks, Strings, TokenizerDefinition
from .fields import Fields

_LLAMA3_ROLES = (
    "begin_of_text,end_of_text,reserved_special_token_0,reserved_special_token_1,finetune_right_pad_id,step_id,"
    "start_header_id,end_header_id,eom_id,eot_id,python_tag,image"
)


@dataclass(frozen=True)
class Encoding:
    """What a rank file leaves open. `size` is the number of ranks of the published file."""

    pattern: str
    special_tokens: Mapping[str, int]
    size: int


def _llama3_tokens() -> dict[str, int]:
    names = _LLAMA3_ROLES.split(",")
    names += [f"reserved_special_token_{n + 2}" for n in range(256 - len(names))]
    return {f"<|{name}|>": 128000 + n for n, name in enumerate(names)}


_GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"
_CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
_LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_O200K = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
_END = "<|endoftext|>"
_FIM = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>")

ENCODINGS = {
    "gpt2": Encoding(_GPT2, {_END: 50256}, 50256),
    "r50k_base": Encoding(_GPT2, {_END: 50256}, 50256),
    "p50k_base": Encoding(_GPT2, {_END: 50256}, 50280),
    "p50k_edit": Encoding(_GPT2, {_END: 50256} | {t: 50281 + n for n, t in enumerate(_FIM)}, 50280),
    "cl100k_base": Encoding(
        _CL100K, {_END: 100257} | {t: 100258 + n for n, t in enumerate(_FIM)} | {"<|endofprompt|>": 100276}, 100256
    ),
    "o200k_base": Encoding(_O200K, {_END: 199999, "<|endofprompt|>": 200018}, 199998),
    "llama3": Encoding(_LLAMA3, _llama3_tokens(), 128000),
}
_LARGEST_ID = 2**31 - 1
CONFIG = "tokenizer_config.json"


def looks_like_ranks(data: bytes) -> bool:
    """Whether the file begins with a line of base64, one space and a number."""
    token, _, rank = data[:4096].partition(b"\n")[0].rstrip(b"\r").partition(b" ")
    return rank.isdigit() and _decoded(token) is not None


def read_definition(
    data: bytes,
    where: object = "ranks.tiktoken",
    *,
    name: str | None = None,
    pattern: str | None = None,
    special_tokens: Mapping[str, int] | None = None,
) -> TokenizerDefinition:
    """The tokenizer of a rank file: an encoding of `ENCODINGS` by name, or the caller's pattern and special tokens."""
    if name is not None and name not in ENCODINGS:
        raise FormatError(where, f"the encoding {name!r} is not known: {', '.join(ENCODINGS)}, or give a pattern")
    known = None if name is None else ENCODINGS[name]
    if pattern is None and known is None:
        raise FormatError(where, "a rank file does not say how text is split: name its encoding, or give a pattern")
    ranks = read_ranks(data, where)
    if known is not None and pattern is None and len(ranks.tokens) != known.size:
        raise FormatError(where, f"holds {len(ranks.tokens)} ranks, but {name} has {known.size}")
    special = special_tokens if special_tokens is not None else known.special_tokens if known is not None else {}
    return _definition(ranks, known.pattern if pattern is None else pattern, special, where)


def read_files(files: Mapping[str, bytes], name: str, where: object = "tokenizer") -> TokenizerDefinition:
    """The tokenizer of the rank file `name` with a tokenizer_config.json as `described` makes it."""
    settings, special = _described(files, where)
    return read_definition(files[name], f"{where}/{name}", pattern=settings.string("pat_str"), special_tokens=special)


def described(
    files: Mapping[str, bytes], name: str, encoding: str | None = None, where: object = "tokenizer"
) -> Mapping[str, bytes]:
    """The files with a tokenizer_config.json that says what the rank file `name` leaves open: how text is split, as
    `pat_str`, tiktoken's own word, and the special tokens, as `added_tokens_decoder`, where transformers has them.

    Where the encoding is not given, what the file says already holds, else the encoding that the rank file is named after.
    Raises `FormatError` where there is none, and where the rank file is not that of the encoding.
    """
    settings, special = _described(files, where)
    if encoding is None and "pat_str" in settings.members:
        return files
    file = f"{where}/{name}"
    known = _encoding(encoding or name.rpartition(".")[0], file)
    if (ranks := sum(bool(line) for line in files[name].splitlines())) != known.size:
        raise FormatError(file, f"holds {ranks} ranks, but {encoding or name.rpartition('.')[0]} has {known.size}")
    members = {**settings.members, "pat_str": known.pattern}
    if special is None:
        flags = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
        by_id = sorted(known.special_tokens.items(), key=lambda item: item[1])
        members["added_tokens_decoder"] = {str(i): {"content": token, **flags} for token, i in by_id}
    return {**files, CONFIG: (json.dumps(members, ensure_ascii=False, indent=2) + "\n").encode()}


def _encoding(name: str, where: object) -> Encoding:
    if name not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise FormatError(where, f"does not say how text is split, and the encoding {name!r} is not known: name one of {known}")
    return ENCODINGS[name]


def _described(files: Mapping[str, bytes], where: object) -> tuple[Fields, dict[str, int] | None]:
    settings = Fields.of_json(files.get(CONFIG, b"{}"), f"{where}/{CONFIG}")
    entries = settings.object("added_tokens_decoder", None)
    if entries is None:
        return settings, None
    special = {}
    for key, value in entries.items():
        if not (key.isascii() and key.isdigit() and len(key) < 11):
            raise settings.fail("added_tokens_decoder", f"has the key {key!r}, which is no id")
        special[Fields(value, settings.where, f"added_tokens_decoder[{key}]").string("content")] = int(key)
    return settings, special


def read_js_definition(data: bytes, where: object = "tiktoken.json") -> TokenizerDefinition:
    """The tokenizer of a js-tiktoken JSON: `pat_str`, `special_tokens`, and `bpe_ranks` in packed lines.

    A packed line is a word without meaning, the rank of its first token, and tokens in base64 whose ranks follow on.
    """
    members = Fields.of_json(data, where)
    tokens, ranks = [], []
    for number, line in enumerate(members.string("bpe_ranks").split("\n")):
        words = line.split(" ")
        if len(words) < 3:
            if line.strip():
                raise members.fail("bpe_ranks", f"line {number + 1} has no tokens")
            continue
        first = _rank(words[1], where, f"bpe_ranks line {number + 1}")
        for n, word in enumerate(words[2:]):
            token = _decoded(word.encode())
            if not token:
                raise members.fail("bpe_ranks", f"line {number + 1}: {word!r} is no token in base64")
            tokens.append(token)
            ranks.append(first + n)
    special = members.object("special_tokens")
    named = Fields(special, where, "special_tokens")
    ids = {token: named.integer(token, limit=_LARGEST_ID + 1) for token in special}
    return _definition(_checked(tokens, ranks, where), members.string("pat_str"), ids, where)


def _definition(ranks: Ranks, pattern: str, special: Mapping[str, int], where: object) -> TokenizerDefinition:
    taken = dict.fromkeys(ranks.ids.tolist())
    for token, i in special.items():
        if not token or i in taken:
            raise FormatError(where, f"the special token {token!r} has the id {i}, which another token has")
        taken[i] = None
    added = (AddedToken(i, t, normalized=False, special=True) for t, i in special.items())
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    return TokenizerDefinition(
        model=ranks,
        engine="tiktoken",
        pre_tokenizer=split,
        added_tokens=tuple(sorted(added, key=lambda token: token.id)),
        origin=str(where),
    )


def read_ranks(data: bytes, where: object) -> Ranks:
    tokens, ranks = [], []
    for number, line in enumerate(data.splitlines()):
        if not line:
            continue
        words = line.split()
        token = _decoded(words[0]) if len(words) == 2 else None
        if not token:
            raise FormatError(where, f"line {number + 1} is {line[:40]!r}: not a token in base64 and its rank")
        tokens.append(token)
        ranks.append(_rank(words[1].decode("latin-1"), where, f"line {number + 1}"))
    return _checked(tokens, ranks, where)


def _checked(tokens: list[bytes], ranks: list[int], where: object) -> Ranks:
    """Every byte has a token, no token and no rank comes twice: so any text can be encoded, in one way."""
    if len(set(tokens)) != len(tokens) or len(set(ranks)) != len(ranks):
        seen: set = set()
        for value in (v for pair in zip(tokens, ranks, strict=True) for v in pair):
            if value in seen:
                raise FormatError(where, f"{'the token' if isinstance(value, bytes) else 'the rank'} {value!r} comes twice")
            seen.add(value)
    missing = {bytes([b]) for b in range(256)} - set(tokens)
    if missing:
        raise FormatError(where, f"{len(missing)} bytes have no token, the first is {min(missing)!r}")
    if max(ranks) > _LARGEST_ID:
        raise FormatError(where, f"the rank {max(ranks)} is too large")
    return Ranks(Strings.of(tokens), np.array(ranks, np.uint32))


def _decoded(word: bytes) -> bytes | None:
    try:
        return base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        return None


def _rank(word: str, where: object, place: str) -> int:
    if not (word.isascii() and word.isdigit()) or len(word) > 10:
        raise FormatError(where, f"{place}: {word[:40]!r} is no rank")
    return int(word)
