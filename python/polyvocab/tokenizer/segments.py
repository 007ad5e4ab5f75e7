"""The ids that spell a piece of another tokenizer."""

from __future__ import annotations

from .._core import components as core
from ..formats.vocabulary import Spelling, Vocabulary
from ..pieces import Piece, stands_alone


class Segmenter:
    """Pieces to the ids that spell them.

    A piece passes the normalizer (which may lower-case it) and the model, not the pre-tokenizer: a piece that continues a
    word must not be given a word start.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        normalizer: core.Normalizer | None,
        pre_tokenizer: core.PreTokenizer | None,
        model: core.Model,
    ) -> None:
        self._vocabulary = vocabulary
        self._normalizer = normalizer
        self._pre_tokenizer = pre_tokenizer
        self._model = model

    def __call__(self, piece: Piece) -> list[int]:
        """The ids, unknowns left out; may be empty."""
        data, text = piece.bytes, piece.text
        if text is not None and self._normalizer is not None:
            # What a normalizer prepends (Llama's ▁) is the word-start mark, and that is known already.
            body = text[1:] if piece.word_start else text
            bare = body.lstrip(" ")
            normal = self._normalizer.normalize(bare).replace("▁", " ").lstrip(" ")
            data = b" " * (len(body) - len(bare)) + normal.encode("utf-8", "surrogatepass")
        ids = self._spell(data, piece.word_start)
        return [i for i in ids if i != self._vocabulary.unknown]

    def _spell(self, data: bytes, start: bool) -> list[int]:
        match self._vocabulary.spelling:
            case Spelling.BYTE_LEVEL:
                return self._model.encode((b" " if start else b"") + data)
            case Spelling.METASPACE:
                try:
                    text = data.decode("utf-8")
                except UnicodeDecodeError:
                    pieces = (self._vocabulary.ids.get(f"<0x{b:02X}>") for b in data)
                    return [i for i in pieces if i is not None]
                return self._model.encode(("▁" if start else "") + text.replace(" ", "▁"))
            case Spelling.WORDPIECE:
                return self._wordpieces(data.decode("utf-8", "ignore"), start)
        return self._model.encode(data.decode("utf-8", "ignore"))

    def _wordpieces(self, text: str, start: bool) -> list[int]:
        """Word by word: BERT makes punctuation and ideographs words of their own, and what follows one starts anew."""
        words = [text]
        if self._pre_tokenizer is not None:
            words = [word.decode("utf-8") for word, _ in self._pre_tokenizer.cut(text)]
        ids = []
        for n, word in enumerate(words):
            ids += self._longest_match(word, start or n > 0 or all(map(stands_alone, word)))
        return ids

    def _longest_match(self, text: str, start: bool) -> list[int]:
        """WordPiece, greedy from the left. The model itself cannot be asked about the inside of a word."""
        prefix, ids, at = self._vocabulary.continuing_prefix, [], 0
        while at < len(text):
            head = "" if start and at == 0 else prefix
            for end in range(len(text), at, -1):
                if (found := self._vocabulary.ids.get(head + text[at:end])) is not None:
                    ids.append(found)
                    at = end
                    break
            else:
                at += 1
        return ids
