"""Tokens that a trim never drops: what the tokenizer cannot do without, and what a user asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from .._core import unicode
from ..errors import PolyvocabError
from ..formats.components import components
from ..formats.definition import (
    Bpe,
    Ranks,
    SentencePieces,
    Strings,
    TokenizerDefinition,
    Unigram,
    WordPiece,
    fallback_bytes,
)
from ..formats.sentencepiece import PieceType
from ..formats.vocabulary import Vocabulary
from ..pieces import Pieces
from ..tokenizer import Tokenizer
from ..tokenizer.components import is_byte_level
from .parts import Kind, Lists, Parts


@dataclass(frozen=True)
class Keep:
    """What to keep beside what the texts use.

    `scripts`: all tokens whose letters are of these Unicode scripts ("Latin", "Arabic", ...). `digits`: all tokens of decimal
    digits. `tokens`: strings or ids. `chat_template`: what the literal text of the chat templates needs. `characters`, for
    models that cut words into pieces without merges (Unigram, WordPiece): single characters of the `"kept"` tokens, so that no
    word over them becomes unknown, of `"all"` tokens of the old vocabulary, or `"none"`.
    """

    scripts: tuple[str, ...] = ()
    digits: bool = False
    tokens: tuple[str | int, ...] = ()
    chat_template: bool = False
    characters: Literal["kept", "all", "none"] = "kept"

    def __post_init__(self) -> None:
        if self.characters not in ("kept", "all", "none"):
            raise PolyvocabError(f"characters {self.characters!r}: use kept, all or none")


def required(definition: TokenizerDefinition, parts: Parts) -> dict[str, np.ndarray]:
    """Reason to ids, int64: without these tokens the tokenizer breaks, loses bytes, or is no longer provably exact. An id in
    the frame that no token has is left out: writing the tokenizer refuses it by name, an audit reports it."""
    model = definition.model
    found: dict[str, Iterable[int]] = {
        "added": (token.id for token in definition.added_tokens),
        "frame": (i for i in _framing(definition) if i < len(parts)),
        "unknown": () if getattr(model, "unk_id", None) is None else (model.unk_id,),
        "bytes": _bytes(definition, parts),
    }
    if isinstance(model, SentencePieces):
        found["types"] = np.flatnonzero(model.types != PieceType.NORMAL).tolist()
    if isinstance(model, Unigram | SentencePieces):
        found["lowest score"] = lowest_scores(model)
    return {reason: ids for reason, some in found.items() if len(ids := np.unique(np.fromiter(some, np.int64)))}


def lowest_scores(model: Unigram | SentencePieces) -> list[int]:
    """The piece of the lowest score, by which an unknown character is scored: `tokenizers` counts all pieces, SentencePiece
    its normal ones. As long as it stays no unknown character beats what a text was cut into."""
    if isinstance(model, SentencePieces):
        normal = np.flatnonzero(model.types == PieceType.NORMAL)
        is_used = model.algorithm == "unigram" and len(normal)
        return [int(normal[np.argmin(model.scores[normal])])] if is_used else []
    return [int(np.argmin(model.scores))] if len(model.scores) else []


class Source(Protocol):
    """What a choice of tokens needs of a tokenizer: `TokenizerFiles` have it."""

    @property
    def definition(self) -> TokenizerDefinition: ...
    @property
    def vocabulary(self) -> Vocabulary: ...
    @property
    def files(self) -> Mapping[str, bytes]: ...


def requested(files: Source, keep: Keep) -> dict[str, np.ndarray]:
    """Reason to ids, int64. Raises `PolyvocabError` for a token or a script that there is not."""
    found: dict[str, Iterable[int]] = {}
    if keep.scripts or keep.digits:
        texts = _texts(files)
        for script in keep.scripts:
            found[f"script {script}"] = _of_script(texts, script)
        if keep.digits:
            found["digits"] = (i for i, text in texts.items() if text.isdecimal())
    if keep.tokens:
        found["listed"] = [_token_id(files, token) for token in keep.tokens]
    if keep.chat_template:
        found["chat template"] = _template_ids(files)
    if keep.characters == "all":
        lists = characters(files.definition)
        found["characters"] = np.unique(lists.items).tolist()
    return {reason: np.unique(np.fromiter(some, np.int64)) for reason, some in found.items()}


def characters(definition: TokenizerDefinition) -> Lists:
    """For each token of a Unigram or a WordPiece the tokens of its single characters, inside a word and at its beginning."""
    model, size = definition.model, definition.token_count
    if not isinstance(model, Unigram | WordPiece | SentencePieces):
        return Lists.empty(size)
    prefix = model.continuing_subword_prefix if isinstance(model, WordPiece) else ""
    codes, token, is_inside = _codes(model.tokens, prefix)
    alone = np.bincount(token, minlength=len(model.tokens)) == 1
    usable = model.types == PieceType.NORMAL if isinstance(model, SentencePieces) else np.ones(len(model.tokens), bool)
    owners, needed = [], []
    for inside in (False, True):
        single = (alone & usable)[token] & (is_inside == inside)
        table = np.full(0x110000, -1, np.int64)
        table[codes[single]] = model.ids[token[single]]
        found = table[codes]
        owners.append(model.ids[token[found >= 0]].astype(np.int64))
        needed.append(found[found >= 0])
    owner, item = np.concatenate(owners), np.concatenate(needed)
    pairs = np.unique((owner * size + item)[owner != item])  # one number for a pair: sorting these is quick
    indptr = np.searchsorted(pairs, np.arange(size + 1) * size).astype(np.int64)
    return Lists(indptr, (pairs % size).astype(np.uint32))


def _codes(tokens: Strings, prefix: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(code point, index of its token, whether the token continues a word) of all characters, without the prefix."""
    codes = np.frombuffer(tokens.data.decode("utf-8").encode("utf-32-le"), np.uint32).astype(np.int64)
    starts = (np.frombuffer(tokens.data, np.uint8) & 0xC0) != 0x80
    before = np.concatenate([[0], np.cumsum(starts)])
    bounds = before[tokens.offsets.astype(np.int64)]
    token = np.repeat(np.arange(len(tokens)), np.diff(bounds))
    place = np.arange(len(codes)) - bounds[token]
    inside = np.zeros(len(tokens), bool)
    if prefix:
        mark = prefix.encode("utf-8")
        inside = np.fromiter((t.startswith(mark) and t != mark for t in tokens), bool, len(tokens))
    counts = ~inside[token] | (place >= len(prefix))
    return codes[counts], token[counts], inside[token[counts]]


