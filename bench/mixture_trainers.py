"""Tokenizers trained on text of known mixtures: byte-level BPE, a BPE that another corpus continues, Unigram."""

from __future__ import annotations

import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

Pair = tuple[int, int]


def pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    """That of the paper's experiments."""
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(), pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=True)]
    )


def train_bpe(documents: Iterable[str], vocabulary: int, target: Path) -> None:
    """Write a tokenizer.json with so many tokens, trained by `tokenizers`."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(documents, trainer)
    tokenizer.save(str(target))


def train_unigram(documents: Iterable[str], vocabulary: int, target: Path) -> None:
    """Write a SentencePiece model; documents are given line by line."""
    import sentencepiece

    with target.open("wb") as model:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([line for document in documents for line in document.split("\n") if line]),
            model_writer=model,
            model_type="unigram",
            vocab_size=vocabulary,
            max_sentence_length=1 << 20,
            hard_vocab_limit=False,
            minloglevel=2,
        )


def extend_bpe(base: Path, documents: Iterable[str], tokens: int, target: Path) -> None:
    """Write the tokenizer.json `base` with so many more tokens, learned on words that are merged with the merges it has."""
    tokenizer = Tokenizer.from_file(str(base))
    words = _words(tokenizer, documents)
    parts = [[token.id for token in tokenizer.model.tokenize(word)] for word in words]
    content = json.loads(base.read_text("utf-8"))
    vocabulary = content["model"]["vocab"]
    strings = [string for string, _ in sorted(vocabulary.items(), key=lambda item: item[1])]
    for left, right in learn_merges(parts, list(words.values()), strings, tokens):
        content["model"]["merges"].append([strings[left], strings[right]])
    content["model"]["vocab"] = {string: i for i, string in enumerate(strings)}
    target.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def _words(tokenizer: Tokenizer, documents: Iterable[str]) -> Counter[str]:
    words: Counter[str] = Counter()
    for document in documents:
        words.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(document))
    return words


def learn_merges(words: Sequence[list[int]], counts: Sequence[int], strings: list[str], tokens: int) -> list[Pair]:
    """The merges that make so many new tokens, or as many as there are. As in `tokenizers`, the most frequent pair comes first,
    of equal ones that with the lower (left, right), and a pair that spells a token becomes that token.

    `words`: ids of tokens, changed as they are merged. `strings`: all tokens by id; the new ones are appended.
    """
    ids = {string: i for i, string in enumerate(strings)}
    enough = len(strings) + tokens
    pairs: Counter[Pair] = Counter()
    places: dict[Pair, set[int]] = defaultdict(set)
    for w, word in enumerate(words):
        for pair in zip(word, word[1:], strict=False):
            pairs[pair] += counts[w]
            places[pair].add(w)
    queue = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(queue)
    learned: list[Pair] = []
    while queue and len(strings) < enough:
        count, pair = heapq.heappop(queue)
        if -count != pairs[pair]:
            if pairs[pair] > 0:
                heapq.heappush(queue, (-pairs[pair], pair))
            continue
        learned.append(pair)
        string = strings[pair[0]] + strings[pair[1]]
        merged = ids.setdefault(string, len(strings))
        if merged == len(strings):
            strings.append(string)
        changes: Counter[Pair] = Counter()
        for w in places.pop(pair):
            for changed, change in _merge(words[w], pair, merged):
                changes[changed] += change * counts[w]
                if change > 0:
                    places[changed].add(w)
        del pairs[pair]
        for changed, change in changes.items():
            if changed != pair and change:
                pairs[changed] += change
                if change > 0:
                    heapq.heappush(queue, (-pairs[changed], changed))
    return learned


def _merge(word: list[int], pair: Pair, merged: int) -> list[tuple[Pair, int]]:
    """Merge in place; the changes to the counts of pairs."""
    old = list(zip(word, word[1:], strict=False))
    i = 0
    while i + 1 < len(word):
        if (word[i], word[i + 1]) == pair:
            word[i : i + 2] = [merged]
        i += 1
    return [(p, -1) for p in old] + [(p, 1) for p in zip(word, word[1:], strict=False)]
