"""Standard errors of the mixture of a Unigram tokenizer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from ..errors import PolyvocabError
from .unigram import UnigramProblem, UnigramSolution, solve_unigram
from .units import in_units

_GROUPS = 20  # of pieces


def unigram_errors(problem: UnigramProblem, solution: UnigramSolution, *, progress: bool = False) -> np.ndarray:
    """One standard error of each share in every unit: float64 [units, categories].

    Two grouped jackknives (Kott 2001), added as independent. One leaves out a block of documents of every category: the choice
    of the samples. The other leaves out a group of pieces: that pieces fit badly, because the trainer dropped others. Where the
    trainer's corpus was so small that its size is known, the choice of its documents adds to the first in the proportion of the
    sizes. Raises `PolyvocabError` for fewer than two blocks.
    """
    blocks = problem.blocks
    if blocks < 2:
        raise PolyvocabError(f"{blocks} block: the jackknife leaves one out, so it needs two or more; count with more blocks")

    def replicate(part: UnigramProblem) -> np.ndarray:
        return shares_in_units(part, solve_unigram(part, start=solution.alpha))

    with tqdm(total=blocks + _GROUPS, desc="errors", disable=not progress) as bar:
        documents = _variance(lambda i: replicate(problem.without_block(i)), blocks, bar)
        pieces = _variance(lambda i: replicate(problem.without_pieces(i, _GROUPS)), _GROUPS, bar)
    if problem.corpus_tokens:
        documents *= 1 + problem.tokens / np.maximum(solution.alpha * problem.corpus_tokens, 1.0)
    return np.sqrt(documents + pieces)


def shares_in_units(problem: UnigramProblem, solution: UnigramSolution) -> np.ndarray:
    """float64 [units, categories], as in `units`; tokens stand for pairs."""
    return in_units(solution.alpha, problem.tokens, problem.sizes)


def _variance(replicate: Callable[[int], np.ndarray], count: int, bar: tqdm) -> np.ndarray:
    found = []
    for i in range(count):
        found.append(replicate(i))
        bar.update()
    return (count - 1) / count * ((np.array(found) - np.mean(found, axis=0)) ** 2).sum(axis=0)