def _bytes(definition: TokenizerDefinition, parts: Parts) -> Iterable[int]:
    """The tokens of single bytes, by which any text can be written."""
    model = definition.model
    if isinstance(model, Ranks):
        return np.flatnonzero(parts.kinds == Kind.SYMBOL).tolist()
    if isinstance(model, Bpe | Unigram) and model.byte_fallback:
        return model.ids[fallback_bytes(model)].tolist()
    if isinstance(model, Bpe) and is_byte_level(definition.pre_tokenizer):
        return np.flatnonzero(parts.kinds == Kind.SYMBOL).tolist()
    return ()


def _framing(definition: TokenizerDefinition) -> Iterator[int]:
    """The ids that the post-processor and the padding name."""
    for part in components(definition.post_processor):
        yield from (int(part[end][1]) for end in ("sep", "cls") if end in part)
        for special in (part.get("special_tokens") or {}).values():
            yield from map(int, special["ids"])
    if definition.padding is not None:
        yield int(definition.padding["pad_id"])


def _texts(files: Source) -> dict[int, str]:
    """Id to text, of the tokens that stand for whole characters."""
    pieces = Pieces.of(files.vocabulary)
    texts = {}
    for i, spelled in enumerate(pieces.spelled):
        try:
            texts[i] = spelled.decode("utf-8").strip()
        except UnicodeDecodeError:
            continue
    return texts


def _of_script(texts: Mapping[int, str], script: str) -> Iterator[int]:
    ranges = unicode.property(script)
    if ranges is None:
        raise PolyvocabError(
            f"{script!r} is no Unicode script that is known here; write it as Unicode does: Latin, Arabic, ..."
        )
    inside = np.zeros(0x110000, bool)
    for first, last in ranges.tolist():
        inside[first : last + 1] = True
    for i, text in texts.items():
        letters = [ord(c) for c in text if c.isalpha()]
        if letters and inside[letters].all():
            yield i


def _token_id(files: Source, token: str | int) -> int:
    if isinstance(token, int):
        if 0 <= token < len(files.vocabulary) and files.vocabulary.tokens[token] is not None:
            return token
        raise PolyvocabError(f"no token has the id {token}, which is to be kept")
    if token not in files.vocabulary.ids:
        raise PolyvocabError(
            f"{token!r} is to be kept, but is no token; write it as the vocabulary spells it (Ġthe, ▁the, ##the)"
        )
    return files.vocabulary.ids[token]


_LITERAL = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
_CODE = re.compile(r"\{[%{#].*?[%}#]\}", re.S)


def _template_ids(files: Source) -> Iterator[int]:
    """The ids of all literal text in the chat templates: what stands between the tags, and the strings in them."""
    tokenizer = Tokenizer(files.definition)
    for template in _templates(files):
        literals = [m[1] if m[1] is not None else m[2] for m in _LITERAL.finditer(template)]
        escaped = [json.loads(f'"{text}"') if _is_json_text(text) else text for text in literals]
        for text in [*_CODE.split(template), *escaped]:
            if text:
                yield from tokenizer.encode(text)


def _is_json_text(text: str) -> bool:
    try:
        return isinstance(json.loads(f'"{text}"'), str)
    except ValueError:
        return False


def _templates(files: Source) -> Iterator[str]:
    for name, data in files.files.items():
        if name.endswith(".jinja"):
            yield data.decode("utf-8")
    config: Any = json.loads(files.files.get("tokenizer_config.json", b"{}"))
    template = config.get("chat_template")
    if isinstance(template, str):
        yield template
    for entry in template if isinstance(template, list) else ():
        yield entry["template"]
