"""Texts of categories to counts of pairs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..corpus import Corpus
from ..counts import WordCounting, WordCounts, count_words
from ..errors import PolyvocabError
from ..tokenizer import Tokenizer
from .merge_list import MergeList
from .pair_counts import PairCounts
from .replay import replay
from .store import CategoryCounts, PairStore, StoreHead
from .words import training_tokenizer

BLOCKS = 10
_IN_MEMORY = "in memory"  # the source of text that is in no file: it may be any


def count_pairs(
    tokenizer: Tokenizer,
    data: Mapping[str, Any],
    *,
    merges: MergeList | None = None,
    store: str | Path | None = None,
    blocks: int = BLOCKS,
    field: str = "text",
    threads: int = 0,
    memory_limit: int | None = None,
    temporary: str | Path | None = None,
    progress: bool = False,
) -> PairCounts:
    """Count the pairs of each category through all merges of the tokenizer.

    `data`: {category: anything that `polyvocab.corpus.Corpus` takes}. `store`: a file that each category is added to when it
    is done; those that are in it already, from the same files, are not counted again. `blocks`: groups of documents, for
    errors by the jackknife; which group a document is in is decided by its bytes. The rest is as in `count_words`.

    Raises `UnsupportedComponent` for a tokenizer that is no BPE, `CorpusError` for text that cannot be read, `PolyvocabError`
    where the store was made with other settings or from other files.
    """
    merges = MergeList.of(tokenizer.definition, threads=threads) if merges is None else merges
    words_of = training_tokenizer(tokenizer, joins_spaces=merges.merges_spaces)
    found = None
    done: list[CategoryCounts] = []
    if store is not None:
        found = PairStore(store, StoreHead(tokenizer.fingerprint, blocks, merges.overlapping))
        done = found.records()
    known = {record.category: record.source for record in done}
    settings = {"threads": threads, "memory_limit": memory_limit, "temporary": temporary}
    for category, texts in tqdm(data.items(), desc="categories", disable=not progress or len(data) < 2):
        corpus = Corpus.of(texts, field=field)
        source = _source(corpus, field)
        if category in known:
            if known[category] != source:
                raise PolyvocabError(f"{store}: {category} was counted from other text; choose another file, or remove it")
            continue
        words = count_words(words_of, corpus, field=field, blocks=blocks, progress=progress, label=category, **settings)
        record = _replayed(category, words, merges, source, progress=progress, **settings)
        if found is not None:
            found.append(record)
        done.append(record)
    return PairCounts.of(merges, done)


class PairCounting:
    """Pair counts that grow document by document, for a caller that brings the documents itself. One thread at a time.

    To be used in a `with` block, which removes in its end what full tables left in `temporary`.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        *,
        merges: MergeList | None = None,
        blocks: int = BLOCKS,
        memory_limit: int | None = None,
        temporary: str | Path | None = None,
    ) -> None:
        """`memory_limit`: bytes for the tables of each category; None: 128 MB. The rest is as in `count_pairs`.

        Raises `UnsupportedComponent` for a tokenizer that is no BPE.
        """
        self._merges = MergeList.of(tokenizer.definition, threads=1) if merges is None else merges
        self.head = StoreHead(tokenizer.fingerprint, blocks, self._merges.overlapping)
        words_of = training_tokenizer(tokenizer, joins_spaces=self._merges.merges_spaces)
        self._settings = {"memory_limit": memory_limit, "temporary": temporary}
        self._words = WordCounting(words_of, blocks=blocks, **self._settings)

    def __enter__(self) -> PairCounting:
        return self

    def __exit__(self, *failure: object) -> None:
        self._words.__exit__(*failure)

    def add(self, category: str, document: str) -> None:
        """Raises `CorpusError` for what is no text, `PolyvocabError` where the disk is full."""
        self._words.add(category, document)

    def finish(self, source: str) -> Iterator[CategoryCounts]:
        """The categories in their alphabetical order, each with the counts of all that was added. Once. `source`: what the
        documents are known by."""
        for category, words in self._words.finish():
            yield _replayed(category, words, self._merges, source, threads=1, **self._settings)


def _replayed(
    category: str, words: WordCounts, merges: MergeList, source: str, *, progress: bool = False, **settings: Any
) -> CategoryCounts:
    size = len(words.words.data)
    with tqdm(total=size, desc=f"replay {category}", unit="B", unit_scale=True, disable=not progress) as bar:
        events = replay(words, merges, progress=bar.update, **settings)
    totals = {name: getattr(words, name).astype("int64") for name in ("documents", "bytes", "characters")}
    return CategoryCounts(category, events, **totals, source=source)


def load_pairs(tokenizer: Tokenizer, *stores: str | Path, merges: MergeList | None = None) -> PairCounts:
    """The counts of saved files together: shards of a category are added.

    Raises `PolyvocabError` where one was counted with another tokenizer, or with other settings than the first, and where two
    have the same text."""
    merges = MergeList.of(tokenizer.definition) if merges is None else merges
    blocks = PairStore.open(stores[0]).head.blocks
    head = StoreHead(tokenizer.fingerprint, blocks, merges.overlapping)
    records: list[CategoryCounts] = []
    known: set[tuple[str, str]] = set()
    for path in stores:
        found = PairStore(path, head).records()
        texts = {(record.category, record.source) for record in found if record.source != _IN_MEMORY}
        if again := known & texts:
            raise PolyvocabError(f"{path}: text of {min(again)[0]} is in another of these files too; give each text once")
        known |= texts
        records += found
    return PairCounts.of(merges, records)


def _source(corpus: Corpus, field: str) -> str:
    """What text it is: the files with their sizes and times; text in memory is taken for what it was."""
    files = [path for path in corpus.sources if isinstance(path, Path)]
    if len(files) != len(corpus.sources):
        return _IN_MEMORY
    stats = [(path, path.stat()) for path in files if path.is_file()]
    return json.dumps([field, *([str(path.resolve()), stat.st_size, stat.st_mtime_ns] for path, stat in stats)])
