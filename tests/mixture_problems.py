"""Small tokenizers trained on known mixtures of the embedded texts, and what an estimator sees of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from polyvocab import Tokenizer
from polyvocab.counts import count_words
from polyvocab.mixture.events import PairEvents
from polyvocab.mixture.merge_list import MergeList
from polyvocab.mixture.problem import Problem
from polyvocab.mixture.replay import replay

TEXTS = Path(__file__).parent / "data" / "sample" / "text"
LANGUAGES = ("eng_Latn", "est_Latn", "eus_Latn", "hye_Armn", "ukr_Cyrl", "zul_Latn")


def lines(language: str) -> tuple[list[str], list[str]]:
    """Lines to train on and lines to infer with, in turns: the texts are about the same, so the noise is small."""
    found = [line + "\n" for line in (TEXTS / f"{language}.train.txt").read_text("utf-8").split("\n") if line]
    return found[0::2], found[1::2]


def mixture(shares: Mapping[str, float], size: int) -> list[str]:
    """Lines of each language, so many bytes of each as its share of `size` says; repeated where there are too few."""
    chosen = []
    for language, share in shares.items():
        found, wanted, i = lines(language)[0], share * size, 0
        while wanted > 0:
            chosen.append(found[i % len(found)])
            wanted -= len(chosen[-1].encode())
            i += 1
    return chosen


def byte_bpe(texts: Sequence[str], vocabulary: int, *, split: str | None = None) -> Tokenizer:
    """A byte-level BPE as Hugging Face trains it; words by GPT-2's pattern or another."""
    from tokenizers import Regex, models, pre_tokenizers, trainers
    from tokenizers import Tokenizer as HfTokenizer

    tokenizer = HfTokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=split is None)
    if split is not None:
        cut = pre_tokenizers.Split(Regex(split), "isolated")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([cut, tokenizer.pre_tokenizer])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, show_progress=False, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(texts, trainer)
    return Tokenizer.from_hf(tokenizer)


def extended(tokenizer: Tokenizer, texts: Sequence[str], merges: int) -> Tokenizer:
    """The tokenizer with more merges, learned on other text: its tokens there are the letters of a second training."""
    from tokenizers import Tokenizer as HfTokenizer
    from tokenizers import models, pre_tokenizers, trainers

    base = HfTokenizer.from_str(tokenizer._json.decode())
    # A token is a letter: of its number in a plane that is all letters of nothing else.
    words = []
    for text in texts:
        for word, _ in base.pre_tokenizer.pre_tokenize_str(text):
            words.append("".join(chr(0x20000 + token.id) for token in base.model.tokenize(word)))
    second = HfTokenizer(models.BPE())
    second.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    second.train_from_iterator([" ".join(words)], trainers.BpeTrainer(vocab_size=1 << 20, show_progress=False, min_frequency=2))
    tokens = {i: token for token, i in base.get_vocab().items()}

    def spell(string):
        return "".join(tokens[ord(c) - 0x20000] for c in string)

    pairs = [pair if isinstance(pair, list) else pair.split(" ") for pair in json.loads(second.to_str())["model"]["merges"]]

    def extend(model):
        for left, right in pairs:
            string = spell(left + right)
            if string not in model["vocab"] and len(model["merges"]) < len(tokenizer.merges) + merges:
                model["vocab"][string] = len(model["vocab"])
                model["merges"].append([spell(left), spell(right)])

    return with_model(tokenizer, extend)


def with_model(tokenizer: Tokenizer, change) -> Tokenizer:
    """The tokenizer with its model's dict, of tokenizer.json, changed in place by `change`."""
    document = json.loads(tokenizer._json)
    change(document["model"])
    return Tokenizer.from_json(json.dumps(document).encode())


@dataclass(frozen=True, eq=False)
class Case:
    """A tokenizer and the counts of some texts."""

    tokenizer: Tokenizer
    merges: MergeList
    problem: Problem
    bytes: np.ndarray  # float64 [categories]: of the texts

    def byte_shares(self, alpha: np.ndarray) -> np.ndarray:
        shares = alpha / self.problem.pairs * self.bytes
        return shares / shares.sum()


def case(tokenizer: Tokenizer, texts: Mapping[str, Sequence[str]], *, first: int = 0, last: int | None = None) -> Case:
    """The counts of the texts of each category."""
    merges = MergeList.of(tokenizer.definition)
    last = len(merges) if last is None else last
    found = [replay(count_words(tokenizer, list(t), blocks=1), merges) for t in texts.values()]
    left_right = np.concatenate([np.repeat(e.pairs, np.diff(e.indptr), axis=0) for e in found])
    state = np.concatenate([e.state for e in found])
    column = np.concatenate([np.full(len(e), i, np.uint32) for i, e in enumerate(found)])
    change = np.concatenate([e.change for e in found])
    own = np.zeros((len(merges), len(texts)))
    step_of = {pair: t for t, pair in enumerate(zip(merges.steps.left.tolist(), merges.steps.right.tolist(), strict=True))}
    step = np.array([step_of.get(pair, -1) for pair in map(tuple, left_right.tolist())])
    counted = (step >= 0) & (state <= step)
    np.add.at(own, (step[counted], column[counted]), change[counted])
    pairs = np.bincount(column[state <= first], change[state <= first], len(texts))
    kept = state < last
    order = np.lexsort((column[kept], state[kept], left_right[kept, 1], left_right[kept, 0]))
    left_right, state, column, change = left_right[kept][order], state[kept][order], column[kept][order], change[kept][order]
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(left_right.astype(np.int64), axis=0) != 0).any(axis=1)]))
    indptr = np.append(starts, len(state)).astype(np.int64)
    events = PairEvents(left_right[starts], indptr, state, column, change)
    problem = Problem(tuple(texts), merges.steps, first, last, events, own, pairs)
    return Case(tokenizer, merges, problem, np.array([sum(len(x.encode()) for x in t) for t in texts.values()], float))
