"""GGUF files: the tokenizer in their metadata (`tokenizer.ggml.*`), read without touching the tensors.

A GGUF file names its model kind and, for byte-level vocabularies, its way to split text. Read are the kinds that say
all that is needed: "llama" (SentencePiece's byte pair encoding), "bert" (WordPiece) and "gpt2" (byte-level) with the
splits listed here, as the original tokenizers of these models have them. Any other is refused by its name.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import FormatError
from .added_tokens import with_final_ids
from .definition import AddedToken, Bpe, SentencePieces, Strings, TokenizerDefinition, WordPiece
from .gguf_metadata import read_metadata
from .json_scan import resolve_merges
from .sentencepiece import PieceType
from .tiktoken import ENCODINGS
from .vocab_merges import QWEN2_PATTERN, byte_level, sequence, split
from .vocab_txt import bert_normalizer, bert_template

_PREFIX = "tokenizer.ggml."
_TYPES = frozenset(PieceType)
_BYTES = frozenset(f"<0x{byte:02X}>".encode() for byte in range(256))


def _with_pattern(pattern: str) -> dict[str, Any]:
    return sequence(split(pattern, "Isolated", False), byte_level(False, use_regex=False))


_GPT2 = (None, byte_level(False), False)
_DIGITS = (None, sequence({"type": "Digits", "individual_digits": True}, byte_level(False)), False)
_LLAMA3 = (None, _with_pattern(ENCODINGS["llama3"].pattern), True)
_QWEN2 = ({"type": "NFC"}, _with_pattern(QWEN2_PATTERN), False)
_GPT4O = (None, _with_pattern(ENCODINGS["o200k_base"].pattern), False)
# The name in tokenizer.ggml.pre -> normalizer, pre-tokenizer, ignore_merges.
SPLITS = (
    dict.fromkeys(("gpt-2", "phi-2", "olmo", "mpt"), _GPT2)
    | dict.fromkeys(("starcoder", "refact", "command-r", "smollm", "codeshell"), _DIGITS)
    | dict.fromkeys(("llama3", "llama-v3", "llama-bpe"), _LLAMA3)
    | dict.fromkeys(("qwen2", "deepseek-r1-qwen"), _QWEN2)
    | dict.fromkeys(("gpt-4o",), _GPT4O)
)


class _Metadata:
    """Typed access to the members below `tokenizer.ggml.`."""

    def __init__(self, data: Any, where: object) -> None:
        self.members, self.where = read_metadata(data, where, _PREFIX), where
        self.tokens = self.get("tokens", Strings)
        count = len(self.tokens)
        if len(set(self.tokens)) != count or count == 0:
            raise FormatError(where, f"{_PREFIX}tokens is empty or has a token twice")
        types = self.get("token_type", np.ndarray, np.full(count, PieceType.NORMAL))
        if len(types) != count or not set(types.tolist()) <= _TYPES:
            raise FormatError(where, f"{_PREFIX}token_type must give one of the types 1 to 6 to each of {count} tokens")
        self.types = types.astype(np.uint8)
        self.ids = np.arange(count, dtype=np.uint32)

    def get(self, key: str, kind: type, default: Any = None) -> Any:
        value = self.members.get(_PREFIX + key, default)
        if value is None or not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise FormatError(self.where, f"{_PREFIX}{key} is {'missing' if value is None else 'of a wrong type'}")
        return value

    def id(self, *keys: str) -> int | None:
        """The id of the first of these roles that the file gives."""
        for key in keys:
            if _PREFIX + key in self.members:
                value = self.get(key, int)
                if not 0 <= value < len(self.tokens):
                    raise FormatError(self.where, f"{_PREFIX}{key} is {value}, but there are {len(self.tokens)} tokens")
                return value
        return None

    def role(self, *keys: str) -> tuple[int, str]:
        i = self.id(*keys)
        if i is None:
            raise FormatError(self.where, f"{_PREFIX}{keys[0]} is missing")
        return i, self.tokens[i].decode("utf-8")

    def added_tokens(self) -> list[AddedToken]:
        special = (PieceType.CONTROL, PieceType.UNKNOWN)
        return [
            AddedToken(0, self.tokens[i].decode("utf-8"), normalized=False, special=self.types[i] in special)
            for i in np.flatnonzero(np.isin(self.types, (*special, PieceType.USER_DEFINED))).tolist()
        ]


def read_tokens(data: Any, where: object = "model.gguf") -> list[str]:
    """The tokens by id, spelled as in the tokenizer that the file was made from; of every kind of tokenizer."""
    file = _Metadata(data, where)
    return _wordpieces(file) if file.get("model", str) == "bert" else file.tokens.texts()


def read_definition(data: Any, where: object = "model.gguf") -> TokenizerDefinition:
    """`data`: the file, as bytes or mapped into memory. Raises `FormatError` with the byte offset or the member."""
    file = _Metadata(data, where)
    kind = file.get("model", str)
    build = {"llama": _llama, "bert": _bert, "gpt2": _gpt2}.get(kind)
    if build is None:
        raise FormatError(where, f"a tokenizer of the kind {kind!r} is not supported: llama, bert and gpt2 are")
    return build(file)


def _llama(file: _Metadata) -> TokenizerDefinition:
    scores = file.get("scores", np.ndarray)
    if len(scores) != len(file.tokens):
        raise FormatError(file.where, f"{len(scores)} scores for {len(file.tokens)} tokens")
    bytes_found = int(np.count_nonzero(file.types == PieceType.BYTE))
    unknown = np.flatnonzero(file.types == PieceType.UNKNOWN)
    if bytes_found not in (0, 256) or (bytes_found == 0 and len(unknown) != 1):
        raise FormatError(file.where, f"{bytes_found} byte tokens and {len(unknown)} unknown ones: it needs 256, or one")
    if bytes_found and (misnamed := {file.tokens[i] for i in np.flatnonzero(file.types == PieceType.BYTE)} - _BYTES):
        raise FormatError(file.where, f"the byte token {min(misnamed).decode('utf-8')!r} is not named <0x00> to <0xFF>")
    pieces = SentencePieces(
        algorithm="bpe",
        tokens=file.tokens,
        ids=file.ids,
        scores=scores.astype(np.float32),
        types=file.types,
        unk_id=int(unknown[0]) if len(unknown) else None,
        bos_id=file.id("bos_token_id"),
        eos_id=file.id("eos_token_id"),
        pad_id=file.id("padding_token_id"),
        byte_fallback=bytes_found == 256,
        normalizer_name="identity",
        charsmap=b"",
        add_dummy_prefix=file.get("add_space_prefix", bool, True),
        remove_extra_whitespaces=file.get("remove_extra_whitespaces", bool, False),
        escape_whitespaces=True,
        treat_whitespace_as_suffix=False,
    )
    template = _template(file, add_bos=True)
    return TokenizerDefinition(pieces, "sentencepiece", post_processor=template, origin=str(file.where))


def _bert(file: _Metadata) -> TokenizerDefinition:
    texts = _wordpieces(file)
    if len(set(texts)) != len(texts):
        raise FormatError(file.where, "two tokens are the same WordPiece once their marks are undone")
    tokens = Strings.of(texts)
    unk_id, unk = file.role("unknown_token_id")
    model = WordPiece(tokens, file.ids, unk, unk_id)
    added = with_final_ids(file.added_tokens(), model, file.where)
    cls = file.role("cls_token_id", "bos_token_id")[1]
    sep = file.role("seperator_token_id", "separator_token_id", "eos_token_id")[1]
    known = {token.content for token in added}
    if not {cls, sep} <= known:
        raise FormatError(file.where, f"{cls!r} and {sep!r} must be control tokens")
    return TokenizerDefinition(
        model=model,
        engine="hf",
        normalizer=bert_normalizer(lowercase=True),
        pre_tokenizer={"type": "BertPreTokenizer"},
        post_processor=bert_template(cls, sep, added),
        decoder={"type": "WordPiece", "prefix": "##", "cleanup": True},
        added_tokens=added,
        origin=str(file.where),
    )


def _wordpieces(file: _Metadata) -> list[str]:
    """A word's first piece has the prefix ▁ and the others none; special tokens, also [unused1], are as they are."""
    texts = []
    for text, kind in zip(file.tokens.texts(), file.types.tolist(), strict=True):
        is_special = kind in (PieceType.CONTROL, PieceType.UNKNOWN) or (text.startswith("[") and text.endswith("]"))
        texts.append(text if is_special else text[1:] if text.startswith("▁") else "##" + text)
    return texts


