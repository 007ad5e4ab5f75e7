"""The replay of merges against its slow twin."""

from random import Random

import pytest
from replay_cases import FAMILIES, LISTS, compare, random_case


@pytest.mark.parametrize("merges", LISTS)
@pytest.mark.parametrize("family", FAMILIES)
def test_counts_in_every_state_are_those_of_counting_again(family, merges):
    random = Random(f"{family} {merges}")
    assert sum(compare(random_case(random, family, merges)) for _ in range(12)) > 100
