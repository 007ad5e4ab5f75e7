"""The arms of the comparison of methods of initialization: how a source model comes to read a language.

An arm makes a checkpoint with its tokenizer. `old` keeps the source's tokenizer (the bar), `scratch` begins with a network that
nobody trained (the floor), both with the network of the source; all others are a transfer to the language's tokenizer. What a
method needs besides the two tokenizers comes from the training text of the language, from the source's text, or from the data
folder; `omp` and `clp` get a small model that was trained on the training text, which no other arm has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from polyvocab import methods, surgery, vectors
from polyvocab.corpus import Corpus
from polyvocab.formats import TokenizerFiles
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

DICTIONARIES = {"swh_Latn": "swahili", "hye_Armn": "armenian", "ukr_Cyrl": "ukrainian"}
SMALL_TEXT = {"dim": 100, "epochs": 10, "min_count": 2}  # of auxiliary vectors: what is there is about a megabyte


@dataclass(frozen=True)
class Case:
    """What an arm may use. `text`: the documents that are trained on; `donor`: a model of the language, made before."""

    source: Path
    language: str
    tokenizer: Path
    text: Corpus
    english: Path
    dictionaries: Path
    donor: Path
    seed: int


@dataclass(frozen=True)
class Made:
    """The model before training, and what is told of how it was made."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    told: Mapping[str, Any]


Options = Callable[[Case], dict[str, Any]]


def _nothing(case: Case) -> dict[str, Any]:
    return {}


def _focus(case: Case) -> dict[str, Any]:
    return {"vector_settings": {**SMALL_TEXT, "seed": case.seed}}


def _focus_with_gensim(case: Case) -> dict[str, Any]:
    return {"vector_settings": {**SMALL_TEXT, "seed": case.seed, "trainer": "gensim"}}


def _wechsel(case: Case) -> dict[str, Any]:
    train = partial(vectors.train_words, dim=100, min_count=2, seed=case.seed)
    return {
        "source_vectors": train(Corpus([case.english])),
        "target_vectors": train(case.text, epochs=10),
        "dictionary": case.dictionaries / f"{DICTIONARIES[case.language]}.txt",
    }


def _omp(case: Case) -> dict[str, Any]:
    return {"donor": _donor(case)}


def _clp(case: Case) -> dict[str, Any]:
    return {"helper": _donor(case).input}


def _donor(case: Case) -> Any:
    return surgery.read_matrices(case.donor, len(TokenizerFiles.from_directory(case.tokenizer).vocabulary))


@dataclass(frozen=True)
class Transfer:
    """A method and what it is given."""

    method: str
    options: Options = _nothing
    needs: str = ""  # "dictionary" or "donor"


TRANSFERS = {
    "random": Transfer("random"),
    "mean": Transfer("mean"),
    "normal": Transfer("normal"),
    "script": Transfer("script"),
    "matrix_factorization": Transfer("matrix_factorization"),
    "subword_mean": Transfer("subword_mean"),
    "subword_mean, first out": Transfer("subword_mean", lambda case: {"output": "first"}),
    "subword_mean, characters out": Transfer("subword_mean", lambda case: {"output": "characters"}),
    "focus": Transfer("focus", _focus),
    "focus, gensim's vectors": Transfer("focus", _focus_with_gensim),
    "wechsel": Transfer("wechsel", _wechsel, needs="dictionary"),
    "clp": Transfer("clp", _clp, needs="donor"),
    "omp": Transfer("omp", _omp, needs="donor"),
}
ARMS = ("old", "scratch", *TRANSFERS)


def needs(arm: str, what: str) -> bool:
    """Whether an arm needs a "dictionary", or a "donor"."""
    return arm in TRANSFERS and TRANSFERS[arm].needs == what


def make(arm: str, case: Case, folder: Path) -> Made:
    """The arm's model in float32. Checkpoints are written to `folder`."""
    if arm == "old":
        return Made(_load(case.source), AutoTokenizer.from_pretrained(case.source), {})
    if arm == "scratch":
        return Made(untrained(case), AutoTokenizer.from_pretrained(case.tokenizer), {})
    wanted = TRANSFERS[arm]
    old, new = TokenizerFiles.from_directory(case.source), TokenizerFiles.from_directory(case.tokenizer)
    options, known = wanted.options(case), methods.options_of(wanted.method)
    if "untrained" in known:
        options["untrained"] = surgery.untrained_tokens(case.source, len(old.vocabulary))
    if "matrices" in known:
        options["matrices"] = surgery.read_matrices(case.source, len(old.vocabulary))
    transfer = methods.initialize(wanted.method, old, new, corpus=case.text, seed=case.seed, **options)
    surgery.apply_to_checkpoint(transfer, case.source, folder / "model", special_ids=_special_ids(case))
    return Made(_load(folder / "model"), AutoTokenizer.from_pretrained(folder / "model"), {"rows": transfer.input.counts()})


def _special_ids(case: Case) -> dict[str, int]:
    """New tokenizers have one special token: it takes the roles of those of the source that they lack."""
    config, end = AutoConfig.from_pretrained(case.source), AutoTokenizer.from_pretrained(case.tokenizer).eos_token_id
    return {
        name: end for name in ("unk_token_id", "pad_token_id") if getattr(config, name, None) not in (None, config.eos_token_id)
    }


def untrained(case: Case) -> PreTrainedModel:
    """The source's network for the language's tokenizer, with weights drawn by the seed."""
    config, tokenizer = AutoConfig.from_pretrained(case.source), AutoTokenizer.from_pretrained(case.tokenizer)
    config.vocab_size = len(tokenizer)
    config.bos_token_id = config.eos_token_id = tokenizer.eos_token_id
    config.pad_token_id = None
    torch.manual_seed(case.seed)
    return AutoModelForCausalLM.from_config(config, dtype=torch.float32).to(_device())


def _load(folder: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).to(_device())


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"
