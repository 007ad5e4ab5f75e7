"""The decoder of a tokenizer.json as a chain of the core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from .._core import ChainDecoder, Decoder, SentencePieceDecoder
from .._core import components as core
from ..errors import UnsupportedComponent
from ..formats.definition import Ranks, SentencePieces, Strings, TokenizerDefinition
from ..formats.fields import Fields
from . import components

_ABSENT, _ORDINARY, _SPECIAL = range(3)


def decoder(definition: TokenizerDefinition, tokens: TokenTable) -> Decoder:
    """Ids to text, as the definition says. Raises `UnsupportedComponent`, or `FormatError` with the member that is wrong."""
    if isinstance(definition.model, SentencePieces):
        return _sentencepiece(definition.model, definition)
    if isinstance(definition.model, Ranks):
        parts = [core.byte_level_decoder()]
    elif definition.decoder is None:
        parts = [core.join_by_space()]
    else:
        parts = list(_parts(Fields(definition.decoder, definition.origin, "decoder")))
    strings = spelled(definition, tokens)
    return ChainDecoder(parts, strings.data, strings.offsets, tokens.kinds)


def spelled(definition: TokenizerDefinition, tokens: TokenTable) -> Strings:
    """The strings of tokens as UTF-8. Those of `Ranks` may be any bytes: they are spelled as byte-level vocabularies are,
    special tokens too, and the decoder ByteLevel undoes it."""
    if not isinstance(definition.model, Ranks):
        return tokens.strings
    return Strings.of(tokens.strings.byte_texts())


def _sentencepiece(pieces: SentencePieces, definition: TokenizerDefinition) -> SentencePieceDecoder:
    if definition.added_tokens:
        raise UnsupportedComponent("decoding tokens that were added to a SentencePiece model", definition.origin)
    return SentencePieceDecoder(
        pieces.tokens.data,
        pieces.tokens.offsets,
        pieces.types,
        unknown_surface=pieces.unk_surface,
        add_dummy_prefix=pieces.add_dummy_prefix,
        remove_extra_whitespaces=pieces.remove_extra_whitespaces,
    )


@dataclass(frozen=True, eq=False)
class TokenTable:
    """The string of every token by id, and what it is. The strings are those of the definition, bytes and all."""

    strings: Strings  # empty where no token has the id
    kinds: np.ndarray  # uint8: absent, ordinary, special

    @classmethod
    def of(cls, definition: TokenizerDefinition, normalizer: core.Normalizer | None) -> TokenTable:
        """The tokens of the model and the added ones, in the form that encoding finds them and decoding shows them.

        Raises `UnsupportedComponent` where the ids leave holes that no memory should be spent on.
        """
        model = definition.model
        size = max(int(model.ids.max(initial=0)), max((t.id for t in definition.added_tokens), default=0)) + 1
        count = len(model.ids) + len(definition.added_tokens)
        if size > 8 * count + 100_000:
            raise UnsupportedComponent(f"a table of {count} tokens with ids up to {size - 1}", definition.origin)
        # A token whose content the normalizer changes is shown in the form that is searched for.
        added = {}
        for token in definition.added_tokens:
            content = normalizer.normalize(token.content) if token.normalized and normalizer else token.content
            added[token.id] = content.encode("utf-8")
        strings = _by_id(model.tokens, model.ids, added, size)
        kinds = np.full(size, _ABSENT, np.uint8)
        kinds[model.ids] = kinds[list(added)] = _ORDINARY
        special = _are_among(strings, {t.content.encode("utf-8") for t in definition.added_tokens if t.special})
        kinds[special & (kinds != _ABSENT)] = _SPECIAL
        return cls(strings, kinds)

    def __len__(self) -> int:
        return len(self.kinds)

    def find(self, token_id: int) -> bytes | None:
        """The string of an id, None where no token has it."""
        if not 0 <= token_id < len(self.kinds) or self.kinds[token_id] == _ABSENT:
            return None
        return self.strings[token_id]


def _by_id(tokens: Strings, ids: np.ndarray, added: Mapping[int, bytes], size: int) -> Strings:
    """The tokens in the order of their ids, the added ones before those of the model."""
    count = len(ids)
    if np.array_equal(ids, np.arange(count)) and all(i >= count or tokens[i] == token for i, token in added.items()):
        behind = [added.get(i, b"") for i in range(count, size)]
        ends = tokens.offsets[-1] + np.cumsum([len(token) for token in behind], dtype=np.uint64)
        return Strings(tokens.data + b"".join(behind), np.concatenate([tokens.offsets, ends]))
    strings = [b""] * size
    for i, token in zip(ids.tolist(), tokens, strict=True):
        strings[i] = token
    for i, token in added.items():
        strings[i] = token
    return Strings.of(strings)


def _are_among(strings: Strings, wanted: set[bytes]) -> np.ndarray:
    """Of each string whether it is wanted. Only those that begin like a wanted one and are as long are looked at."""
    offsets = strings.offsets.astype(np.int64)
    first_bytes = np.frombuffer(strings.data + b"\0", np.uint8)[offsets[:-1]]
    found = np.isin(np.diff(offsets), [len(s) for s in wanted]) & np.isin(first_bytes, [s[0] for s in wanted if s])
    found |= (b"" in wanted) & (np.diff(offsets) == 0)
    for i in np.flatnonzero(found).tolist():
        found[i] = strings[i] in wanted
    return found


def _parts(node: Fields) -> Iterator[core.DecoderPart]:
    match node.string("type"):
        case "Sequence":
            for part in node.objects("decoders"):
                yield from _parts(part)
        case "ByteLevel":
            yield core.byte_level_decoder()
        case "ByteFallback":
            yield core.byte_fallback_decoder()
        case "Fuse":
            yield core.fuse_decoder()
        case "Metaspace":
            yield core.metaspace_decoder(node.character("replacement"), components.prepend_scheme(node) != "never")
        case "WordPiece":
            yield core.word_piece_decoder(node.string("prefix"), node.boolean("cleanup"))
        case "BPEDecoder":
            yield core.bpe_decoder(node.string("suffix"))
        case "CTC":
            names = node.string("pad_token"), node.string("word_delimiter_token")
            yield core.ctc_decoder(*names, node.boolean("cleanup"))
        case "Strip":
            start, stop = (node.integer(end, limit=2**64) for end in ("start", "stop"))
            yield core.strip_decoder(node.character("content"), start, stop)
        case "Replace":
            kind, pattern = components.pattern(node)
            if kind == "String":
                yield core.replace_text_decoder(pattern, node.string("content"))
            else:
                yield core.replace_pattern_decoder(components.splitter(pattern, node.where), node.string("content"))
        case unknown:
            raise UnsupportedComponent(f"the decoder {unknown}", node.where)
