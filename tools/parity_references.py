"""The libraries that polyvocab's tokenizers are compared with, all with one interface."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from polyvocab.formats.definition import Ranks, SentencePieces
from polyvocab.formats.directory import tokenizer_paths
from polyvocab.tokenizer import Tokenizer

_CLASSES = {"gpt2": "GPT2Tokenizer", "qwen2": "Qwen2Tokenizer", "clip": "CLIPTokenizer", "openai-gpt": "OpenAIGPTTokenizer"}


@dataclass(frozen=True)
class Expected:
    """What a library makes of a text."""

    ids: list[int]
    spans: np.ndarray  # [tokens, 2]: in bytes
    words: list[int] | None  # None: the library does not count words


class Reference(Protocol):
    name: str
    has_words: bool

    def encode(self, text: str) -> Expected: ...

    def decode(self, ids: list[int]) -> str: ...


def reference_of(ours: Tokenizer, path: Path, family: str | None, lowercase: bool | None) -> Reference:
    """The library that the file at `path` was made for. `family`, `lowercase`: as `ours` was opened with them."""
    is_gguf = path.suffix == ".gguf"
    match ours.definition.model:
        case SentencePieces() as pieces:
            file = Path(ours.definition.origin)
            return _SentencePiece(_as_sentencepiece(pieces) if is_gguf else file.read_bytes())
        case Ranks():
            return _Tiktoken(ours)
    import tokenizers

    name = f"tokenizers {version('tokenizers')}"
    if is_gguf:
        with tempfile.TemporaryDirectory() as folder:
            ours.save(Path(folder) / "tokenizer.json")
            return _Tokenizers(tokenizers.Tokenizer.from_file(f"{folder}/tokenizer.json"), f"{name} of what the file says")
    origin = Path(ours.definition.origin)
    if origin.is_file():
        return _Tokenizers(tokenizers.Tokenizer.from_file(str(origin)), name)
    backend, cls = _from_vocabulary(origin, ours.definition.model.kind, family, lowercase)
    return _Tokenizers(backend, f"{cls} of transformers {version('transformers')}")


def _from_vocabulary(folder: Path, kind: str, family: str | None, lowercase: bool | None) -> tuple[Any, str]:
    """What `transformers` builds of the files of a vocabulary, without a tokenizer.json that lies beside them; and the name
    of its class. What that class does in Python beside its tokenizer (CLIP's changes decoded texts) does not count."""
    import transformers

    settings = folder / "tokenizer_config.json"
    declared = json.loads(settings.read_bytes()).get("tokenizer_class") if settings.is_file() else None
    name = "BertTokenizer" if kind == "wordpiece" else _CLASSES[family] if family else declared.removesuffix("Fast")
    options = {} if lowercase is None else {"do_lower_case": lowercase}
    with tempfile.TemporaryDirectory() as alone:
        for file in tokenizer_paths(folder):
            if file.name != "tokenizer.json" and file.parent == folder:
                shutil.copy(file, alone)
        backend = getattr(transformers, name).from_pretrained(alone, **options).backend_tokenizer
    return type(backend).from_str(backend.to_str()), name


class _Tokenizers:
    has_words = True

    def __init__(self, tokenizer: Any, name: str) -> None:
        import tokenizers

        self.name, self._tokenizer = name, tokenizer
        tokenizer.no_truncation()
        tokenizer.no_padding()
        # Without the trimming of offsets that some post-processors do.
        tokenizer.post_processor = tokenizers.processors.TemplateProcessing(single="$A", pair="$A $B")

    def encode(self, text: str) -> Expected:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        characters = np.array(encoding.offsets, np.int64).reshape(-1, 2)
        return Expected(encoding.ids, byte_starts(text)[characters], encoding.word_ids)

    def decode(self, ids: list[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=False)


class _SentencePiece:
    has_words = False

    def __init__(self, model: bytes) -> None:
        import sentencepiece

        self.name = f"sentencepiece {version('sentencepiece')}"
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)

    def encode(self, text: str) -> Expected:
        found = self._processor.encode(text, return_type="offset_mapping", return_bytes=True)
        return Expected(found["ids"], np.array(found["offsets"], np.int64).reshape(-1, 2), None)

    def decode(self, ids: list[int]) -> str:
        return self._processor.decode(ids)


class _Tiktoken:
    has_words = False

    def __init__(self, ours: Tokenizer) -> None:
        import tiktoken

        self.name = f"tiktoken {version('tiktoken')}"
        definition = ours.definition
        self._encoding = tiktoken.Encoding(
            "checked",
            pat_str=definition.pre_tokenizer["pattern"]["Regex"],
            mergeable_ranks=dict(zip(definition.model.tokens, definition.model.ids.tolist(), strict=True)),
            special_tokens={token.content: token.id for token in definition.added_tokens},
        )

    def encode(self, text: str) -> Expected:
        """A token that begins or ends within a character has all of it."""
        ids = self._encoding.encode(text, allowed_special="all")
        ends = np.cumsum([len(token) for token in self._encoding.decode_tokens_bytes(ids)], dtype=np.int64)
        begins = np.concatenate(([0], ends[:-1])) if len(ids) else ends
        starts = byte_starts(text)
        whole = starts[np.searchsorted(starts, begins, "right") - 1], starts[np.searchsorted(starts, ends)]
        return Expected(ids, np.stack(whole, axis=1), None)

    def decode(self, ids: list[int]) -> str:
        return self._encoding.decode(ids)


def byte_starts(text: str) -> np.ndarray:
    """The byte where each character begins, and the number of bytes."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    sizes = 1 + (codes >= 0x80).astype(np.int64) + (codes >= 0x800) + (codes >= 0x10000)
    return np.concatenate(([0], np.cumsum(sizes)))


def _as_sentencepiece(pieces: SentencePieces) -> bytes:
    """The `.model` of a GGUF's vocabulary."""
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto()
    for text, score, kind in zip(pieces.tokens.texts(), pieces.scores.tolist(), pieces.types.tolist(), strict=True):
        model.pieces.add(piece=text, score=score, type=kind)
    model.trainer_spec.model_type = sentencepiece_model_pb2.TrainerSpec.ModelType.Value(pieces.algorithm.upper())
    model.trainer_spec.byte_fallback = pieces.byte_fallback
    model.normalizer_spec.name = pieces.normalizer_name
    model.normalizer_spec.precompiled_charsmap = pieces.charsmap
    for name in ("add_dummy_prefix", "remove_extra_whitespaces", "escape_whitespaces"):
        setattr(model.normalizer_spec, name, getattr(pieces, name))
    return model.SerializeToString()
