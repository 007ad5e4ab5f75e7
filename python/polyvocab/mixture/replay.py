"""Words and a merge list to the counts of all pairs while the merges are applied."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from .._core import replay as core
from ..counts.columns import Columns
from ..counts.run import memory_of, threads_of
from ..counts.words import WordCounts
from ..errors import PolyvocabError, UnsupportedComponent
from ..formats.definition import Bpe, Ranks, SentencePieces, Strings, TokenizerDefinition
from ..formats.sentencepiece import PieceType
from ..tokenizer.components import is_byte_level
from .events import MergeSteps, PairEvents
from .merge_list import MergeList
from .piece_limits import PieceLimits

_STREAM_EVENTS = 1 << 18
_PART_BYTES = 4 << 20  # of words, between two reports of progress


def replay(
    words: WordCounts,
    merges: MergeList,
    *,
    threads: int = 0,
    memory_limit: int | None = None,
    temporary: str | Path | None = None,
    progress: Callable[[int], Any] | None = None,
) -> PairEvents:
    """Count the pairs of words in all states of a merge list; a column is a block of the words.

    Step t rewrites, from the left, every occurrence of its pair in state t, once. A character that is no token of the
    vocabulary ends what stands beside it: no pair reaches over it. Where a file of SentencePiece says how it was trained, pairs
    that its trainer would make no piece of are not counted, unless the list has them.

    `threads`: 0 takes one per core. `memory_limit`: bytes for tables; None: 128 MB a thread. What does not fit is written to a
    folder in `temporary` (None: where the system has such files), which is removed; the numbers of the result are then mapped
    from files. The result depends on none of these. `progress` is called with bytes of words (each counted once) that are done.

    Raises `UnsupportedComponent` for a model that is no BPE, `PolyvocabError` where the disk is full.
    """
    threads = threads_of(threads)
    offsets = words.words.offsets
    view = core.Words(words.words.data, offsets, words.indptr, words.index, words.count, words.blocks)
    with _Folder(temporary) as folder:
        run = core.WordReplay(
            trained(merges), view, memory_limit=memory_of(memory_limit, threads), threads=threads, directory=str(folder)
        )
        for begin, end in _parts(offsets):
            run.add(begin, end)
            if progress is not None:
                progress(int(offsets[end] - offsets[begin]))
        stream = run.finish()
        return collect(stream, folder if run.has_spilled else None)


_trained: WeakKeyDictionary[MergeList, core.TrainedMerges] = WeakKeyDictionary()


def trained(merges: MergeList) -> core.TrainedMerges:
    """The merge list as the core has it; made once for each list. Raises as `replay` does."""
    if merges not in _trained:
        _trained[merges] = core.TrainedMerges(
            *_vocabulary(merges.definition),
            merges.steps.left,
            merges.steps.right,
            merges.steps.merged,
            **_spelling(merges.definition),
            overlapping=merges.overlapping,
            limits=_limits(merges.definition),
        )
    return _trained[merges]


def add_events(parts: Sequence[PairEvents], *, threads: int = 0) -> PairEvents:
    """The events of all parts together, in the columns that they have. Raises `ValueError` for arrays that are no events."""
    return _events(core.add_events([_core_events(part) for part in parts], threads))


def collapse(events: PairEvents, group: np.ndarray, last: int, *, threads: int = 0) -> PairEvents:
    """The events before state `last` with columns added up: int32 [columns] says the group of each, which is the column of the
    result, or -1 for a column that is left out. Pairs and changes of which nothing is left are dropped."""
    return _events(core.collapse(_core_events(events), group, last, threads))


def own_counts(events: PairEvents, steps: MergeSteps, columns: int, *, threads: int = 0) -> np.ndarray:
    """float64 [steps, columns]: the count of each step's pair in the state that the step is applied to."""
    return core.own_counts(_core_events(events), steps.left, steps.right, steps.merged, columns, threads)


