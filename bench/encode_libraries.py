"""How each library loads a tokenizer, encodes a list of documents and decodes it again, by its fastest public way.

This module is imported by `encode_worker.py` in the environment of one library, so it imports the libraries lazily, and only
numpy is there besides. A function of `LIBRARIES` takes the files of a tokenizer (see `encode_tokenizers.py`), the kind of file
to load and the number of threads, and returns a `Library`; what a library refuses, it refuses with its own error.

Special tokens are not added, and added tokens are not looked for where a library can do without. All libraries encode with one
batch call where they have one. A result is ready when every document's ids are in a Python list or a numpy array, whichever
the library makes sooner; the conversion to the one form that is compared is not timed, nor is that of ids to what `decode`
takes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

Ids = list[np.ndarray]  # one array for each document


class Library(NamedTuple):
    encode: Callable[[list[str]], Any]  # timed
    ids: Callable[[Any], Ids]  # from what `encode` returned
    decode: Callable[[Any], Any]  # timed; to a list of str, or of bytes where the library makes bytes
    encoded: Callable[[Ids], Any]  # what `decode` takes


def _lists(ids: Ids) -> list[list[int]]:
    return [document.tolist() for document in ids]


def _arrays(result: list) -> Ids:
    return [np.asarray(document, dtype=np.int64) for document in result]


def _cut(flat: np.ndarray, ends: np.ndarray) -> Ids:
    """The documents of a flat array; `ends` are the ends of all documents but the last, which ends with the array."""
    return np.split(flat, ends.astype(np.int64)) if len(flat) else [flat] * (len(ends) + 1)


def _flat(ids: Ids) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.fromiter(itertools.accumulate(map(len, ids), initial=0), dtype=np.int64, count=len(ids) + 1)
    return np.concatenate(ids), offsets


def _arrangement(files: dict, kind: str, unknown: int | None) -> tuple[Callable[[Ids], Ids], Callable[[Ids], Ids]]:
    """The ids of a SentencePiece model as they are published, shifted and with <unk> behind three others, and back again."""
    shift = files.get("shift", 0) if kind == "model" else 0
    if shift == 0:
        return (lambda ids: ids), (lambda ids: ids)
    return (
        lambda ids: [np.where(document == unknown, 3, document + shift) for document in ids],
        lambda ids: [np.where(document == 3, unknown, document - shift) for document in ids],
    )


def _mapper(threads: int) -> Callable:
    """`map` to a list, over the documents, on that many threads."""
    if threads == 1:
        return lambda function, items: list(map(function, items))
    return ThreadPoolExecutor(threads).map


def _polyvocab(files: dict, kind: str, threads: int) -> Library:
    import polyvocab

    encoding = files["encoding"] if kind == "tiktoken" else None
    tokenizer = polyvocab.Tokenizer.from_pretrained(files[kind], encoding=encoding)
    published, own = _arrangement(files, kind, getattr(tokenizer.definition.model, "unk_id", None))
    return Library(
        encode=lambda texts: tokenizer.encode_batch(texts, threads=threads),
        ids=lambda result: published(_cut(result[0], result[1][1:-1])),
        decode=lambda encoded: tokenizer.decode_batch(*encoded),
        encoded=lambda ids: _flat(own(ids)),
    )


def _tokenizers(files: dict, kind: str, threads: int) -> Library:
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(files[kind])
    if hasattr(tokenizer, "encode_batch_fast"):
        return Library(
            encode=lambda texts: [e.ids for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)],
            ids=_arrays,
            decode=lambda encoded: tokenizer.decode_batch(encoded, skip_special_tokens=False),
            encoded=_lists,
        )
    every = _mapper(threads)
    return Library(
        encode=lambda texts: [e.ids_array for e in tokenizer.encode_batch(texts, add_special_tokens=False)],
        ids=_arrays,
        decode=lambda encoded: list(every(lambda ids: tokenizer.decode(ids, skip_special_tokens=False), encoded)),
        encoded=lambda ids: [document.astype(np.uint32) for document in ids],
    )


def _tiktoken(files: dict, kind: str, threads: int) -> Library:
    import tiktoken
    from tiktoken.load import load_tiktoken_bpe
    from tiktoken_ext import openai_public

    openai_public.load_tiktoken_bpe = lambda *_, **__: load_tiktoken_bpe(files[kind])
    if hasattr(openai_public, files["encoding"]):
        encoding = tiktoken.Encoding(**getattr(openai_public, files["encoding"])())
    else:
        ranks = load_tiktoken_bpe(files[kind])
        encoding = tiktoken.Encoding(files["encoding"], pat_str=files["pattern"], mergeable_ranks=ranks, special_tokens={})
    every = _mapper(threads)
    return Library(
        encode=lambda texts: list(every(lambda text: encoding.encode_to_numpy(text, disallowed_special=()), texts)),
        ids=_arrays,
        decode=lambda encoded: list(every(encoding.decode_bytes, encoded)),
        encoded=_lists,
    )


def _sentencepiece(files: dict, kind: str, threads: int) -> Library:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=files[kind])
    published, own = _arrangement(files, kind, processor.unk_id())
    return Library(
        encode=lambda texts: processor.encode(texts, num_threads=threads, return_type="numpy"),
        ids=published,
        decode=lambda encoded: processor.decode(encoded, num_threads=threads),
        encoded=lambda ids: _lists(own(ids)),
    )


def _gigatoken(files: dict, kind: str, threads: int) -> Library:
    import awkward
    import gigatoken

    tokenizer = gigatoken.Tokenizer(files[kind])
    every = _mapper(threads)
    return Library(
        encode=lambda texts: tokenizer.encode_batch(texts, parallel=threads > 1),
        ids=lambda result: _cut(result.layout.content.data, np.cumsum(awkward.num(result).to_numpy())[:-1]),
        decode=lambda encoded: list(every(tokenizer.decode, encoded)),
        encoded=lambda ids: [document.astype(np.uint32) for document in ids],
    )


def _fastokens(files: dict, kind: str, threads: int) -> Library:
    import fastokens

    tokenizer = fastokens.Tokenizer.from_file(files[kind])
    return Library(
        encode=tokenizer.encode_batch_flat,
        ids=lambda result: _cut(np.frombuffer(result[0], np.uint32), np.frombuffer(result[1], np.uint64)[1:-1]),
        decode=tokenizer.decode_batch,
        encoded=_lists,
    )


def _tokie(files: dict, kind: str, threads: int) -> Library:
    import tokie

    tokenizer = tokie.Tokenizer.from_json(files[kind])
    return Library(
        encode=lambda texts: tokenizer.encode_batch_flat(texts, add_special_tokens=False),
        ids=lambda result: _cut(result[0], np.cumsum(result[1])[:-1]),
        decode=tokenizer.decode_batch,
        encoded=_lists,
    )


def _kitoken(files: dict, kind: str, threads: int) -> Library:
    from kitoken import Kitoken

    tokenizer = Kitoken.from_tokenizers_file(files[kind])
    return Library(encode=tokenizer.encode_all, ids=_arrays, decode=tokenizer.decode_all, encoded=_lists)


def _rs_bpe(files: dict, kind: str, threads: int) -> Library:
    from rs_bpe.bpe import openai

    tokenizer = getattr(openai, files["encoding"])()  # the vocabulary comes with the library
    if threads == 1:
        return Library(lambda texts: tokenizer.encode_batch(texts)[0], _arrays, tokenizer.decode_batch, _lists)
    options = openai.ParallelOptions(1, 64, threads)
    return Library(
        encode=lambda texts: tokenizer.encode_batch_parallel(texts, options)[0],
        ids=_arrays,
        decode=tokenizer.decode_batch,
        encoded=_lists,
    )


def _quicktok(files: dict, kind: str, threads: int) -> Library:
    import quicktok

    tokenizer = quicktok.get_encoding(files["encoding"])  # the vocabulary comes with the library
    return Library(
        encode=lambda texts: tokenizer.encode_batch(texts, threads),
        ids=lambda result: _cut(result[0], result[1][1:-1]),
        decode=tokenizer.decode_batch,
        encoded=_lists,
    )


# Name of the distribution -> modules that are imported before loading is timed, kinds of file that are measured, function.
LIBRARIES: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[dict, str, int], Library]]] = {
    "polyvocab": (("polyvocab",), ("json", "model", "tiktoken"), _polyvocab),
    "tokenizers": (("tokenizers",), ("json",), _tokenizers),
    "tiktoken": (("tiktoken", "tiktoken.load", "tiktoken_ext.openai_public"), ("tiktoken",), _tiktoken),
    "sentencepiece": (("sentencepiece",), ("model",), _sentencepiece),
    "gigatoken": (("gigatoken", "awkward"), ("json",), _gigatoken),
    "fastokens": (("fastokens",), ("json",), _fastokens),
    "tokie": (("tokie",), ("json",), _tokie),
    "kitoken": (("kitoken",), ("json",), _kitoken),
    "rs-bpe": (("rs_bpe.bpe",), ("tiktoken",), _rs_bpe),
    "quicktok-v1": (("quicktok",), ("tiktoken",), _quicktok),
}
