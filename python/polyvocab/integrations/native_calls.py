"""The methods of a `transformers` tokenizer that polyvocab answers natively.

Promises: what the methods that they replace return, in every form of call; what is not native is handed to those, and
`polyvocab_fallback` says why. Unlike those, they read no options from the tokenizer's backend: threads may share one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..tokenizer.assembler import Assembler, Encoding, Input, Padding, Truncation, flat_ids
from .native_backend import BackendOptions, NativeBackend, reading

_HANDLE = "_polyvocab"


class NotNative(Exception):
    """A call that the original method has to answer, and why."""


class LazyEncodings(Sequence):
    """The encodings of a batch, made when one is first looked at. Pickled and copied as a list.

    Takes no lock: a process may fork while another thread is in here.
    """

    _made: list[Encoding] | None = None

    def __init__(self, count: int, make: Callable[[], list[Encoding]]) -> None:
        self._count = count
        self._make: Callable[[], list[Encoding]] | None = make

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, i):
        make = self._make  # is looked at before what it makes, and goes when that has come
        made = self._made
        if made is None:
            made = self.__dict__.setdefault("_made", make())  # where two threads make them, the first list holds
            self._make = None
        return made[i]

    def __reduce__(self):
        return list, (list(self),)


class NativeCalls:
    """Goes before a class of fast tokenizers (`accelerated.class_of`)."""

    replaced = ("_encode_plus", "_decode", "decode", "_add_tokens", "backend_tokenizer")
    polyvocab_kept: tuple[str, ...] = ()  # those of `replaced` that the class itself rewrote

    @property
    def polyvocab_fallback(self) -> str | None:
        """Why the original methods answer: always, or for the last call that they answered. None: they never had to."""
        if self.polyvocab_kept:
            return f"{type(self).__name__} has its own {', '.join(self.polyvocab_kept)}"
        return self._native.reason or self._native.last_reason

    @property
    def _native(self) -> NativeBackend:
        handle = self.__dict__.get(_HANDLE)
        return handle if handle is not None else self.__dict__.setdefault(_HANDLE, NativeBackend())

    @property
    def backend_tokenizer(self):
        """With the options of the last call, which the original keeps in it."""
        self._native.settle(self._tokenizer)
        self._native.watch()  # whoever has it may change its parts at any time
        return self._tokenizer

    def __getstate__(self):
        self._native.settle(self._tokenizer)
        return super().__getstate__()

    def _add_tokens(self, new_tokens, special_tokens=False):
        added = super()._add_tokens(new_tokens, special_tokens=special_tokens)
        self._native.forget()
        return added

    def _encode_plus(self, text, *args, **options):
        native = self._native
        try:
            if args:
                raise NotNative("options given by position")
            assembler = native.assembler(self._tokenizer)
            if assembler is None:
                raise NotNative(native.reason or native.last_reason)
            call = _Call(self, assembler, **options)
            result = call.encode(text)
        except (NotNative, ValueError, TypeError, OverflowError) as reason:  # what the original refuses, it shall refuse
            native.last_reason = str(reason)
            with native.lock:
                native.options = None
                return super()._encode_plus(text, *args, **options)
        native.options = call.backend_options
        return result

    def decode(self, token_ids, skip_special_tokens=False, **options):
        try:
            batch = _batch_of_ids(token_ids)
        except (ValueError, TypeError, OverflowError) as reason:
            self._native.last_reason = str(reason)
            batch = None
        decoder = None if batch is None else self._native.decoder(self._tokenizer)
        if decoder is None or not (cleanup := self._cleanup(options)):
            return super().decode(token_ids, skip_special_tokens=skip_special_tokens, **options)
        threads = self._native.threads(len(batch[1]) - 1)
        return cleanup(decoder.decode_batch(*batch, bool(skip_special_tokens), threads))

    def _decode(self, token_ids, skip_special_tokens=False, clean_up_tokenization_spaces=None, **options):
        decoder = self._native.decoder(self._tokenizer)
        cleanup = self._cleanup({"clean_up_tokenization_spaces": clean_up_tokenization_spaces})
        if decoder is not None and cleanup is not None and not isinstance(token_ids, dict):
            try:
                ids, _ = flat_ids([[token_ids] if isinstance(token_ids, int) else token_ids])
                return cleanup([decoder.decode(ids, bool(skip_special_tokens))])[0]
            except (ValueError, TypeError, OverflowError) as reason:
                self._native.last_reason = str(reason)
        with reading():
            return super()._decode(
                token_ids,
                skip_special_tokens=skip_special_tokens,
                clean_up_tokenization_spaces=clean_up_tokenization_spaces,
                **options,
            )

    def convert_tokens_to_string(self, tokens):
        with reading():
            return super().convert_tokens_to_string(tokens)

    def _save_pretrained(self, *args, **options):
        with reading():
            return super()._save_pretrained(*args, **options)

    def _cleanup(self, options: dict) -> Callable[[list[str]], list[str]] | None:
        """What is done to decoded texts; None where only the original knows (it warns as well)."""
        asked = options.get("clean_up_tokenization_spaces")
        if not (self.clean_up_tokenization_spaces if asked is None else asked):
            return lambda texts: texts
        if type(self._tokenizer.model).__name__ == "BPE":
            return None
        return lambda texts: [self.clean_up_tokenization(text) for text in texts]


class _Call:
    """One call of `_encode_plus`: its options, as the core takes them."""

    def __init__(
        self,
        tokenizer: Any,
        assembler: Assembler,
        text_pair: Any = None,
        add_special_tokens: bool = True,
        padding_strategy: str = "do_not_pad",
        truncation_strategy: str = "do_not_truncate",
        max_length: int | None = None,
        stride: int = 0,
        is_split_into_words: bool = False,
        pad_to_multiple_of: int | None = None,
        padding_side: str | None = None,
        return_tensors: Any = None,
        return_token_type_ids: bool | None = None,
        return_attention_mask: bool | None = None,
        return_overflowing_tokens: bool = False,
        return_special_tokens_mask: bool = False,
        return_offsets_mapping: bool = False,
        return_length: bool = False,
        verbose: bool = True,
        split_special_tokens: bool | None = None,
        **others: Any,
    ) -> None:
        if others.get("sanitize_control_tokens"):
            raise NotNative("sanitize_control_tokens")
        self.tokenizer, self.assembler, self.pair = tokenizer, assembler, text_pair
        self.is_split, self.tensors, self.max_length, self.verbose = is_split_into_words, return_tensors, max_length, verbose
        self.special = bool(add_special_tokens)
        self.split_special = bool(tokenizer.split_special_tokens if split_special_tokens is None else split_special_tokens)
        names = tokenizer.model_input_names
        self.wanted = {
            "attention_mask": bool("attention_mask" in names if return_attention_mask is None else return_attention_mask),
            "token_type_ids": bool("token_type_ids" in names if return_token_type_ids is None else return_token_type_ids),
            "special_tokens_mask": bool(return_special_tokens_mask),
        }
        self.overflow, self.offsets, self.length = return_overflowing_tokens, return_offsets_mapping, return_length
        truncation = padding = self.truncation = self.padding = None
        if truncation_strategy != "do_not_truncate":
            truncation = {
                "max_length": max_length,
                "stride": stride,
                "strategy": truncation_strategy.value,
                "direction": tokenizer.truncation_side,
            }
            self.truncation = Truncation(**truncation)
            self.truncation.check(assembler.processor)
        if padding_strategy != "do_not_pad":
            padding = {
                "length": max_length if padding_strategy == "max_length" else None,
                "direction": tokenizer.padding_side if padding_side is None else padding_side,
                "pad_to_multiple_of": pad_to_multiple_of,
                "pad_id": tokenizer.pad_token_id,
                "pad_type_id": tokenizer.pad_token_type_id,
                "pad_token": tokenizer.pad_token,
            }
            self.padding = Padding(**padding)
        self.backend_options = BackendOptions(truncation, padding, self.split_special)
        simple_cut = self.truncation is None or (stride == 0 and truncation_strategy != "only_second")
        self.is_plain = simple_cut and not (is_split_into_words or return_overflowing_tokens or return_offsets_mapping)

    def encode(self, text: Any) -> Any:
        batched = isinstance(text, list | tuple) and (not self.is_split or (text and isinstance(text[0], list | tuple)))
        texts = self._batch(text) if batched else [(text, self.pair)] if self.pair else [text]
        if not texts:
            raise NotNative("an empty batch")
        frame = self.assembler.frame(self.special) if self.is_plain else None
        if frame is not None and _are_strings(texts):
            data, encodings = self._plain(texts, frame)
        else:
            data, encodings = self._from_encodings(texts)
        return self._result(data, encodings, batched)

    def _batch(self, text: Sequence) -> Sequence:
        if self.pair is None:
            return text
        if isinstance(self.pair, str) or len(self.pair) != len(text):
            raise NotNative("pairs that do not fit")
        return list(zip(text, self.pair, strict=True))

    def _plain(self, texts: Sequence[str], frame: Any) -> tuple[dict, Sequence[Encoding]]:
        """From flat ids straight to matrices or lists."""
        threads = self.tokenizer._native.threads(len(texts))
        ids, offsets = self.assembler.engine.encode(texts, self.split_special, threads)
        if self.tensors is None:
            columns = self.assembler.lists(ids, offsets, frame, self.truncation, self.padding, self.wanted)
        elif self.tensors in ("pt", "np"):
            columns = self.assembler.matrices(ids, offsets, frame, self.truncation, self.padding, self.wanted, threads=threads)
        else:
            raise NotNative(f"tensors of the kind {self.tensors}")
        rows, attention, types, special = columns
        named = (
            ("input_ids", rows),
            ("token_type_ids", types),
            ("attention_mask", attention),
            ("special_tokens_mask", special),
        )
        data = {name: column for name, column in named if column is not None}
        lengths = [rows.shape[1]] * len(texts) if self.tensors else list(map(len, rows)) if self._counts else ()
        self._warn(lengths)
        if self.length:
            data["length"] = lengths if self.tensors is None else np.array(lengths, np.int64)
        if self.tensors == "pt":
            import torch

            data = {name: torch.from_numpy(column) for name, column in data.items()}
        texts = tuple(texts)  # the list is the caller's, who may change it
        return data, LazyEncodings(len(texts), lambda: self._encodings([(text, None) for text in texts]))

    def _from_encodings(self, texts: Sequence) -> tuple[dict, Sequence[Encoding]]:
        pieces: list[Encoding] = []
        origins: list[int] = []
        for i, encoding in enumerate(self._encodings([input_of(text, self.is_split) for text in texts])):
            own = [encoding, *encoding.overflowing] if self.overflow else [encoding]
            pieces += own
            origins += [i] * len(own)
        data = {"input_ids": [piece.ids for piece in pieces]}
        if self.wanted["token_type_ids"]:
            data["token_type_ids"] = [piece.type_ids for piece in pieces]
        for name in ("attention_mask", "special_tokens_mask"):
            if self.wanted[name]:
                data[name] = [getattr(piece, name) for piece in pieces]
        if self.offsets:
            data["offset_mapping"] = [piece.offsets for piece in pieces]
        lengths = [len(piece) for piece in pieces]
        if self.length:
            data["length"] = lengths
        if self.overflow:
            data["overflow_to_sample_mapping"] = origins
        self._warn(lengths)
        return data, pieces

    def _encodings(self, inputs: list[Input]) -> list[Encoding]:
        return self.assembler.encodings(
            inputs,
            is_pretokenized=self.is_split,
            add_special_tokens=self.special,
            encode_special_tokens=self.split_special,
            truncation=self.truncation,
            padding=self.padding,
            threads=self.tokenizer._native.threads(len(inputs)),
        )

    @property
    def _counts(self) -> bool:
        """Whether the lengths of the rows are needed."""
        return bool(self.length) or (self.max_length is None and self.verbose)

    def _warn(self, lengths: Iterable[int]) -> None:
        if self.max_length is None and self.verbose:
            longest = self.tokenizer.model_max_length
            for length in lengths:
                if length > longest:
                    self.tokenizer._eventual_warn_about_too_long_sequence(range(length), self.max_length, self.verbose)

    def _result(self, data: dict, encodings: Sequence[Encoding], batched: bool) -> Any:
        from transformers import BatchEncoding

        is_ready = self.tensors is None or isinstance(encodings, LazyEncodings)
        if self.tensors is None and not batched and not self.overflow:
            data = {name: column[0] if column and isinstance(column[0], list) else column for name, column in data.items()}
        count = 1 if isinstance(encodings, LazyEncodings) else None
        return BatchEncoding(data, encodings, tensor_type=None if is_ready else self.tensors, n_sequences=count)


def _are_strings(texts: Sequence) -> bool:
    return set(map(type, texts)) == {str} or all(isinstance(text, str) for text in texts)


def input_of(item: Any, is_split: bool) -> Input:
    """One item of a batch: a text, or two."""
    if is_split:
        if _are_words(item):
            return item, None
        first, second = _two(item)
        if not (_are_words(first) and _are_words(second)):
            raise NotNative("words that are no list of str")
        return first, second
    if isinstance(item, str):
        return item, None
    first, second = _two(item)
    if not (isinstance(first, str) and isinstance(second, str)):
        raise NotNative("texts that are no str")
    return first, second


def _are_words(value: Any) -> bool:
    """Of arrays of words `tokenizers` takes the bytes of their characters, in UTF-32: they are not ours to read."""
    return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)


def _two(value: Any) -> Sequence:
    if not isinstance(value, list | tuple | np.ndarray) or len(value) != 2:
        raise NotNative("neither one text nor two")
    return value


def _batch_of_ids(value: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Flat ids and offsets of a batch; None for what is none."""
    if isinstance(value, list | tuple):
        return flat_ids(value) if value and isinstance(value[0], list | tuple) else None
    if type(value).__module__ == "torch" and value.device.type == "cpu":
        value = value.numpy()
    if not isinstance(value, np.ndarray) or value.ndim != 2 or value.dtype.kind not in "iu" or len(value) == 0:
        return None
    if value.size and (value.min() < 0 or value.max() >= 2**32):
        raise OverflowError("an id is out of range")
    return value.astype(np.uint32).ravel(), np.arange(len(value) + 1, dtype=np.int64) * value.shape[1]
