"""TokenAdapt against its formulas in float64."""

import zlib

import numpy as np
import pytest
from polyvocab import methods
from polyvocab.errors import PolyvocabError
from polyvocab.overlap import overlap
from polyvocab.pieces import Pieces
from polyvocab.recipe import Origin
from polyvocab.tokenizer import Tokenizer
from test_pieces import byte_level, metaspace, spelled


def embed(texts):
    """A vector for each text, always the same."""
    return np.stack([np.random.default_rng(zlib.crc32(text.encode())).normal(size=20) + 0.3 for text in texts])


def softmax(values):
    weights = np.exp(np.asarray(values) - np.max(values))
    return weights / weights.sum()


def texts_of(files):
    return [b.decode("utf-8", "replace") for b in Pieces.of(files.vocabulary).spelled]


def expected(source, target, i, weight, threshold, temperature=0.3, neighbours=3):
    """{source token: weight} of one new token."""
    old, new = texts_of(source), texts_of(target)[i]
    unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)  # noqa: E731
    theirs, ours = unit(embed(old)), unit(embed([new])[0])
    heated = temperature + 1e-5
    ids = Tokenizer(source).segment(Pieces.of(target.vocabulary)[i])
    local = near = None
    if weight < 1 and ids:
        lengths = [len(old[j]) / len(new) for j in ids]
        local = list(zip(ids, softmax((softmax(theirs[ids] @ ours) + lengths) / 2 / heated), strict=True))
    if weight > 0:
        cosines = theirs @ ours
        best = np.argsort(-cosines, kind="stable")[:neighbours]
        weights = np.where(cosines[best] < threshold, 0, softmax(cosines[best] / heated))
        if weights.any():
            near = list(zip(best.tolist(), weights / weights.sum(), strict=True))
    if local is None or near is None:
        parts = local or near or []
    else:
        parts = [(j, (1 - weight) * w) for j, w in local] + [(j, weight * w) for j, w in near]
    total = {}
    for j, w in parts:
        total[j] = total.get(j, 0) + w
    return {j: w for j, w in total.items() if w > 0}


@pytest.mark.parametrize(("weight", "threshold"), [(0.3, 0.0), (0.3, 0.75), (0.0, 0.0), (1.0, 0.0), (1.0, 0.75)])
def test_weights_are_those_of_the_formula(sample, swahili, weight, threshold):
    recipe = methods.initialize("tokenadapt", sample, swahili, embedder=embed, weight=weight, threshold=threshold).input
    found = overlap(sample, swahili)
    assert np.array_equal(recipe.copied_from[found.matched], found.source[found.matched])
    combined = 0
    for i in found.unmatched.tolist()[:120]:
        want = expected(sample, swahili, i, weight, threshold)
        if not want:
            assert recipe.origins[i] == Origin.FILLED
            continue
        part = slice(recipe.weights.indptr[i], recipe.weights.indptr[i + 1])
        assert recipe.weights.indices[part].tolist() == sorted(want)
        np.testing.assert_allclose(recipe.weights.weights[part], [want[j] for j in sorted(want)], atol=1e-5)
        combined += 1
    assert combined > (100 if threshold == 0 or weight < 1 else 0)


def test_parts_of_characters_and_untrained_tokens():
    source = byte_level([spelled("é")[:1], spelled("é")[1:], spelled(" a"), "b"], ["<|end|>"])
    target = byte_level([spelled("é"), spelled(" ab")], ["<|other|>"])
    recipe = methods.initialize("tokenadapt", source, target, embedder=embed, weight=0).input
    assert recipe.weights.indices.tolist() == [0, 1, 3] and list(recipe.fills) == [2]
    without = methods.initialize("tokenadapt", source, target, embedder=embed, weight=0.3, untrained=[1, 2, 4]).input
    assert not set(without.weights.indices.tolist()) & {1, 2, 4}


def test_the_embedder_is_needed_and_looked_at():
    source, target = metaspace(["<unk>", "▁a"]), metaspace(["<unk>", "▁b"])
    with pytest.raises(PolyvocabError, match="tokenadapt needs an embedder"):
        methods.initialize("tokenadapt", source, target)
    for bad in (
        lambda texts: np.ones(len(texts)),
        lambda texts: np.full((len(texts), 2), np.nan),
        lambda texts: np.ones((1, 2)),
    ):
        with pytest.raises(PolyvocabError, match="expected finite"):
            methods.initialize("tokenadapt", source, target, embedder=bad)
    with pytest.raises(PolyvocabError, match="must be between 0 and 1"):
        methods.initialize("tokenadapt", source, target, embedder=embed, weight=1.5)
