"""Calls of a `transformers` tokenizer, and their outcome in a form that compares."""

import random
import warnings

import numpy as np
import torch
from encoding_fields import fields
from transformers import AutoTokenizer

TEXT = "Hello world, this is  a tést. \n\n 你好 <s> don't 🤗 x"
OTHER = "Second one here <mask> and </s>"
BATCH = [TEXT, "", OTHER, "a " * 30, " lead"]
INPUTS = [
    ((TEXT,), {}),
    (("",), {}),
    ((TEXT, OTHER), {}),
    ((TEXT, ""), {}),
    ((BATCH,), {}),
    ((tuple(BATCH), BATCH[::-1]), {}),
    (([(TEXT, OTHER), ["x", "y"], "z"],), {}),
    ((["a", "b"],), {"is_split_into_words": True}),
    (([["Hello", "wörld foo"], ["x"], []],), {"is_split_into_words": True}),
    (([["Hello", "world"], ["x", "y"]], [["b", "c"], ["d"]]), {"is_split_into_words": True}),
    (([],), {}),
    ((3,), {}),
    ((["a", 3],), {}),
    ((["a", b"b"],), {}),
    ((["a", "b"], ["c"]), {}),
    (("a\ud800",), {}),
]
OPTIONS = {
    "padding": [False, True, "max_length"],
    "truncation": [False, True, "only_first", "only_second", None],
    "max_length": [None, 0, 1, 3, 9, 40],
    "return_tensors": [None, None, "np", "pt"],
    "add_special_tokens": [True, True, False],
}
MORE = [
    {},
    {},
    {"return_overflowing_tokens": True, "return_offsets_mapping": True},
    {"stride": 1, "return_overflowing_tokens": True},
    {"return_special_tokens_mask": True, "return_length": True, "return_token_type_ids": True},
    {"return_attention_mask": False},
    {"pad_to_multiple_of": 4},
    {"padding_side": "left"},
    {"split_special_tokens": True},
    {"stride": 2, "return_overflowing_tokens": True, "return_offsets_mapping": True, "return_special_tokens_mask": True},
    {"pad_to_multiple_of": 8, "padding_side": "left", "return_length": True},
]


def load(path):
    tokenizer = AutoTokenizer.from_pretrained(path)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(0)
    return tokenizer


def outcome(tokenizer, args, options):
    """All that a call gives, errors too, in a form that compares."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            batch = tokenizer(*args, **options)
    except BaseException as error:  # the library panics where a stride is too long
        return type(error), str(error)
    columns = [(name, type(column), str(getattr(column, "dtype", "")), plain(column)) for name, column in batch.items()]
    return columns, batch.n_sequences, [fields(encoding) for encoding in batch.encodings]


def plain(column):
    return repr(column.tolist()) if isinstance(column, np.ndarray | torch.Tensor) else column


def assert_equal(native, original, calls):
    for args, options in calls:
        assert outcome(native, args, options) == outcome(original, args, options), (args, options)


def some_calls(count: int, seed: int = 0) -> list:
    """Each input in its plainest form, then combinations drawn at random."""
    rng = random.Random(seed)
    calls = list(INPUTS)
    for _ in range(count):
        (args, own), drawn = rng.choice(INPUTS), {name: rng.choice(values) for name, values in OPTIONS.items()}
        calls.append((args, own | drawn | rng.choice(MORE)))
    return calls


FEW = [
    ((TEXT,), {}),
    ((BATCH,), {"padding": True, "truncation": True, "max_length": 8, "return_tensors": "pt"}),
    ((BATCH, BATCH[::-1]), {"return_offsets_mapping": True}),
]
