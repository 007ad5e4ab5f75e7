"""The tokenizer that people use: one class for every format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from ..errors import UnsupportedComponent
from ..formats import tokenizer_json
from ..formats.definition import TokenizerDefinition
from ..formats.directory import TokenizerFiles, read_definition
from ..pieces import Piece
from . import build, decoders
from .segments import Segmenter


class Tokenizer:
    """Text to ids and back, with the ids of the library that made the file.

    Thread safe; calls release the interpreter. Texts are `str`, or `bytes` of UTF-8. Ids are uint32.
    """

    def __init__(self, source: TokenizerFiles | TokenizerDefinition) -> None:
        """Raises `UnsupportedComponent` with the name of a component that is not native."""
        if isinstance(source, TokenizerFiles):
            self.files, self.vocabulary = source, source.vocabulary
            if "tokenizer.json" not in source.files:
                raise UnsupportedComponent(
                    "encoding with a lone SentencePiece .model",
                    self.vocabulary.origin,
                    "load it with polyvocab.integrations.transformers.tokenizer_files, which makes a tokenizer.json",
                )
            source = tokenizer_json.read_definition(source.files["tokenizer.json"], self.vocabulary.origin)
        self.definition = source
        self._parts = build.parts(source)
        self._engine = build.engine(source, self._parts)

    @classmethod
    def from_pretrained(
        cls, path: str | Path, *, encoding: str | None = None, family: str | None = None, lowercase: bool | None = None
    ) -> Tokenizer:
        """The tokenizer of a local directory or file, in any format of `polyvocab.formats`; see `read_definition` there
        for `encoding`, `family` and `lowercase`, which some formats leave open."""
        return cls(read_definition(path, encoding=encoding, family=family, lowercase=lowercase))

    def encode(self, text: str | bytes) -> list[int]:
        """The ids of one text, without special tokens around it."""
        ids, _ = self._engine.encode((text,))
        return ids.tolist()

    def encode_batch(self, texts: Iterable[str | bytes], *, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Flat ids, uint32, and offsets, int64 [texts + 1]: text i has ids[offsets[i]:offsets[i + 1]].

        `threads`: 0 takes one per core. The result does not depend on it.
        """
        return self._engine.encode(texts, threads=threads)

    def encode_arrow(self, texts: object, *, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """The same for a pyarrow string array, without a Python object per text; null is an empty text."""
        texts = texts.combine_chunks() if hasattr(texts, "combine_chunks") else texts
        wide = np.int64 if str(texts.type).startswith("large") else np.int32
        _, bounds, data = texts.buffers()
        offsets = np.frombuffer(bounds, wide)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
        return self._engine.encode_flat(data if data is not None else b"", offsets, threads=threads)

    def count(self, texts: Iterable[str | bytes], *, threads: int = 1) -> np.ndarray:
        """How many ids each text has, int64."""
        return self._engine.count(texts, threads=threads)

    def decode(self, ids: Sequence[int] | np.ndarray, *, skip_special_tokens: bool = False) -> str:
        """The text of ids; those that no token has are left out."""
        return self._decoder.decode(np.asarray(ids, np.uint32), skip_special_tokens)

    def decode_batch(
        self, ids: np.ndarray, offsets: np.ndarray, *, skip_special_tokens: bool = False, threads: int = 1
    ) -> list[str]:
        """The texts of flat ids, as `encode_batch` gives them."""
        return self._decoder.decode_batch(
            np.asarray(ids, np.uint32), np.asarray(offsets, np.int64), skip_special_tokens, threads
        )

    def segment(self, piece: Piece) -> list[int]:
        """The ids that spell a piece of any tokenizer with this vocabulary, unknowns left out; may be empty."""
        return self._segmenter(piece)

    @cached_property
    def _decoder(self):
        return decoders.decoder(self.definition, self._parts.normalizer)

    @cached_property
    def _segmenter(self) -> Segmenter:
        parts = self._parts
        return Segmenter(self.vocabulary, parts.normalizer, parts.pre_tokenizer, parts.model)
