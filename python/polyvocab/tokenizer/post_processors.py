"""The post-processor of a tokenizer.json as a part of the core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core import TokenStrings
from .._core import components as core
from ..errors import FormatError, UnsupportedComponent


def post_processor(node: Mapping[str, Any] | None, strings: TokenStrings, where: object) -> core.PostProcessor | None:
    """The native post-processor of a tokenizer.json node. Raises `UnsupportedComponent`, or `FormatError` where a member
    is missing or malformed."""
    if node is None:
        return None
    try:
        return _make(node, strings, where)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FormatError(where, f"post_processor is malformed: {error}") from error


def _make(node: Mapping[str, Any], strings: TokenStrings, where: object) -> core.PostProcessor:
    match node["type"]:
        case "Sequence":
            return core.processing_sequence([_make(part, strings, where) for part in node["processors"]])
        case "TemplateProcessing":
            named = [(name, _tokens(token)) for name, token in node["special_tokens"].items()]
            return core.template_processing(_pieces(node["single"]), _pieces(node["pair"]), named)
        case "BertProcessing":
            return core.bert_processing(_token(node["sep"]), _token(node["cls"]))
        case "RobertaProcessing":
            spaces = _spaces(node, strings)
            return core.roberta_processing(_token(node["sep"]), _token(node["cls"]), spaces, node.get("add_prefix_space", True))
        case "ByteLevel":
            return core.byte_level_processing(_spaces(node, strings), node.get("add_prefix_space", True))
        case unknown:
            raise UnsupportedComponent(f"the post-processor {unknown}", where, "remove it, or encode with the library itself")


def _spaces(node: Mapping[str, Any], strings: TokenStrings) -> core.EdgeSpaces | None:
    return core.EdgeSpaces(strings) if node.get("trim_offsets", True) else None


def _token(pair: list) -> tuple[int, str]:
    string, token_id = pair
    return token_id, string


def _tokens(token: Mapping[str, Any]) -> list[tuple[int, str]]:
    return list(zip(token["ids"], token["tokens"], strict=True))


def _pieces(template: list) -> list[tuple[str, bool, int]]:
    """(the sequence or the name of the special token, whether it is one, its type)"""
    pieces = []
    for piece in template:
        ((kind, members),) = piece.items()
        if kind not in ("Sequence", "SpecialToken"):
            raise ValueError(f"a template holds no {kind}")
        pieces.append((members["id"], kind == "SpecialToken", members["type_id"]))
    return pieces
