"""`transformers` tokenizers as `TokenizerFiles`, and new tokenizers of the same family."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..atomic import write_file
from ..errors import FormatError, PolyvocabError, UnsupportedComponent, require
from ..formats import text_steps
from ..formats.directory import TokenizerFiles

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def load_tokenizer(name: str | Path) -> PreTrainedTokenizerBase:
    """`AutoTokenizer.from_pretrained`, with an error that says what is missing."""
    transformers = require("transformers", "models", "loading a tokenizer")
    if Path(name).is_dir() and not any(Path(name).iterdir()):
        raise FormatError(name, "the directory is empty")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(name)
    except Exception as error:
        raise PolyvocabError(f"{name}: no tokenizer can be loaded from it: {error}") from error
    if not tokenizer.is_fast:
        raise PolyvocabError(f"{name}: {type(tokenizer).__name__} has no tokenizer.json; convert it first")
    return tokenizer


def tokenizer_files(tokenizer: PreTrainedTokenizerBase | str | Path) -> TokenizerFiles:
    """The files that `transformers` writes for a tokenizer, whatever files it was loaded from.

    A directory or repository that says what its text needs (text_steps.json) says so in these files too. A tokenizer that is
    loaded already does not know of it: give its name, or add the steps with `TokenizerFiles.with_text_steps`.
    """
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(tokenizer, str | Path):
            save_tokenizer(tokenizer, folder)
        else:
            tokenizer.save_pretrained(folder)
        return TokenizerFiles.from_directory(folder)


def save_tokenizer(name: str | Path, folder: str | Path) -> None:
    """Load a tokenizer by its directory or name, and save it as `transformers` does, its text steps too."""
    load_tokenizer(name).save_pretrained(folder)
    if steps := declared_steps(name):
        write_file(Path(folder) / text_steps.NAME, text_steps.dump(steps))


def declared_steps(name: str | Path) -> tuple[dict[str, Any], ...]:
    """What a tokenizer, by its directory or name, says that its text needs (text_steps.json)."""
    require("transformers", "models", "loading a tokenizer")
    from transformers.utils import cached_file

    try:
        path = cached_file(str(name), text_steps.NAME)
    except OSError:  # there is none, in the directory or on the hub
        return ()
    return text_steps.beside(path)


def accelerate_tokenizer(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    """The tokenizer, from now on encoding and decoding natively, with the results that it had.

    It keeps its identity: its class becomes a subclass of the one it had, with the same name. What is not native goes to
    the original methods, and `tokenizer.polyvocab_fallback` says why. A tokenizer that is changed later (added tokens,
    other special tokens, sides, components of its backend) is followed. One rule is the user's: whoever replaces a
    normalizer that holds a charsmap reaches it through `backend_tokenizer`, not through `_tokenizer`.

    Raises `UnsupportedComponent` for a tokenizer that is not a fast one, or whose class no pickle could find.
    """
    transformers = require("transformers", "models", "accelerating a tokenizer")
    from .accelerated import class_of
    from .native_calls import NativeCalls

    cls = type(tokenizer)
    if isinstance(tokenizer, NativeCalls):
        return tokenizer
    if not isinstance(tokenizer, transformers.PreTrainedTokenizerFast):
        raise UnsupportedComponent(f"a {cls.__name__}", "accelerate_tokenizer", "give a fast tokenizer of transformers")
    object.__setattr__(tokenizer, "__class__", class_of(cls))
    tokenizer._native.assembler(tokenizer._tokenizer)
    return tokenizer


def train_like(tokenizer: PreTrainedTokenizerBase, texts: Iterable[str], vocab_size: int) -> Any:
    """A tokenizer of the same family, trained on other text: the same normalizer, pre-tokenizer, model and special
    tokens (`train_new_from_iterator`). Raises where the text does not fill the vocabulary."""
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    if model.get("byte_fallback"):
        raise UnsupportedComponent(
            "training a vocabulary with byte fallback",
            type(tokenizer).__name__,
            "its byte pieces would get lost; train the tokenizer with SentencePiece and give it as a ready one",
        )
    try:
        new = tokenizer.train_new_from_iterator(texts, vocab_size=vocab_size, show_progress=False)
    except Exception as error:
        raise PolyvocabError(f"a tokenizer with {vocab_size} tokens cannot be trained on this text: {error}") from error
    if len(new) > vocab_size:
        raise PolyvocabError(
            f"a vocabulary of {vocab_size} does not hold the alphabet and the special tokens, which take {len(new)}"
        )
    if len(new) < 0.98 * vocab_size:
        raise PolyvocabError(
            f"the text gives only {len(new)} tokens, {vocab_size} were asked for: give more text, or ask for fewer"
        )
    return new
