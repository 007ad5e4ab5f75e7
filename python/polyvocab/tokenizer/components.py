"""The components of a tokenizer.json as parts of the core. One function per kind; what the core lacks is refused by name."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from .._core import components as core
from ..errors import UnsupportedComponent

# The words of GPT-2, which ByteLevel cuts into by itself (Radford et al. 2019).
GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def normalizer(node: Mapping[str, Any] | None, where: object) -> core.Normalizer | None:
    """The native normalizer of a tokenizer.json node. Raises `UnsupportedComponent`."""
    if node is None:
        return None
    match node["type"]:
        case "Sequence":
            parts = [normalizer(part, where) for part in node["normalizers"]]
            return core.normalizer_sequence([part for part in parts if part is not None])
        case "NFC" | "NFD" | "NFKC" | "NFKD" as form:
            return core.unicode_form(form)
        case "Lowercase":
            return core.lowercase()
        case "StripAccents":
            return core.strip_accents()
        case "Nmt":
            return core.nmt()
        case "Strip":
            return core.strip(node["strip_left"], node["strip_right"])
        case "Prepend":
            return core.prepend(node["prepend"])
        case "Precompiled":
            return core.precompiled(base64.b64decode(node["precompiled_charsmap"]))
        case "Replace":
            kind, pattern = _pattern(node["pattern"])
            if kind == "String":
                return core.replace_text(pattern, node["content"])
            return core.replace_pattern(_splitter(pattern, where), node["content"])
        case "BertNormalizer":
            strip_accents = node.get("strip_accents")
            return core.bert_normalizer(
                node["clean_text"],
                node["handle_chinese_chars"],
                node["lowercase"] if strip_accents is None else strip_accents,
                node["lowercase"],
            )
        case unknown:
            raise UnsupportedComponent(f"the normalizer {unknown}", where)


def pre_tokenizer(node: Mapping[str, Any] | None, where: object, dialect: str = "oniguruma") -> core.PreTokenizer | None:
    """The native pre-tokenizer of a tokenizer.json node. Raises `UnsupportedComponent`.

    `dialect`: whose syntax its patterns are in, "oniguruma" (Hugging Face) or "rust" (tiktoken).
    """
    if node is None:
        return None
    match node["type"]:
        case "Sequence":
            nodes = node["pretokenizers"]
            if any(is_byte_level(part) for part in nodes[:-1]):
                raise UnsupportedComponent("the pre-tokenizer ByteLevel before another one", where)
            parts = [pre_tokenizer(part, where, dialect) for part in nodes]
            return core.pre_tokenizer_sequence([part for part in parts if part is not None])
        case "ByteLevel":
            pattern = core.Splitter(GPT2_PATTERN) if node.get("use_regex", True) else None
            return core.byte_level(node["add_prefix_space"], pattern)
        case "Metaspace":
            scheme = node.get("prepend_scheme", "always")
            if node.get("add_prefix_space") is False:
                scheme = "never"
            split = node.get("split")
            return core.metaspace(node["replacement"], scheme, True if split is None else split)
        case "Split":
            kind, pattern = _pattern(node["pattern"])
            if kind == "String":
                return core.split_text(pattern, node["behavior"], node["invert"])
            return core.split_pattern(_splitter(pattern, where, dialect), node["behavior"], node["invert"])
        case "Digits":
            return core.digits(node["individual_digits"])
        case "Whitespace":
            return core.whitespace()
        case "WhitespaceSplit":
            return core.whitespace_split()
        case "Punctuation":
            return core.punctuation(node.get("behavior", "Isolated"))
        case "BertPreTokenizer":
            return core.bert_pre_tokenizer()
        case "UnicodeScripts":
            return core.unicode_scripts()
        case "CharDelimiterSplit":
            return core.char_delimiter_split(node["delimiter"])
        case "FixedLength":
            return core.fixed_length(node.get("length", 5))
        case unknown:
            raise UnsupportedComponent(f"the pre-tokenizer {unknown}", where)


def is_byte_level(node: Mapping[str, Any] | None) -> bool:
    """Whether words come out of this pre-tokenizer in GPT-2's alphabet of bytes."""
    if node is None:
        return False
    if node["type"] == "Sequence":
        return any(is_byte_level(part) for part in node["pretokenizers"])
    return node["type"] == "ByteLevel"


def _pattern(node: Mapping[str, str]) -> tuple[str, str]:
    ((kind, pattern),) = node.items()
    return kind, pattern


def _splitter(pattern: str, where: object, dialect: str = "oniguruma") -> core.Splitter:
    try:
        return core.Splitter(pattern, dialect)
    except ValueError as error:
        raise UnsupportedComponent(str(error), where) from error
