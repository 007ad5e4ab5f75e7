"""The tokenizer that people use: one class for every format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._core import Decoder, Engine, TokenStrings
from ..atomic import write_file
from ..errors import PolyvocabError, UnsupportedComponent
from ..formats import text_steps as declared_steps
from ..formats import tokenizer_json
from ..formats.definition import AddedToken, Bpe, SentencePieces, TokenizerDefinition
from ..formats.directory import TokenizerFiles, read_definition
from ..formats.fingerprint import fingerprint
from ..pieces import Piece
from . import arrow, build, decoders, writing
from .assembler import Assembler
from .decode_stream import DecodeStream
from .post_processors import post_processor
from .segments import Segmenter

if TYPE_CHECKING:
    from ..encoded import EncodedCorpus
    from ..romanize.text_steps import TextSteps


class AlignedTokens(NamedTuple):
    """The tokens of one text in their order, without special tokens around them, and what is known of each."""

    ids: np.ndarray
    """uint32 [tokens]"""
    spans: np.ndarray
    """uint32 [tokens, 2]: where the token begins and ends in the text, in bytes of UTF-8, as the library of the original
    has it: tokens that are parts of one character have the whole of it, but of SentencePiece's byte pieces only the last
    one has, and the others are empty."""
    words: np.ndarray
    """uint32 [tokens]: the number of the token's word. Words are what the pre-tokenizer cuts, and added tokens."""
    surfaces: dict[int, str]
    """Index to string, of tokens that have another string here than that of their id: added tokens as they stand in the
    text, with the white space that they took, and unknown tokens of a Unigram or SentencePiece model, which are shown as the
    normalized text that they stand for."""


