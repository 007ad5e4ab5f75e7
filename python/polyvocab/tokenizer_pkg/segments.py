"""Encoding with a tokenizer's files.

Today this delegates to Hugging Face `tokenizers`; the native engine takes its place behind the same two functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .errors import UnsupportedComponent, require
from .formats.directory import TokenizerFiles
from .formats.vocabulary import Spelling
from .pieces import CHARACTER_OF_BYTE, Piece, stands_alone


class Tokenizer:
    """Text to ids, and pieces to the ids that spell them."""

    def __init__(self, files: TokenizerFiles) -> None:
        if "tokenizer.json" not in files.files:
            raise UnsupportedComponent(
                "encoding with a lone SentencePiece .model",
                files.vocabulary.origin,
                "load it with polyvocab.integrations.transformers.tokenizer_files, which makes a tokenizer.json",
            )
        self.files = files
        self.vocabulary = files.vocabulary

    @cached_property
    def _backend(self) -> Any:
        tokenizers = require("tokenizers", "models", "encoding text")
        backend = tokenizers.Tokenizer.from_str(self.files.files["tokenizer.json"].decode("utf-8"))
        backend.no_truncation()
        backend.no_padding()
        return backend

    def encode_batch(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Flat ids, int32, and offsets, int64 [texts + 1]; without special tokens."""
        encoded = [e.ids for e in self._backend.encode_batch(list(texts), add_special_tokens=False)]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(ids) for ids in encoded], out=offsets[1:])
        flat = np.fromiter((i for ids in encoded for i in ids), np.int32, offsets[-1])
        return flat, offsets

    def segment(self, piece: Piece) -> list[int]:
        """The ids that spell a piece of any tokenizer with this vocabulary, unknowns left out; may be empty.

        The piece passes the normalizer (which may lower-case it) and the model, not the pre-tokenizer: a piece that
        continues a word must not be given a word start.
        """
        data, text = piece.bytes, piece.text
        if text is not None and self._backend.normalizer is not None:
            # What a normalizer prepends (Llama's ▁) is the word-start mark, and that is known already.
            body = text[1:] if piece.word_start else text
            bare = body.lstrip(" ")
            normal = self._backend.normalizer.normalize_str(bare).replace("▁", " ").lstrip(" ")
            data = b" " * (len(body) - len(bare)) + normal.encode("utf-8", "surrogatepass")
        ids = self._spell(data, piece.word_start)
        return [i for i in ids if i != self.vocabulary.unknown]

    def _spell(self, data: bytes, start: bool) -> list[int]:
        match self.vocabulary.spelling:
            case Spelling.BYTE_LEVEL:
                return self._model("".join(CHARACTER_OF_BYTE[b] for b in ((b" " if start else b"") + data)))
            case Spelling.METASPACE:
                try:
                    text = data.decode("utf-8")
                except UnicodeDecodeError:
                    pieces = (self.vocabulary.ids.get(f"<0x{b:02X}>") for b in data)
                    return [i for i in pieces if i is not None]
                return self._model(("▁" if start else "") + text.replace(" ", "▁"))
            case Spelling.WORDPIECE:
                return self._wordpieces(data.decode("utf-8", "ignore"), start)
        return self._model(data.decode("utf-8", "ignore"))

    def _model(self, text: str) -> list[int]:
        return [token.id for token in self._backend.model.tokenize(text)] if text else []

    def _wordpieces(self, text: str, start: bool) -> list[int]:
        """Word by word: BERT makes punctuation and ideographs words of their own, and what follows one starts anew."""
        pre_tokenizer = self._backend.pre_tokenizer
        words = [w for w, _ in pre_tokenizer.pre_tokenize_str(text)] if pre_tokenizer is not None else [text]
        ids = []
        for n, word in enumerate(words):
            ids += self._longest_match(word, start or n > 0 or all(map(stands_alone, word)))
        return ids

    def _longest_match(self, text: str, start: bool) -> list[int]:
        """WordPiece, greedy from the left. The model itself cannot be asked about the inside of a word."""
        prefix, ids, at = self.vocabulary.continuing_prefix, [], 0
        while at < len(text):
            head = "" if start and at == 0 else prefix
            for end in range(len(text), at, -1):
                if (found := self.vocabulary.ids.get(head + text[at:end])) is not None:
                    ids.append(found)
                    at = end
                    break
            else:
                at += 1
        return ids
