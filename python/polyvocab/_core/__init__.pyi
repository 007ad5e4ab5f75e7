"""
The compiled core of polyvocab: flat arrays in, flat arrays out.
"""
from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing
import typing_extensions
from . import components
from . import replay
from . import mixture
from . import trim
from . import unicode
from . import vectors
__all__: list[str] = ['ChainDecoder', 'DecodeStream', 'Decoder', 'DevicePool', 'Encoding', 'Engine', 'Frame', 'Integers', 'PackedPool', 'Padding', 'Pursuits', 'RomanizationTable', 'Romanizer', 'SentencePieceDecoder', 'TokenCounter', 'TokenStrings', 'Truncation', 'WordCounter', 'WordStream', 'column_moments', 'combine_rows', 'components', 'cuda_combine_rows', 'cuda_compiled', 'cuda_device_count', 'encodings', 'find_repeated_string', 'find_strings', 'flat_ids', 'frame_of', 'framed', 'keep_tokens', 'lists', 'matrices', 'merge_words', 'mixture', 'normalize_rows', 'parse_json_number', 'post_process', 'read_sentencepiece_model', 'read_tokenizer_json', 'replay', 'resolve_merges', 'tile_kernels', 'tokens_of_words', 'trim', 'unicode', 'vectors']
class Decoder:
    """
    Ids to texts.
    """
    def decode(self, ids: typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], skip_special_tokens: bool = False) -> str:
        ...
    def decode_batch(self, ids: typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], skip_special_tokens: bool = False, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> list[str]:
        ...
class ChainDecoder(Decoder):
    def __init__(self, parts: collections.abc.Sequence[components.DecoderPart], data: bytes, offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.uint64], kinds: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8]) -> None:
        ...
class SentencePieceDecoder(Decoder):
    def __init__(self, data: bytes, offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.uint64], types: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8], *, unknown_surface: str, add_dummy_prefix: bool, remove_extra_whitespaces: bool) -> None:
        ...
class DecodeStream:
    """
    Ids to text while they come.
    """
    def __copy__(self) -> DecodeStream:
        ...
    def __deepcopy__(self, memo: dict) -> DecodeStream:
        ...
    def __init__(self, skip_special_tokens: bool = False, ids: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] = []) -> None:
        ...
    @typing.overload
    def step(self, decoder: Decoder, ids: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]) -> str | None:
        """
        The text that these ids add; None where it may still change.
        """
    @typing.overload
    def step(self, decode: collections.abc.Callable[[list[int], bool], str], ids: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]) -> str | None:
        """
        The same with a function of ids and whether special tokens are left out.
        """
class TokenStrings:
    """
    The strings of all tokens by id; kind 0 has none.
    """
    def __init__(self, data: bytes, offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.uint64], kinds: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8]) -> None:
        ...
    def __len__(self) -> int:
        ...
    def find(self, id: typing.SupportsInt | typing.SupportsIndex) -> str | None:
        ...
