"""Where the code of a published method is, and what it needs to run here."""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


class Missing(Exception):
    """A reference that is not here."""


@dataclass(frozen=True)
class Reference:
    """The code that was read, and that the comparison was made with."""

    repository: str  # on GitHub, owner/name
    commit: str
    package: str = ""  # the name it is imported by, where it can be installed as well
    folder: str = ""  # in the checkout: what is put on the import path

    def open(self, work: Path) -> Path:
        """Puts WORK/name on the import path; without it an installed package will do. Returns the checkout."""
        checkout = work / self.repository.partition("/")[2]
        if checkout.is_dir():
            sys.path.insert(0, str(checkout / self.folder))
        elif not (self.package and importlib.util.find_spec(self.package)):
            name = f" or install the package of {self.package}" if self.package else ""
            raise Missing(f"get {self.repository} at commit {self.commit} into WORK/{checkout.name}{name}")
        return checkout


def stand_in(name: str, **attributes: Any) -> None:
    """A module that the reference imports and does not use here."""
    module = types.ModuleType(name)
    vars(module).update(attributes)
    sys.modules[name] = module


def in_order_of_ids() -> None:
    """Vocabularies of `transformers` come in an order that changes with each process; some references depend on it."""
    from transformers import PreTrainedTokenizerFast as Fast

    original = Fast.get_vocab
    Fast.get_vocab = lambda self: dict(sorted(original(self).items(), key=lambda entry: entry[1]))
    Fast.vocab = property(Fast.get_vocab)


def tokenizer(folder: Path) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(folder)


def save_model(folder: Path, rows: np.ndarray) -> None:
    """A tiny model with these input rows, and the same output rows."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(rows),
        hidden_size=rows.shape[1],
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)
    model.get_input_embeddings().weight.data = torch.tensor(rows)
    model.tie_weights()
    model.save_pretrained(folder)


def watched(module: Any, name: str) -> list[tuple[tuple[Any, ...], Any]]:
    """The (arguments, result) of each later call of a function of the module."""
    calls: list[tuple[tuple[Any, ...], Any]] = []
    original: Callable[..., Any] = getattr(module, name)

    def watch(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options)
        calls.append((arguments, result))
        return result

    setattr(module, name, watch)
    return calls
