"""The decoder of a tokenizer.json as a chain of the core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .._core import Decoder
from .._core import components as core
from ..errors import UnsupportedComponent
from ..formats.definition import Strings, TokenizerDefinition

_ABSENT, _ORDINARY, _SPECIAL = range(3)


def decoder(definition: TokenizerDefinition, normalizer: core.Normalizer | None) -> Decoder:
    """Ids to text, as the definition says. Raises `UnsupportedComponent`."""
    parts = [core.join_by_space()] if definition.decoder is None else list(_parts(definition.decoder, definition.origin))
    model = definition.model
    size = max(int(model.ids.max(initial=0)), max((t.id for t in definition.added_tokens), default=0)) + 1
    strings: list[bytes] = [b""] * size
    kinds = np.full(size, _ABSENT, np.uint8)
    for i, token in zip(model.ids.tolist(), model.tokens, strict=True):
        strings[i], kinds[i] = token, _ORDINARY
    # A token whose content the normalizer changes is shown in the form that is searched for.
    for token in definition.added_tokens:
        content = normalizer.normalize(token.content) if token.normalized and normalizer else token.content
        strings[token.id], kinds[token.id] = content.encode("utf-8"), _ORDINARY
    special = {t.content.encode("utf-8") for t in definition.added_tokens if t.special}
    kinds[[i for i, string in enumerate(strings) if string in special and kinds[i] != _ABSENT]] = _SPECIAL
    block = Strings.of(strings)
    return Decoder(parts, block.data, block.offsets, kinds)


def _parts(node: Mapping[str, Any], where: object) -> Iterator[core.DecoderPart]:
    match node["type"]:
        case "Sequence":
            for part in node["decoders"]:
                yield from _parts(part, where)
        case "ByteLevel":
            yield core.byte_level_decoder()
        case "ByteFallback":
            yield core.byte_fallback_decoder()
        case "Fuse":
            yield core.fuse_decoder()
        case "Metaspace":
            scheme = "never" if node.get("add_prefix_space") is False else node.get("prepend_scheme", "always")
            yield core.metaspace_decoder(node["replacement"], scheme != "never")
        case "WordPiece":
            yield core.word_piece_decoder(node["prefix"], node["cleanup"])
        case "BPEDecoder":
            yield core.bpe_decoder(node["suffix"])
        case "CTC":
            yield core.ctc_decoder(node["pad_token"], node["word_delimiter_token"], node["cleanup"])
        case "Strip":
            yield core.strip_decoder(node["content"], node["start"], node["stop"])
        case "Replace":
            ((kind, pattern),) = node["pattern"].items()
            if kind == "String":
                yield core.replace_text_decoder(pattern, node["content"])
            else:
                yield core.replace_pattern_decoder(core.Splitter(pattern), node["content"])
        case unknown:
            raise UnsupportedComponent(f"the decoder {unknown}", where)