class Tokenizer:
    """Text to ids and back, with the ids of the library that made the file.

    Thread safe; calls release the interpreter. Texts are `str`, or `bytes` of UTF-8. Ids are uint32.

    A tokenizer may need text of another kind than people write (romanized, say): text steps say so. Then every method that
    takes texts does the steps first, and ids come back as the text that they stand for, which is the romanized one. The parts
    that work with the core (`engine`, `assembler`, `decoder`) know nothing of steps.
    """

    def __init__(self, source: TokenizerFiles | TokenizerDefinition, *, text_steps: Iterable[Mapping[str, Any]] = ()) -> None:
        """`text_steps`: what is done to texts first, as `TokenizerFiles.text_steps` has it; nothing unless it is given.

        Raises `UnsupportedComponent` with the name of a component that is not native, `FormatError` with the place of what is
        wrong in the definition, or with a step that is not known."""
        self._json: bytes | None = None
        if isinstance(source, TokenizerFiles):
            self.files, self.vocabulary = source, source.vocabulary
            self._json = source.files.get("tokenizer.json")
            source = source.definition
        self.definition = source
        self._parts = build.parts(source)
        self._engine = build.engine(source, self._parts)
        self._steps = _text_steps(text_steps, source)

    @classmethod
    def from_pretrained(
        cls,
        path: str | Path,
        *,
        encoding: str | None = None,
        family: str | None = None,
        lowercase: bool | None = None,
        text_steps: bool = True,
    ) -> Tokenizer:
        """The tokenizer of a local directory or file, in any format of `polyvocab.formats`; see `read_definition` there
        for `encoding`, `family` and `lowercase`, which some formats leave open.

        Where a text_steps.json lies there, its steps are done to every text; `text_steps=False` leaves them to the caller,
        as `transformers` does."""
        definition = read_definition(path, encoding=encoding, family=family, lowercase=lowercase)
        return cls(definition, text_steps=declared_steps.beside(path) if text_steps else ())

    @classmethod
    def from_json(cls, data: bytes, where: object = "tokenizer.json") -> Tokenizer:
        """The tokenizer of the content of a tokenizer.json."""
        tokenizer = cls(tokenizer_json.read_definition(data, where))
        tokenizer._json = data
        return tokenizer

    @classmethod
    def from_hf(cls, tokenizer: Any) -> Tokenizer:
        """The same tokenizer as a fast one of `transformers`, or as a `tokenizers.Tokenizer`, as it is now."""
        backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
        if not hasattr(backend, "to_str"):
            raise UnsupportedComponent(f"a {type(tokenizer).__name__}", "Tokenizer.from_hf", "give a fast tokenizer")
        return cls.from_json(backend.to_str().encode("utf-8"), type(tokenizer).__name__)

    def with_added_tokens(self, tokens: Iterable[AddedToken]) -> Tokenizer:
        """The same tokenizer with these added tokens and no others. All else is shared."""
        other = object.__new__(type(self))
        other._json, other._parts = None, self._parts
        other.definition = replace(self.definition, added_tokens=tuple(tokens))
        other._engine = build.engine(other.definition, self._parts)
        other._steps = _text_steps(self.text_steps, other.definition)
        return other

    def save(self, path: str | Path) -> None:
        """Write a tokenizer.json: the bytes that it came from where it came from one; text steps go into a text_steps.json
        beside it. Raises `UnsupportedComponent` where a tokenizer.json cannot say what this tokenizer does, and
        `PolyvocabError` where a text_steps.json with other steps lies there: it would count for this tokenizer."""
        data = self._json if self._json is not None else writing.tokenizer_json(self.definition)
        found, beside = declared_steps.beside(Path(path).parent), Path(path).parent / declared_steps.NAME
        if found and found != self.text_steps:
            raise PolyvocabError(f"{beside}: holds the steps of another tokenizer; choose another folder, or remove it first")
        if self.text_steps and not found:
            write_file(beside, declared_steps.dump(self.text_steps))
        write_file(Path(path), data)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over all that decides ids and texts: tokenizers with equal ones give equal ids for equal texts, after their
        text steps, which are not in it."""
        return fingerprint(self.definition)

    @property
    def text_steps(self) -> tuple[Mapping[str, Any], ...]:
        """What is done to texts first, as it is declared; empty for most tokenizers."""
        return () if self._steps is None else self._steps.declared

    def prepared(self, texts: Iterable[str | bytes], *, threads: int = 1) -> Iterable[str | bytes]:
        """The texts with the text steps done: what is encoded. Without steps, the texts themselves."""
        return texts if self._steps is None else self._steps.batch(texts, threads)

    def prepared_flat(self, data: bytes, offsets: np.ndarray, *, threads: int = 1) -> tuple[bytes, np.ndarray]:
        """The same for texts that lie one after the other, as `encode_flat` takes them."""
        return (data, offsets) if self._steps is None else self._steps.flat(data, offsets, threads)

    @cached_property
    def vocab(self) -> Mapping[str, int]:
        """Token to id, added tokens included; byte strings that are no UTF-8 are left out."""
        table = {}
        for i, token in zip(self.definition.model.ids.tolist(), self.definition.model.tokens, strict=True):
            try:
                table[token.decode("utf-8")] = i
            except UnicodeDecodeError:
                continue
        return table | {token.content: token.id for token in self.definition.added_tokens}

    @cached_property
    def merges(self) -> tuple[tuple[str, str], ...]:
        """The merges of a BPE in the order of their rank, empty for other models."""
        model = self.definition.model
        if not isinstance(model, Bpe):
            return ()
        token = dict(zip(model.ids.tolist(), model.tokens.texts(), strict=True))
        return tuple((token[a], token[b]) for a, b in model.merges.tolist())

    @property
    def token_count(self) -> int:
        """The largest id plus one, added tokens included; ids below it may be no token's."""
        return self.definition.token_count

    @property
    def engine(self) -> Engine:
        """What encodes, for other rooms of the package that work with the core."""
        return self._engine

    def token_to_id(self, token: str) -> int | None:
        """The id of a token's string."""
        return self.vocab.get(token)

    def id_to_token(self, token_id: int) -> str | None:
        """The string of a token; None where there is none, or where it is no UTF-8."""
        string = self._tokens.find(token_id)
        try:
            return None if string is None else string.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def encode(self, text: str | bytes, *, add_special_tokens: bool = False) -> list[int]:
        """The ids of one text, with the special tokens of the post-processor around it or without."""
        ids, _ = self.encode_batch((text,), add_special_tokens=add_special_tokens)
        return ids.tolist()

    def encode_batch(
        self, texts: Iterable[str | bytes], *, add_special_tokens: bool = False, as_arrays: bool = True, threads: int = 1
    ) -> tuple[np.ndarray, np.ndarray] | list[list[int]]:
        """Flat ids, uint32, and offsets, int64 [texts + 1]: text i has ids[offsets[i]:offsets[i + 1]]. Or, unless
        `as_arrays`, a list of ids per text.

        `threads`: 0 takes one per core. The result does not depend on it.
        """
        texts = self.prepared(texts, threads=threads)
        if add_special_tokens:
            flat = self.assembler.flat(texts, threads=threads)
        else:
            flat = self._engine.encode(texts, threads=threads)
        return flat if as_arrays else self.assembler.id_lists(*flat)

    def encode_aligned(self, text: str | bytes) -> AlignedTokens:
        """The ids of one text, with the bytes of it that each stands for. Raises as `encode` does.

        With text steps, a token stands for all characters of the text that became one of its own: two tokens that share what
        one character became (щ: shch) both have all of it. `surfaces` are of the text after the steps."""
        if self._steps is None:
            ids, spans, words, surfaces = self._engine.encode_aligned(text)
        else:
            done, origins = self._steps.aligned(text)
            ids, spans, words, surfaces = self._engine.encode_aligned(done)
            spans = _traced(spans, origins)
        return AlignedTokens(ids, spans, words, dict(surfaces))

    def encode_flat(
        self, data: bytes, offsets: np.ndarray, *, add_special_tokens: bool = False, threads: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """What `encode_batch` gives, for texts that lie one after the other: text i is `data[offsets[i]:offsets[i + 1]]`,
        offsets int64 [texts + 1]. Raises `ValueError` for offsets that do not fit, and with the text that is no UTF-8."""
        data, offsets = self.prepared_flat(data, offsets, threads=threads)
        if add_special_tokens:
            return self.assembler.flat_block(data, offsets, threads=threads)
        return self._engine.encode_blocks([(data, offsets)], threads=threads)

    def encode_file(
        self,
        path: str | Path | Sequence[str | Path],
        out: str | Path,
        *,
        add_special_tokens: bool = False,
        eos: str | int | None = None,
        separator: str = "\n",
        field: str = "text",
        threads: int = 0,
        block_bytes: int = 4 << 20,
        save_every: float = 5.0,
        progress: bool = False,
    ) -> EncodedCorpus:
        """Encode text files of any size into the directory `out`, which `polyvocab.EncodedCorpus.open` maps.

        The documents are those of `polyvocab.corpus.Corpus`: a line of a text file without its line end, what is in `field`
        of a line of .jsonl or a row of .parquet; .gz and .zst are unpacked; empty ones are left out. With another
        `separator` a text file is cut there, and only there. `eos`, a token or its id, follows every document.

        Memory is bounded by `threads` blocks of `block_bytes`, or by the longest document. `threads`: 0 takes one per core.
        Every `save_every` seconds the work is made durable in `<out>.work`; a run that was killed goes on from there when
        it is called again, and from the first file that has changed since. The result depends on none of these three.

        Raises `CorpusError` with file, line and byte for text that cannot be read (it is never replaced), `PolyvocabError`
        where `out` exists, where unfinished work with other settings lies there, and where the disk is full.
        """
        from .encode_file import encode_file  # loads what reads corpora, which encoding in memory does without

        return encode_file(
            self,
            path,
            out,
            add_special_tokens=add_special_tokens,
            eos=eos,
            separator=separator,
            field=field,
            threads=threads,
            block_bytes=block_bytes,
            save_every=save_every,
            progress=progress,
        ).corpus

    def encode_arrow(self, texts: object, *, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """What `encode_batch` gives without special tokens, for a pyarrow Array or ChunkedArray of string, large_string or
        string_view, slices of them too; no Python object is made per text. Raises `TypeError` for another type, and
        `ValueError` with the row that is null or no UTF-8."""
        blocks = [self.prepared_flat(*block, threads=threads) for block in arrow.blocks(texts)]
        return self._engine.encode_blocks(blocks, threads=threads)

    def count(self, texts: Iterable[str | bytes], *, threads: int = 1) -> np.ndarray:
        """How many ids each text has, int64."""
        return self._engine.count(self.prepared(texts, threads=threads), threads=threads)

    def decode(self, ids: Sequence[int] | np.ndarray, *, skip_special_tokens: bool = False) -> str:
        """The text of ids; those that no token has are left out. Text steps are not undone."""
        return self.decoder.decode(np.asarray(ids, np.uint32), skip_special_tokens)

    def decode_batch(
        self, ids: np.ndarray, offsets: np.ndarray, *, skip_special_tokens: bool = False, threads: int = 1
    ) -> list[str]:
        """The texts of flat ids, as `encode_batch` gives them."""
        return self.decoder.decode_batch(
            np.asarray(ids, np.uint32), np.asarray(offsets, np.int64), skip_special_tokens, threads
        )

    def words(self, text: str) -> list[bytes]:
        """What the model gets of a text without added tokens, whose text steps are done: normalized, and cut by the
        pre-tokenizer. Bytes of UTF-8, also of a byte-level tokenizer."""
        if self._parts.normalizer is not None:
            text = self._parts.normalizer.normalize(text)
        if self._parts.pre_tokenizer is None:
            return [text.encode("utf-8")]
        return [word for word, _ in self._parts.pre_tokenizer.cut(text)]

    def segment(self, piece: Piece) -> list[int]:
        """The ids that spell a piece of any tokenizer with this vocabulary, unknowns left out; may be empty. Only for a
        Tokenizer made from `TokenizerFiles`, which bring what pieces mean: `Tokenizer(TokenizerFiles.from_directory(path))`.
        """
        return self._segmenter(piece)

    def decode_stream(self, *, skip_special_tokens: bool = False, ids: Sequence[int] = ()) -> DecodeStream:
        """For ids that come one by one: `step([id])` gives the text that can be shown now, or None. `ids` came before."""
        return DecodeStream(self.decoder, skip_special_tokens, ids)

    @cached_property
    def assembler(self) -> Assembler:
        """What puts special tokens around texts. Raises `UnsupportedComponent` for a post-processor that is not native."""
        return self.assembler_with(self.definition.post_processor)

    def assembler_with(self, node: Mapping[str, Any] | None) -> Assembler:
        """The same with another post-processor, given as tokenizer.json spells it."""
        strings = self._token_strings
        return Assembler(self._engine, strings, post_processor(node, strings, self.definition.origin))

    @cached_property
    def _tokens(self) -> decoders.TokenTable:
        return decoders.TokenTable.of(self.definition, self._parts.normalizer)

    @cached_property
    def _token_strings(self) -> TokenStrings:
        strings = decoders.spelled(self.definition, self._tokens)
        return TokenStrings(strings.data, strings.offsets, self._tokens.kinds)

    @cached_property
    def decoder(self) -> Decoder:
        """What turns ids into text. Raises `UnsupportedComponent` for a decoder that is not native."""
        return decoders.decoder(self.definition, self._tokens)

    @cached_property
    def _segmenter(self) -> Segmenter:
        parts = self._parts
        if isinstance(self.definition.model, SentencePieces):
            raise UnsupportedComponent(
                "spelling pieces of another tokenizer with a lone SentencePiece .model",
                self.vocabulary.origin,
                "load it with polyvocab.integrations.transformers.tokenizer_files, which makes a tokenizer.json",
            )
        return Segmenter(self.vocabulary, parts.normalizer, parts.pre_tokenizer, parts.model)


def _text_steps(declared: Iterable[Mapping[str, Any]], definition: TokenizerDefinition) -> TextSteps | None:
    """What does the steps; special tokens in a text stay as they are. None where there are none: nothing is loaded then."""
    declared = tuple(declared)
    if not declared:
        return None
    from ..romanize.text_steps import TextSteps

    special = [token.content for token in definition.added_tokens if token.special]
    return TextSteps(declared, unchanged=special, where=f"{definition.origin}: {declared_steps.NAME}")


def _traced(spans: np.ndarray, origins: np.ndarray) -> np.ndarray:
    """uint32 [tokens, 2]: the bytes of the text that tokens stand for, from those after the text steps. An empty span stays
    one: it lies where what follows it begins. `origins`: int64 [bytes after the steps, 2]."""
    if len(origins) == 0:
        return spans
    begins = np.append(origins[:, 0], origins[-1, 1])[spans[:, 0]]
    ends = np.where(spans[:, 0] < spans[:, 1], origins[np.maximum(spans[:, 1], 1) - 1, 1], begins)
    return np.stack([begins, ends], axis=1).astype(np.uint32)