def pairs_in_state(events: PairEvents, state: int, columns: int) -> np.ndarray:
    """int64 [columns]: how many pairs there are in a state, of all kinds together."""
    return core.pairs_in_state(_core_events(events), state, columns)


def _core_events(events: PairEvents) -> core.Events:
    return core.Events(*map(np.ascontiguousarray, vars(events).values()))


def _events(arrays: tuple[np.ndarray, ...]) -> PairEvents:
    return PairEvents(arrays[0].reshape(-1, 2), *arrays[1:])


class _Folder(tempfile.TemporaryDirectory):
    """A folder for what does not fit into memory; what the disk refuses is an error that says what to do."""

    def __init__(self, temporary: str | Path | None) -> None:
        self._where = temporary or tempfile.gettempdir()
        super().__init__(prefix="polyvocab-replay-", dir=temporary)

    def __enter__(self) -> Path:
        return Path(super().__enter__())

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        super().__exit__(kind, error, trace)
        if isinstance(error, OSError):
            raise PolyvocabError(
                f"{error.filename or self._where}: cannot be written: {error.strerror}; name another folder as `temporary`, or "
                "raise `memory_limit`"
            ) from error


def collect(stream: core.EventStream, folder: Path | None = None) -> PairEvents:
    """The events of a stream; in files that have no name where there is a folder."""
    with Columns(folder, pairs="u4", indptr="i8", state="u4", column="u4", change="i8") as columns:
        columns.append(indptr=np.zeros(1, np.int64))
        while (part := stream.next(_STREAM_EVENTS)) is not None:
            pairs, ends, state, column, change = part
            columns.append(pairs=pairs, indptr=ends, state=state, column=column, change=change)
        pairs = columns.array("pairs").reshape(-1, 2)
        return PairEvents(pairs, *(columns.array(name) for name in ("indptr", "state", "column", "change")))


def _parts(offsets: np.ndarray) -> list[tuple[int, int]]:
    """Words from a place to another, some megabytes each."""
    places = np.arange(int(offsets[0]) + _PART_BYTES, int(offsets[-1]), _PART_BYTES, dtype=np.uint64)
    cuts = np.unique(np.concatenate([[0], np.searchsorted(offsets, places), [len(offsets) - 1]])).tolist()
    return list(zip(cuts, cuts[1:], strict=False))


def _vocabulary(definition: TokenizerDefinition) -> tuple[bytes, np.ndarray, np.ndarray]:
    """The tokens by which words are spelled; of SentencePiece's pieces those that its trainer learned."""
    model = definition.model
    tokens, ids = model.tokens, model.ids
    if isinstance(model, SentencePieces):
        learned = np.flatnonzero(model.types == PieceType.NORMAL)
        tokens, ids = Strings.of(tokens[i] for i in learned.tolist()), ids[learned]
    return tokens.data, tokens.offsets, ids


def _limits(definition: TokenizerDefinition) -> tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    model = definition.model
    if not isinstance(model, SentencePieces) or model.trainer is None:
        return None
    limits = PieceLimits.of(model.trainer, model.tokens)
    return limits.most_characters, limits.characters, limits.first_script, limits.last_script, limits.flags


def _spelling(definition: TokenizerDefinition) -> dict[str, str]:
    model = definition.model
    match model:
        case Bpe():
            return {
                "spelt": "alphabet" if is_byte_level(definition.pre_tokenizer) else "characters",
                "continuing_prefix": model.continuing_subword_prefix or "",
                "end_suffix": model.end_of_word_suffix or "",
            }
        case Ranks():
            return {"spelt": "bytes", "continuing_prefix": "", "end_suffix": ""}
        case SentencePieces(algorithm="bpe"):
            return {"spelt": "characters", "continuing_prefix": "", "end_suffix": ""}
    raise UnsupportedComponent(f"the merges of the model {model.kind}", definition.origin, "only a BPE has them")
