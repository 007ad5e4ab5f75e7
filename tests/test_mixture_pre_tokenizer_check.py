"""Tokenizers that are read with other words than those that they were trained on."""

import json

import pytest
from mixture_problems import byte_bpe, case, lines
from polyvocab import Tokenizer
from polyvocab.inspection.entries import Entries
from polyvocab.mixture.excess import excess_pairs
from polyvocab.mixture.isotonic import fit_isotonic
from polyvocab.mixture.levels import levels_of
from polyvocab.mixture.pre_tokenizer_check import cut_tokens, unmerged_shapes

PATTERNS = {
    "runs": r" ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "threes": r" ?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "spaces apart": r"\p{L}+|\p{N}+|[^\s\p{L}\p{N}]+|\s+",
    "lines": r" ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+(?!\S)|\s+",
}


def numbered(half):
    """Lines that begin with numbers of five and six digits, some more often than others."""
    texts = [line for language in ("eng_Latn", "est_Latn") for line in lines(language)[half]]
    return [f"{10_000 * (i % 7 + 1) + i % 83} {i % 13 * 1001 + 20_000}: {line}" for i, line in enumerate(texts)]


@pytest.fixture(scope="module")
def trained():
    return {name: byte_bpe(numbered(0), 1500, split=pattern) for name, pattern in PATTERNS.items()}


def read_with(tokenizer, pattern):
    """The tokenizer with another pattern."""
    document = json.loads(tokenizer._json)
    document["pre_tokenizer"]["pretokenizers"][0]["pattern"] = {"Regex": pattern}
    return Tokenizer.from_json(json.dumps(document).encode())


def diagnosed(tokenizer):
    found = case(tokenizer, {"text": numbered(1)})
    problem, entries = found.problem, Entries.of(tokenizer.definition)
    alpha = fit_isotonic(problem).alpha
    levels = levels_of(problem, alpha)
    excess = excess_pairs(problem, levels, alpha, steps=levels.reliable(100))
    return cut_tokens(tokenizer, found.merges, problem.own, entries), unmerged_shapes(problem, excess, entries)


@pytest.mark.parametrize("name", PATTERNS)
def test_nothing_is_said_of_the_right_words(trained, name):
    cut, unmerged = diagnosed(trained[name])
    assert cut.findings() == [] and unmerged.findings() == []


@pytest.mark.parametrize("name, read", [("runs", "threes"), ("runs", "spaces apart"), ("lines", "runs")])
def test_tokens_that_are_cut_are_found(trained, name, read):
    cut, _ = diagnosed(read_with(trained[name], PATTERNS[read]))
    (finding,) = cut.findings()
    assert finding.kind == "wrong pre-tokenizer" and finding.severity == "warning"
    if read == "threes":
        assert all(sum(c.isdigit() for c in example) > 3 or example.startswith("␣") for example in finding.examples)


@pytest.mark.parametrize(
    "name, read, shape",
    [
        ("threes", "runs", "4 or more digits"),
        ("spaces apart", "runs", "space before letter"),
        ("runs", "lines", "punctuation before line end or tab"),
    ],
)
def test_shapes_that_were_never_merged_are_found(trained, name, read, shape):
    _, unmerged = diagnosed(read_with(trained[name], PATTERNS[read]))
    assert shape in [found.name for found in unmerged.shapes]
    assert all(f.kind == "never merged" and f.severity == "warning" and f.examples for f in unmerged.findings())
    assert unmerged.is_of_them.sum() >= 3
