"""The `model` of a tokenizer.json: four kinds, with or without their type."""

from __future__ import annotations

import numpy as np

from ..errors import FormatError
from .definition import Bpe, Strings, Unigram, WordLevel, WordPiece
from .fields import Fields
from .json_scan import ScannedJson, resolve_merges

_KINDS = ("BPE", "Unigram", "WordPiece", "WordLevel")


def build(members: Fields, scanned: ScannedJson) -> Bpe | Unigram | WordPiece | WordLevel:
    """Raises `FormatError` where the reference library would refuse the model, and where two tokens share an id."""
    kind = members.choice("type", _KINDS) if "type" in members.members else _kind_without_type(members, scanned)
    if kind == "Unigram":
        return _unigram(members, scanned)
    tokens, ids = scanned.tokens, scanned.ids
    if tokens is None or ids is None:
        if tokens is None and "vocab" not in members.members:
            raise members.fail("vocab", "is missing")
        raise members.fail("vocab", f"of a {kind} must be an object of tokens and their ids")
    require_one_token_per_id(tokens, ids, f"{members.where}: model.vocab")
    if kind == "BPE":
        return _bpe(members, scanned, tokens, ids)
    unk = members.string("unk_token")
    common = {"tokens": tokens, "ids": ids, "unk_token": unk, "unk_id": _id_of(unk, tokens, ids)}
    if kind == "WordLevel":
        return WordLevel(**common)
    return WordPiece(
        **common,
        continuing_subword_prefix=members.string("continuing_subword_prefix"),
        max_input_chars_per_word=members.integer("max_input_chars_per_word", limit=2**64),
    )


def _kind_without_type(members: Fields, scanned: ScannedJson) -> str:
    """Files of tokenizers before 0.9 have no types; the members tell."""
    if scanned.scores is not None:
        return "Unigram"
    if "merges" in members.members:
        return "BPE"
    return "WordPiece" if "continuing_subword_prefix" in members.members else "WordLevel"


def _unigram(members: Fields, scanned: ScannedJson) -> Unigram:
    if scanned.tokens is None or scanned.scores is None:
        raise members.fail("vocab", "of a Unigram must be an array of [piece, score]")
    unk_id = members.integer("unk_id", None, limit=2**64)
    if unk_id is not None and unk_id >= len(scanned.tokens):
        raise members.fail("unk_id", f"is {unk_id}, but there are {len(scanned.tokens)} pieces")
    ids = np.arange(len(scanned.tokens), dtype=np.uint32)
    return Unigram(scanned.tokens, ids, scanned.scores, unk_id, members.boolean("byte_fallback", False))


def _bpe(members: Fields, scanned: ScannedJson, tokens: Strings, ids: np.ndarray) -> Bpe:
    if scanned.merges is None:
        problem = "must be an array of merges" if "merges" in members.members else "is missing"
        raise members.fail("merges", problem)
    prefix = members.string("continuing_subword_prefix", None)
    dropout = members.number("dropout", None)
    if dropout is not None and not 0 <= np.float32(dropout) <= 1:
        raise members.fail("dropout", f"is {dropout}: it must be from 0 to 1")
    unk = members.string("unk_token", None)
    merges, merged = resolve_merges(tokens, ids, scanned.merges, scanned.merges_are_pairs, prefix or "", members.where)
    return Bpe(
        tokens=tokens,
        ids=ids,
        merges=merges,
        merged=merged,
        unk_token=unk,
        unk_id=None if unk is None else _id_of(unk, tokens, ids),
        continuing_subword_prefix=prefix,
        end_of_word_suffix=members.string("end_of_word_suffix", None),
        fuse_unk=bool(members.boolean("fuse_unk", None)),
        byte_fallback=bool(members.boolean("byte_fallback", None)),
        ignore_merges=bool(members.boolean("ignore_merges", None)),
        dropout=None if dropout is None else float(np.float32(dropout)),
    )


def require_one_token_per_id(tokens: Strings, ids: np.ndarray, where: object) -> None:
    """The reference library takes two tokens with one id, and then decodes to either, as its hash table pleases."""
    order = np.argsort(ids, kind="stable")
    twice = np.flatnonzero(ids[order][1:] == ids[order][:-1])
    if len(twice):
        one, two = sorted((int(order[twice[0]]), int(order[twice[0] + 1])))
        raise FormatError(where, f"{tokens[one].decode()!r} and {tokens[two].decode()!r} share the id {ids[one]}")


def _id_of(token: str, tokens: Strings, ids: np.ndarray) -> int | None:
    (position,) = tokens.find([token])
    return None if position < 0 else int(ids[position])
