"""The components of a tokenizer.json as parts of the core. One function per kind; what the core lacks is refused by name."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from .._core import components as core
from ..errors import UnsupportedComponent
from ..formats.fields import Fields, shown

_BEHAVIORS = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")
# The words of GPT-2, which ByteLevel cuts into by itself (Radford et al. 2019).
GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def normalizer(node: Mapping[str, Any] | None, where: object) -> core.Normalizer | None:
    """The native normalizer of a tokenizer.json node. Raises `UnsupportedComponent`, or `FormatError` with the member that
    is wrong."""
    return None if node is None else _normalizer(Fields(node, where, "normalizer"))


def _normalizer(node: Fields) -> core.Normalizer:
    match node.string("type"):
        case "Sequence":
            return core.normalizer_sequence([_normalizer(part) for part in node.objects("normalizers")])
        case "NFC" | "NFD" | "NFKC" | "NFKD" as form:
            return core.unicode_form(form)
        case "Lowercase":
            return core.lowercase()
        case "StripAccents":
            return core.strip_accents()
        case "Nmt":
            return core.nmt()
        case "Strip":
            return core.strip(node.boolean("strip_left"), node.boolean("strip_right"))
        case "Prepend":
            text = node.string("prepend")
            if not text:
                raise UnsupportedComponent("the normalizer Prepend with an empty text", node.where)
            return core.prepend(text)
        case "Precompiled":
            try:
                return core.precompiled(base64.b64decode(node.string("precompiled_charsmap"), validate=True))
            except ValueError as error:
                raise node.fail("precompiled_charsmap", f"cannot be read: {error}") from error
        case "Replace":
            kind, text = pattern(node)
            if kind == "Regex":
                return core.replace_pattern(splitter(text, node.where), node.string("content"))
            if not text:
                raise UnsupportedComponent("the normalizer Replace of an empty text", node.where)
            return core.replace_text(text, node.string("content"))
        case "BertNormalizer":
            lowercase, strip_accents = node.boolean("lowercase"), node.boolean("strip_accents", None)
            return core.bert_normalizer(
                node.boolean("clean_text"),
                node.boolean("handle_chinese_chars"),
                lowercase if strip_accents is None else strip_accents,
                lowercase,
            )
        case unknown:
            raise UnsupportedComponent(f"the normalizer {unknown}", node.where)


def pre_tokenizer(node: Mapping[str, Any] | None, where: object, dialect: str = "oniguruma") -> core.PreTokenizer | None:
    """The native pre-tokenizer of a tokenizer.json node. Raises `UnsupportedComponent`, or `FormatError` with the member
    that is wrong.

    `dialect`: whose syntax its patterns are in, "oniguruma" (Hugging Face) or "rust" (tiktoken).
    """
    return None if node is None else _pre_tokenizer(Fields(node, where, "pre_tokenizer"), dialect)


def _pre_tokenizer(node: Fields, dialect: str) -> core.PreTokenizer:
    match node.string("type"):
        case "Sequence":
            parts = [_pre_tokenizer(part, dialect) for part in node.objects("pretokenizers")]
            if any(is_byte_level(part) for part in node.list("pretokenizers")[:-1]):
                raise UnsupportedComponent("the pre-tokenizer ByteLevel before another one", node.where)
            return core.pre_tokenizer_sequence(parts)
        case "ByteLevel":
            words = core.Splitter(GPT2_PATTERN) if node.boolean("use_regex", True) else None
            return core.byte_level(node.boolean("add_prefix_space"), words)
        case "Metaspace":
            split = node.boolean("split", None)
            return core.metaspace(node.character("replacement"), prepend_scheme(node), True if split is None else split)
        case "Split":
            kind, text = pattern(node)
            behavior, invert = node.choice("behavior", _BEHAVIORS), node.boolean("invert")
            if kind == "String":
                return core.split_text(text, behavior, invert)
            return core.split_pattern(splitter(text, node.where, dialect), behavior, invert)
        case "Digits":
            return core.digits(node.boolean("individual_digits"))
        case "Whitespace":
            return core.whitespace()
        case "WhitespaceSplit":
            return core.whitespace_split()
        case "Punctuation":
            return core.punctuation(node.choice("behavior", _BEHAVIORS, "Isolated"))
        case "BertPreTokenizer":
            return core.bert_pre_tokenizer()
        case "UnicodeScripts":
            return core.unicode_scripts()
        case "CharDelimiterSplit":
            return core.char_delimiter_split(node.character("delimiter"))
        case "FixedLength":
            length = node.integer("length", 5, limit=2**64)
            if length == 0:
                raise node.fail("length", "is 0: pieces have at least one character")
            return core.fixed_length(length)
        case unknown:
            raise UnsupportedComponent(f"the pre-tokenizer {unknown}", node.where)


def is_byte_level(node: Mapping[str, Any] | None) -> bool:
    """Whether words come out of this pre-tokenizer in GPT-2's alphabet of bytes."""
    if node is None:
        return False
    if node["type"] == "Sequence":
        return any(is_byte_level(part) for part in node["pretokenizers"])
    return node["type"] == "ByteLevel"


def prepend_scheme(node: Fields) -> str:
    """Where a Metaspace puts its mark before a text: "always", "first" or "never"."""
    scheme = node.choice("prepend_scheme", ("always", "first", "never"), "always")
    if node.boolean("add_prefix_space", None) is False and scheme != "never":
        raise node.fail("add_prefix_space", f"is false, but prepend_scheme is {scheme}")
    return scheme


def pattern(node: Fields) -> tuple[str, str]:
    """The kind of a component's pattern, "String" or "Regex", and its text."""
    members = Fields(node.object("pattern"), node.where, f"{node.path}.pattern")
    kinds = list(members.members)
    if kinds not in (["String"], ["Regex"]):
        raise node.fail("pattern", f"must have one member, String or Regex, not {shown(kinds)}")
    return kinds[0], members.string(kinds[0])


def splitter(pattern: str, where: object, dialect: str = "oniguruma") -> core.Splitter:
    """Raises `UnsupportedComponent` with the part of the pattern that is not regular, or not known."""
    try:
        return core.Splitter(pattern, dialect)
    except ValueError as error:
        raise UnsupportedComponent(str(error), where) from error