class Encoding:
    """
    What a text becomes, with the interface of tokenizers.Encoding.
    """
    @staticmethod
    def merge(encodings: collections.abc.Sequence[Encoding], growing_offsets: bool = True) -> Encoding:
        ...
    def __getstate__(self) -> tuple:
        ...
    def __init__(self) -> None:
        ...
    def __len__(self) -> int:
        ...
    def __repr__(self) -> str:
        ...
    def __setstate__(self, arg0: tuple) -> None:
        ...
    def char_to_token(self, char_pos: typing.SupportsInt | typing.SupportsIndex, sequence_index: typing.SupportsInt | typing.SupportsIndex = 0) -> int | None:
        ...
    def char_to_word(self, char_pos: typing.SupportsInt | typing.SupportsIndex, sequence_index: typing.SupportsInt | typing.SupportsIndex = 0) -> int | None:
        ...
    def pad(self, length: typing.SupportsInt | typing.SupportsIndex, *, direction: str = 'right', pad_id: typing.SupportsInt | typing.SupportsIndex = 0, pad_type_id: typing.SupportsInt | typing.SupportsIndex = 0, pad_token: str = '[PAD]') -> None:
        ...
    def set_sequence_id(self, sequence_id: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def token_to_chars(self, token_index: typing.SupportsInt | typing.SupportsIndex) -> tuple[int, int] | None:
        ...
    def token_to_sequence(self, token_index: typing.SupportsInt | typing.SupportsIndex) -> int | None:
        ...
    def token_to_word(self, token_index: typing.SupportsInt | typing.SupportsIndex) -> int | None:
        ...
    def truncate(self, max_length: typing.SupportsInt | typing.SupportsIndex, stride: typing.SupportsInt | typing.SupportsIndex = 0, direction: str = 'right') -> None:
        ...
    def word_to_chars(self, word_index: typing.SupportsInt | typing.SupportsIndex, sequence_index: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple[int, int] | None:
        ...
    def word_to_tokens(self, word_index: typing.SupportsInt | typing.SupportsIndex, sequence_index: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple[int, int] | None:
        ...
    @property
    def attention_mask(self) -> list:
        ...
    @property
    def ids(self) -> list[int]:
        ...
    @property
    def n_sequences(self) -> int:
        ...
    @property
    def offsets(self) -> list:
        ...
    @property
    def overflowing(self) -> list[Encoding]:
        ...
    @property
    def sequence_ids(self) -> list:
        ...
    @property
    def special_tokens_mask(self) -> list:
        ...
    @property
    def tokens(self) -> list[str]:
        ...
    @property
    def type_ids(self) -> list[int]:
        ...
    @property
    def word_ids(self) -> list:
        ...
    @property
    def words(self) -> list:
        ...
class Engine:
    """
    Texts to ids, without special tokens around them.
    """
    def __init__(self, raw_tokens: collections.abc.Sequence[tuple], normalized_tokens: collections.abc.Sequence[tuple], normalizer: components.Normalizer, pre_tokenizer: components.PreTokenizer, model: components.Model, surface_unknown: typing.SupportsInt | typing.SupportsIndex | None) -> None:
        ...
    def count(self, texts: collections.abc.Iterable, encode_special_tokens: bool = False, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> numpy.typing.NDArray[numpy.int64]:
        ...
    def encode(self, texts: collections.abc.Iterable, encode_special_tokens: bool = False, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> tuple:
        ...
    def encode_aligned(self, text: typing.Any, encode_special_tokens: bool = False) -> tuple:
        """
        (ids, [begin, end] in bytes, numbers of the words, (index, string) of tokens that are shown as another string).
        """
    def encode_blocks(self, blocks: collections.abc.Sequence[tuple[typing_extensions.Buffer, typing.Annotated[numpy.typing.ArrayLike, numpy.int64]]], encode_special_tokens: bool = False, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> tuple:
        """
        Texts of buffers, one after the other: each (bytes, offsets of the texts in them, one more than texts).
        """
class Frame:
    """
    The tokens that post-processing puts around one text.
    """
    def __init__(self) -> None:
        """
        None at all.
        """
    @property
    def size(self) -> int:
        ...
class Truncation:
    """
    How long a text, or two together, may be.
    """
    def __init__(self, max_length: typing.SupportsInt | typing.SupportsIndex, stride: typing.SupportsInt | typing.SupportsIndex = 0, strategy: str = 'longest_first', direction: str = 'right') -> None:
        ...
    def check(self, processor: components.PostProcessor) -> None:
        """
        Raises ValueError where the stride is longer than what special tokens leave.
        """
class Padding:
    """
    What texts are filled up with, and to which length (None: that of the longest).
    """
    def __init__(self, length: typing.SupportsInt | typing.SupportsIndex | None = None, direction: str = 'right', pad_to_multiple_of: typing.SupportsInt | typing.SupportsIndex | None = None, pad_id: typing.SupportsInt | typing.SupportsIndex = 0, pad_type_id: typing.SupportsInt | typing.SupportsIndex = 0, pad_token: str = '[PAD]') -> None:
        ...
class Integers:
    """
    Python integers from 0, made once.
    """
    def __init__(self, size: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
class WordStream:
    """
    Counted words in the order of their bytes, to be taken once.
    """
    def next(self, bytes: typing.SupportsInt | typing.SupportsIndex) -> typing.Any:
        """
        About so many bytes of words: (their bytes, where each ends, where its entries end, the block and the count of each entry), ends counted from the first word; None at the end.
        """
class WordCounter:
    """
    Documents to counted words.
    """
    def __init__(self, engine: Engine, blocks: typing.SupportsInt | typing.SupportsIndex, added: typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], memory_limit: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex, directory: str) -> None:
        ...
    def add(self, data: typing_extensions.Buffer, offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.int64]) -> None:
        """
        From any threads.
        """
    def finish(self) -> WordStream:
        """
        The words; once.
        """
    def totals(self) -> tuple:
        """
        (documents [blocks], bytes [blocks], characters [blocks], added tokens [blocks * added])
        """
    @property
    def has_spilled(self) -> bool:
        ...
class TokenCounter:
    """
    Documents to counted tokens.
    """
    def __init__(self, engine: Engine, added: typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], token_count: typing.SupportsInt | typing.SupportsIndex, memory_limit: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def add(self, data: typing_extensions.Buffer, offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.int64]) -> None:
        """
        From any threads.
        """
    def finish(self) -> numpy.typing.NDArray[numpy.uint64]:
        """
        uint64 [token_count]; once.
        """
    def totals(self) -> tuple:
        """
        (documents [1], bytes [1], characters [1], added tokens [added])
        """
class RomanizationTable:
    """
    What is known of characters and their romanizations.
    """
    def __init__(self, arrays: dict) -> None:
        ...
class Romanizer:
    """
    Texts to their romanizations, in one language.
    """
    def __init__(self, table: RomanizationTable, language_bit: typing.SupportsInt | typing.SupportsIndex, keeps_final_vowels: bool, drops_final_vowels: bool, mark: str) -> None:
        ...
    def batch(self, texts: collections.abc.Iterable, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> list:
        ...
    def edges(self, text: typing.Any, alternatives: bool = False) -> list:
        """
        (start, end, romanization, type) of the best edges.
        """
    def lattice(self, text: typing.Any) -> list:
        """
        All edges that were considered, and the alternatives.
        """
    def lines(self, data: bytes, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> bytes:
        """
        UTF-8 text whose lines, ended by a line feed, are romanized one by one.
        """
    def romanize(self, text: typing.Any) -> str:
        ...
class PackedPool:
    """
    Rows packed for the tile product.
    """
    def __init__(self, rows: numpy.typing.NDArray[numpy.float32], kernel: str | None = None, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> None:
        ...
    def __len__(self) -> int:
        ...
    def select(self, queries: numpy.typing.NDArray[numpy.float32], selection: str, k: typing.SupportsInt | typing.SupportsIndex = 0, temperature: typing.SupportsFloat | typing.SupportsIndex = 0.0, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple:
        """
        CSR (indptr, indices, weights) of what the selection takes of query . pool for each query.
        """
    @property
    def finite(self) -> bool:
        """
        Whether all rows are, as select() expects.
        """
    @property
    def kernel(self) -> str:
        ...
class Pursuits:
    """
    Targets written with a few rows of a pool: orthogonal matching pursuit.
    """
    def __init__(self, pool: PackedPool, steps: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> None:
        ...
    def pursue(self, targets: numpy.typing.NDArray[numpy.float32]) -> tuple:
        """
        (number of atoms of each target, the atoms in the order of their choice, their coefficients).
        """
    @property
    def targets_at_once(self) -> int:
        """
        pursue() takes no more.
        """
class DevicePool:
    """
    PackedPool on a GPU: the same bytes.
    """
    def __init__(self, rows: numpy.typing.NDArray[numpy.float32], device: typing.SupportsInt | typing.SupportsIndex = 0, memory: typing.SupportsInt | typing.SupportsIndex = 0, candidates: typing.SupportsInt | typing.SupportsIndex = 0) -> None:
        ...
    def __len__(self) -> int:
        ...
    def select(self, queries: numpy.typing.NDArray[numpy.float32], selection: str, k: typing.SupportsInt | typing.SupportsIndex = 0, temperature: typing.SupportsFloat | typing.SupportsIndex = 0.0, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple:
        """
        CSR (indptr, indices, weights) of what the selection takes of query . pool, for each query row.
        """
    @property
    def given_up(self) -> int:
        """
        Rows of the last select that the CPU did.
        """
    @property
    def seconds(self) -> float:
        """
        Of the last select, in which kernels ran.
        """
def column_moments(source: numpy.typing.NDArray[numpy.uint8], dim: typing.SupportsInt | typing.SupportsIndex, dtype: str, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
    """
    Mean and population standard deviation of each column, in float64.
    """
def combine_rows(indptr: numpy.typing.NDArray[numpy.int64], indices: numpy.typing.NDArray[numpy.int64], weights: numpy.typing.NDArray[numpy.float32], given_slot: numpy.typing.NDArray[numpy.int64] | None, given: numpy.typing.NDArray[numpy.float32] | None, source: numpy.typing.NDArray[numpy.uint8], target: numpy.typing.NDArray[numpy.uint8], dim: typing.SupportsInt | typing.SupportsIndex, dtype: str, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> None:
    """
    Write recipe x source rows (+ given rows) into target, float32 sums cast once. Matrices are uint8.
    """
def cuda_combine_rows(rows: typing.SupportsInt | typing.SupportsIndex, indptr: typing.SupportsInt | typing.SupportsIndex, indices: typing.SupportsInt | typing.SupportsIndex, weights: typing.SupportsInt | typing.SupportsIndex, given_slot: typing.SupportsInt | typing.SupportsIndex, given: typing.SupportsInt | typing.SupportsIndex, source: typing.SupportsInt | typing.SupportsIndex, target: typing.SupportsInt | typing.SupportsIndex, dim: typing.SupportsInt | typing.SupportsIndex, dtype: str, stream: typing.SupportsInt | typing.SupportsIndex) -> None:
    """
    combine_rows on device memory, ordered by the stream.
    """
def cuda_compiled() -> bool:
    """
    Whether this build has CUDA kernels.
    """
def cuda_device_count() -> int:
    """
    Devices that can run them; 0 without a driver.
    """
def encodings(engine: Engine, strings: TokenStrings, processor: components.PostProcessor, texts: collections.abc.Sequence[tuple[typing.Any, typing.Any]], *, is_pretokenized: bool = False, add_special_tokens: bool = True, encode_special_tokens: bool = False, offsets: bool = True, truncation: Truncation | None = None, padding: Padding | None = None, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> list[Encoding]:
    """
    The encodings of texts; each comes as (text, text of the pair or None).
    """
def find_repeated_string(strings: bytes, offsets: numpy.typing.NDArray[numpy.uint64], counts: numpy.typing.NDArray[numpy.bool]) -> tuple[int, int] | None:
    """
    The first string that equals one before it: (that one, itself), or None.
    """
def find_strings(strings: bytes, offsets: numpy.typing.NDArray[numpy.uint64], wanted: bytes, wanted_offsets: numpy.typing.NDArray[numpy.uint64]) -> numpy.typing.NDArray[numpy.int64]:
    """
    The last position of each wanted string, or -1.
    """
def flat_ids(sequences: collections.abc.Sequence) -> tuple:
    """
    Lists of int as flat ids with offsets.
    """
def frame_of(processor: components.PostProcessor, add_special_tokens: bool) -> Frame | None:
    """
    None where post-processing does more than that.
    """
def framed(ids: typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], frame: Frame) -> tuple:
    """
    Flat ids and offsets with the frame around each sequence.
    """
def keep_tokens(document: bytes, new_ids: numpy.typing.NDArray[numpy.int64], merges: numpy.typing.NDArray[numpy.bool]) -> tuple:
    """
    (skeleton, vocabulary, how many tokens it has, merges) of a tokenizer.json with some of them, as JSON: `new_ids` int64 by old id, negative where the token goes; `merges` bool, whether each stays. None for what is absent.
    """
def lists(ids: typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], frame: Frame, truncation: Truncation | None = None, padding: Padding | None = None, *, attention_mask: bool = False, token_type_ids: bool = False, special_tokens_mask: bool = False, integers: Integers) -> tuple:
    """
    The same as lists of lists of int, whose lengths may differ.
    """
def matrices(ids: typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], frame: Frame, truncation: Truncation | None = None, padding: Padding | None = None, *, attention_mask: bool = False, token_type_ids: bool = False, special_tokens_mask: bool = False, dtype: str = 'int64', threads: typing.SupportsInt | typing.SupportsIndex = 1) -> tuple:
    """
    (input_ids, attention_mask, token_type_ids, special_tokens_mask), the ones not asked for None.
    """
def merge_words(parts: collections.abc.Sequence[tuple[typing_extensions.Buffer, typing.Annotated[numpy.typing.ArrayLike, numpy.uint64], typing.Annotated[numpy.typing.ArrayLike, numpy.uint64], typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], typing.Annotated[numpy.typing.ArrayLike, numpy.uint64]]]) -> WordStream:
    """
    Words of several counts as one: each (bytes, offsets, where the entries of words begin, blocks, counts).
    """
def normalize_rows(rows: numpy.typing.NDArray[numpy.float32], threads: typing.SupportsInt | typing.SupportsIndex = 0) -> int:
    """
    Scale rows to length 1 in place; the first row that is not finite, or -1.
    """
def parse_json_number(text: str) -> float:
    """
    A number as serde_json makes it of its digits.
    """
def post_process(encoding: Encoding, pair: Encoding | None, processor: components.PostProcessor, add_special_tokens: bool = True, truncation: Truncation | None = None, padding: Padding | None = None) -> Encoding:
    """
    One encoding, or two of the same tokenizer, cut, framed and filled up.
    """
def read_sentencepiece_model(file: bytes) -> tuple:
    """
    (pieces, scores, types, where they lie, where the other members lie, where it stopped): pieces as (bytes, offsets), float32 and uint8 arrays, uint64 [pieces, 2] and [stretches, 2]; None, or the offset of a member that cannot be read.
    """
def read_tokenizer_json(document: bytes) -> tuple:
    """
    (skeleton, tokens, ids, scores, merge parts, whether these are pairs): strings as (bytes, offsets), None for what is absent. Raises ValueError(problem, byte offset).
    """
def resolve_merges(tokens: bytes, token_offsets: numpy.typing.NDArray[numpy.uint64], ids: numpy.typing.NDArray[numpy.uint32], merges: bytes, merge_offsets: numpy.typing.NDArray[numpy.uint64], are_pairs: bool, prefix_size: typing.SupportsInt | typing.SupportsIndex) -> tuple:
    """
    Merges as ids: uint32 [merges, 2], and what each becomes, uint32 [merges].
    """
def tile_kernels() -> list[str]:
    """
    The tile kernels that this machine can run, the fastest first.
    """
def tokens_of_words(engine: Engine, data: typing_extensions.Buffer, offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.uint64], counts: typing.Annotated[numpy.typing.ArrayLike, numpy.uint64], token_count: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> numpy.typing.NDArray[numpy.uint64]:
    """
    How often each token occurs in words with counts, uint64 [token_count].
    """
