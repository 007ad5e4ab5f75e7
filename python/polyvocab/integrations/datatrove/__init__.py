"""Counting on a cluster: steps of a datatrove pipeline, one that counts in each task and one that adds.

Each task writes the counts of its documents and a manifest. The step that adds refuses unless every task of the run is there
once and no input was counted by two of them: datatrove remembers which tasks are done, but not of how many, so that a run that
is resumed with another number of tasks would lose a share, or count one twice, without a word.
"""

from .pairs import AddPairCounts, CountPairs, added_pairs
from .tokens import AddTokenCounts, CountTokens, added_counts

__all__ = ["AddPairCounts", "AddTokenCounts", "CountPairs", "CountTokens", "added_counts", "added_pairs"]
