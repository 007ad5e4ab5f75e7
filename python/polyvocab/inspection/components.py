"""The components of a tokenizer in the field's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..formats.definition import SentencePieces, TokenizerDefinition
from ..formats.tiktoken import ENCODINGS
from ..tokenizer.components import GPT2_PATTERN

_LISTS = ("normalizers", "pretokenizers", "decoders", "processors")
_LONGEST = 120
_PATTERNS = {encoding.pattern: name for name, encoding in reversed(ENCODINGS.items())} | {GPT2_PATTERN: "gpt2"}
_MODELS = {
    "bpe": "BPE",
    "ranks": "BPE by rank (tiktoken)",
    "unigram": "Unigram",
    "wordpiece": "WordPiece",
    "wordlevel": "WordLevel",
}


def family(definition: TokenizerDefinition) -> str:
    """The model and how it spells text: "BPE, byte-level", "SentencePiece Unigram, byte fallback", ..."""
    model = definition.model
    if isinstance(model, SentencePieces):
        name = f"SentencePiece {'BPE' if model.algorithm == 'bpe' else model.algorithm.capitalize()}"
    else:
        name = _MODELS[model.kind]
    traits = []
    if model.kind == "ranks" or _has_type((definition.pre_tokenizer, definition.decoder), "ByteLevel"):
        traits.append("byte-level")
    if getattr(model, "byte_fallback", False):
        traits.append("byte fallback")
    if getattr(model, "ignore_merges", False):
        traits.append("whole words first")
    if suffix := getattr(model, "end_of_word_suffix", None):
        traits.append(f"words end with {suffix}")
    if prefix := getattr(model, "continuing_subword_prefix", None):
        traits.append(f"continuations begin with {prefix}")
    if getattr(model, "dropout", None):
        traits.append(f"dropout {model.dropout}")
    return ", ".join([name, *traits])


def normalizer(definition: TokenizerDefinition) -> list[str]:
    """What is done to a text, first things first; a SentencePiece model brings its own."""
    model = definition.model
    if not isinstance(model, SentencePieces):
        return described(definition.normalizer)
    parts = [f"{model.normalizer_name or 'unnamed'} (character map of {len(model.charsmap):,} bytes)" if model.charsmap else ""]
    parts += ["white space at the ends and in runs removed"] if model.remove_extra_whitespaces else []
    if model.add_dummy_prefix:
        parts.append(f"a space added {'behind' if model.treat_whitespace_as_suffix else 'before'} each text")
    parts += ["spaces become ▁"] if model.escape_whitespaces else []
    return [part for part in parts if part]


def pre_tokenizer(definition: TokenizerDefinition) -> list[str]:
    """How a text is cut into words; SentencePiece cuts at ▁ within the model."""
    if isinstance(definition.model, SentencePieces):
        return ["none: no piece crosses ▁ but where the vocabulary has such a piece"]
    return described(definition.pre_tokenizer)


def described(node: Mapping[str, Any] | None) -> list[str]:
    """One phrase for each component of a node of tokenizer.json; sequences are opened."""
    if node is None:
        return []
    for name in _LISTS:
        if name in node:
            return [phrase for part in node[name] for phrase in described(part)]
    if node["type"] == "TemplateProcessing":
        return [_template(node)]
    members = [f"{name}={_shown(value)}" for name, value in node.items() if name != "type" and value is not None]
    return [f"{node['type']}({', '.join(members)})" if members else node["type"]]


def _template(node: Mapping[str, Any]) -> str:
    def shown(parts: Any) -> str:
        return " ".join(str(next(iter(part.values()))["id"]) for part in parts or [])

    return f"TemplateProcessing({shown(node.get('single'))}; pair: {shown(node.get('pair'))})"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping) and set(value) <= {"Regex", "String"}:
        kind, text = next(iter(value.items()))
        name = _PATTERNS.get(text)
        return f"the pattern of {name}" if name else f'{kind} "{_cut(text)}"'
    return _cut(f'"{value}"' if isinstance(value, str) else repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text):,} characters)"


def _has_type(nodes: tuple[Any, ...], wanted: str) -> bool:
    return any(phrase.partition("(")[0] == wanted for node in nodes for phrase in described(node))