def _gpt2(file: _Metadata) -> TokenizerDefinition:
    name = file.get("pre", str, "default")
    if name not in SPLITS:
        raise FormatError(file.where, f"the split {name!r} ({_PREFIX}pre) is not known: {', '.join(SPLITS)} are")
    normalizer, pre_tokenizer, ignore_merges = SPLITS[name]
    merges, merged = resolve_merges(file.tokens, file.ids, file.get("merges", Strings), False, "", file.where)
    model = Bpe(file.tokens, file.ids, merges, merged, ignore_merges=ignore_merges)
    return TokenizerDefinition(
        model=model,
        engine="hf",
        normalizer=normalizer,
        pre_tokenizer=pre_tokenizer,
        post_processor=_template(file, add_bos=False),
        decoder=byte_level(True),
        added_tokens=with_final_ids(file.added_tokens(), model, file.where),
        origin=str(file.where),
    )


def _template(file: _Metadata, add_bos: bool) -> dict[str, Any] | None:
    """What stands around a text where special tokens are wanted; `add_bos` where the file does not say."""
    before = after = None
    if file.get("add_bos_token", bool, add_bos) and file.id("bos_token_id") is not None:
        before = file.role("bos_token_id")
    if file.get("add_eos_token", bool, False):
        after = file.role("eos_token_id")
    if before is None and after is None:
        return None

    def around(text: str, kind: int) -> list[dict[str, Any]]:
        left, right = ([{"SpecialToken": {"id": r[1], "type_id": kind}}] if r else [] for r in (before, after))
        return [*left, {"Sequence": {"id": text, "type_id": kind}}, *right]

    used = {text: {"id": text, "ids": [i], "tokens": [text]} for i, text in filter(None, (before, after))}
    pair = [*around("A", 0), *around("B", 1)]
    return {"type": "TemplateProcessing", "single": around("A", 0), "pair": pair, "special_tokens": used}
