"""tokenizer.json, the format of Hugging Face `tokenizers`: read into a `Vocabulary` or a definition, and written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import FormatError
from . import added_tokens, json_models, json_scan
from .definition import TokenizerDefinition
from .fields import Fields
from .vocabulary import Spelling, Vocabulary

BYTE_PIECE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_COMPONENTS = ("normalizer", "pre_tokenizer", "post_processor", "decoder")
_MEMBERS = frozenset(["version", "truncation", "padding", "added_tokens", "model", *_COMPONENTS])
_MODELS = {"BPE": "bpe", "Unigram": "unigram", "WordPiece": "wordpiece", "WordLevel": "wordlevel"}


def parse(data: bytes, where: object = "tokenizer.json") -> dict[str, Any]:
    """The document of a tokenizer.json. Raises `FormatError` with the line and column of what is malformed."""
    try:
        document = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise FormatError(where, f"invalid UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise FormatError(where, f"line {error.lineno}, column {error.colno}: {error.msg}; is it cut off?") from error
    if not isinstance(document, dict) or not isinstance(document.get("model"), dict):
        raise FormatError(where, "no 'model' object: this is not a tokenizer.json")
    return document


def dump(document: dict[str, Any]) -> bytes:
    """The document as `tokenizers` itself lays it out: two spaces, no escapes."""
    return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8")


def read(data: bytes, where: object = "tokenizer.json") -> Vocabulary:
    """The vocabulary of a tokenizer.json. Raises `FormatError` naming the field or the token that is wrong."""
    document = parse(data, where)
    try:
        return _vocabulary(document, where)
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise FormatError(where, f"is malformed: {error}") from error


def read_definition(data: bytes, where: object = "tokenizer.json") -> TokenizerDefinition:
    """The tokenizer of a tokenizer.json in any form that the reference library loads, files without types included.

    Raises `FormatError` naming the line or the member that is wrong. Stricter than the reference library: a name that
    appears twice in an object, two tokens with one id, and two added tokens with one id are refused, because they leave
    open what holds. The components are looked into only where the tokenizer is built from them.
    """
    scanned = json_scan.scan(data, where)
    top = Fields(scanned.document, where, "")
    for name in top.members:
        if name not in _MEMBERS:
            raise FormatError(where, f"{name!r} is no member of a tokenizer.json")
    if top.string("version", "1.0") != "1.0":
        raise FormatError(where, f"the version is {top.members['version']!r}: only 1.0 is known")
    model = json_models.build(Fields(top.object("model"), where, "model"), scanned)
    added = added_tokens.read_declared(top.list("added_tokens", []), where)
    return TokenizerDefinition(
        model=model,
        engine="hf",
        **{name: top.object(name, None) for name in _COMPONENTS},
        added_tokens=added_tokens.with_final_ids(added, model, where),
        truncation=_truncation(top.object("truncation", None), where),
        padding=_padding(top.object("padding", None), where),
        origin=str(where),
    )


def _truncation(value: dict | None, where: object) -> dict | None:
    if value is None:
        return None
    members = Fields(value, where, "truncation")
    return {
        "direction": members.choice("direction", ("Left", "Right"), "Right"),
        "max_length": members.integer("max_length", limit=2**64),
        "strategy": members.choice("strategy", ("LongestFirst", "OnlyFirst", "OnlySecond")),
        "stride": members.integer("stride", limit=2**64),
    }


def _padding(value: dict | None, where: object) -> dict | None:
    if value is None:
        return None
    members = Fields(value, where, "padding")
    strategy = value.get("strategy")
    if isinstance(strategy, dict) and list(strategy) == ["Fixed"]:
        strategy = {"Fixed": Fields(strategy, where, "padding.strategy").integer("Fixed", limit=2**64)}
    else:
        strategy = members.choice("strategy", ("BatchLongest",))
    return {
        "strategy": strategy,
        "direction": members.choice("direction", ("Left", "Right")),
        "pad_to_multiple_of": members.integer("pad_to_multiple_of", None, limit=2**64),
        "pad_id": members.integer("pad_id"),
        "pad_type_id": members.integer("pad_type_id"),
        "pad_token": members.string("pad_token"),
    }


def _vocabulary(document: dict[str, Any], where: object) -> Vocabulary:
    model = document["model"]
    kind = _model_kind(model, where)
    entries, scores = _model_entries(model, kind, where)
    added = document.get("added_tokens") or []
    special, literal = set(), set()
    for position, token in enumerate(added):
        if not isinstance(token, dict) or not isinstance(token.get("content"), str) or not _is_id(token.get("id")):
            raise FormatError(where, f"added_tokens[{position}] has no 'id' and 'content'")
        known = entries.setdefault(token["id"], token["content"])
        if known != token["content"]:
            raise FormatError(
                where, f"id {token['id']} is {known!r} in the model and {token['content']!r} in added_tokens[{position}]"
            )
        (special if token.get("special") else literal).add(token["id"])
    size = max(entries, default=-1) + 1
    if size > 8 * len(entries) + 100_000:
        raise FormatError(where, f"the id {size - 1} leaves {size - len(entries)} holes: it is hardly meant")
    tokens = tuple(entries.get(i) for i in range(size))
    prefix = model.get("continuing_subword_prefix")
    parts = [document.get(key) for key in ("normalizer", "pre_tokenizer", "decoder")]
    by_string = {token: i for i, token in entries.items()}
    return Vocabulary(
        tokens=tokens,
        model=kind,
        spelling=spelling(parts, kind, prefix, model.get("end_of_word_suffix")),
        special=frozenset(special),
        literal=frozenset(literal | special),
        bytes=frozenset(_byte_pieces(tokens)) if model.get("byte_fallback") else frozenset(),
        unknown=_unknown_id(model, by_string),
        continuing_prefix=prefix or "",
        scores=tuple(scores.get(i, 0.0) for i in range(size)) if scores else None,
        origin=str(where),
    )


def _model_kind(model: dict, where: object) -> str:
    name = model.get("type")
    if name is None:  # files of tokenizers < 0.9 leave it out
        name = "Unigram" if isinstance(model.get("vocab"), list) else "BPE" if "merges" in model else "WordPiece"
    if name not in _MODELS:
        raise FormatError(where, f"model.type is {name!r}: not one of {', '.join(_MODELS)}")
    return _MODELS[name]


def _model_entries(model: dict, kind: str, where: object) -> tuple[dict[int, str], dict[int, float]]:
    vocab = model.get("vocab")
    if kind == "unigram":
        if not isinstance(vocab, list) or not all(isinstance(e, list) and len(e) == 2 for e in vocab):
            raise FormatError(where, "model.vocab of a Unigram must be a list of [piece, score]")
        return {i: e[0] for i, e in enumerate(vocab)}, {i: float(e[1]) for i, e in enumerate(vocab)}
    if not isinstance(vocab, dict):
        raise FormatError(where, "model.vocab must map tokens to ids")
    entries: dict[int, str] = {}
    for token, i in vocab.items():
        if not _is_id(i):
            raise FormatError(where, f"model.vocab: the id of {token!r} is {i!r}")
        if i in entries:
            raise FormatError(where, f"model.vocab: {entries[i]!r} and {token!r} share the id {i}")
        entries[i] = token
    return entries, {}


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _unknown_id(model: dict, by_string: dict[str, int]) -> int | None:
    if isinstance(model.get("unk_id"), int) and model["unk_id"] in by_string.values():
        return model["unk_id"]
    return by_string.get(model.get("unk_token") or "")


def _byte_pieces(tokens: tuple[str | None, ...]) -> Iterator[int]:
    return (i for i, token in enumerate(tokens) if token is not None and BYTE_PIECE.fullmatch(token))


def components(node: Any) -> Iterator[dict]:
    """Every component below a node of the document: sequences are opened, whatever they call their list."""
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for key in ("normalizers", "pretokenizers", "decoders", "processors"):
            for child in node.get(key) or []:
                yield from components(child)


def spelling(nodes: Iterable[Any], kind: str, prefix: str | None, suffix: str | None) -> Spelling:
    """The first mark that the pipeline shows: `nodes` are its normalizer, pre-tokenizer and decoder. Decoders count as well:
    they undo what the encoder marks."""
    parts = [component for node in nodes for component in components(node)]
    types = {part["type"] for part in parts}
    if kind == "wordpiece" or (kind == "bpe" and prefix):
        return Spelling.WORDPIECE
    if suffix:
        return Spelling.UNKNOWN
    if "ByteLevel" in types:
        return Spelling.BYTE_LEVEL
    replaces_space = any(part["type"] == "Replace" and "▁" in json.dumps(part, ensure_ascii=False) for part in parts)
    if "Metaspace" in types or replaces_space:
        return Spelling.METASPACE
    return Spelling.WORDS if kind == "wordlevel" else Spelling.UNKNOWN
