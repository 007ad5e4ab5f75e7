"""What tokens are made of, against slow twins; and the orders and costs that follow from it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from polyvocab._core import trim as core
from polyvocab.formats.definition import Unigram
from polyvocab.trim.keep import characters
from polyvocab.trim.parts import Kind, Lists, Parts
from reference.bpe_closure import closure, derivation, joins
from reference.unigram import best_path
from reference.wordpiece import wordpiece
from strategies_vocabulary import FAMILIES


@settings(max_examples=300)
@given(FAMILIES["bpe"] | FAMILIES["ranks"])
def test_a_bpe_needs_what_its_derivations_need(definition):
    model, parts = definition.model, Parts.of(definition)
    everything = model.ids.tolist()
    for token in everything:
        alone = np.zeros(len(parts), bool)
        alone[token] = True
        assert set(np.flatnonzero(parts.needs.closure(alone)).tolist()) == closure(model, [token])


@given(FAMILIES["bpe"])
def test_a_token_that_its_own_symbols_do_not_become_is_never_made(definition):
    model, parts = definition.model, Parts.of(definition)
    join, ids = joins(model), dict(zip(model.tokens, model.ids.tolist(), strict=True))
    for token, i in ids.items():
        is_made = len(derivation(model, i, join, ids, token)) > 1
        assert (parts.kinds[i] == Kind.MADE) == is_made


@given(FAMILIES["unigram"])
def test_a_piece_is_replaced_by_the_best_other_path(definition):
    model: Unigram = definition.model
    texts = model.tokens.texts()
    usable = {text: score for text, score in zip(texts, model.scores.tolist(), strict=True)}
    for name in [text for text in usable if text.startswith("<")]:
        del usable[name]
    unknown = min(model.scores.tolist()) - 10.0
    parts = Parts.of(definition)
    for i, text in enumerate(texts):
        if text not in usable or (model.byte_fallback and len(text) == 1):
            continue
        others = {piece: score for piece, score in usable.items() if piece != text}
        path = best_path(text, others, unknown, float)
        expected = [model.unk_id if is_unknown else texts.index(piece) for piece, is_unknown in path]
        total = sum(unknown if is_unknown else others[piece] for piece, is_unknown in path)
        found = parts.replaced_by[i]
        if not model.byte_fallback:
            assert found == ([] if len(text) == 1 else expected) or _total(found, model, unknown) == _total(
                expected, model, unknown
            )
        if abs(total - usable[text]) > 1e-9:
            assert (parts.kinds[i] == Kind.NEVER) == (total > usable[text])


def _total(ids: list[int], model: Unigram, unknown: float) -> float:
    return round(sum(unknown if i == model.unk_id else model.scores[i] for i in ids), 9)


@given(FAMILIES["wordpiece"])
def test_a_wordpiece_is_replaced_by_the_longest_other_tokens(definition):
    model, parts = definition.model, Parts.of(definition)
    ids = dict(zip(model.tokens.texts(), model.ids.tolist(), strict=True))
    for token, i in ids.items():
        if token == model.unk_token:
            continue
        others = {other: j for other, j in ids.items() if other != token}
        if token.startswith("##"):  # behind a character that nothing else begins with
            others["~"] = -1
            expected = wordpiece("~" + token.removeprefix("##"), others, model.unk_id)
            expected = expected[1:] if expected[0] == -1 else expected
        else:
            expected = wordpiece(token, others, model.unk_id)
        assert parts.replaced_by[i] == expected


@given(st.sampled_from(["unigram", "wordpiece"]).flatmap(FAMILIES.get))
def test_the_characters_of_a_piece_are_its_single_characters_in_every_form(definition):
    model, lists = definition.model, characters(definition)
    texts = model.tokens.texts()
    ids = {text: i for i, text in enumerate(texts)}
    prefix = getattr(model, "continuing_subword_prefix", "")
    for i, text in enumerate(texts):
        body = text.removeprefix(prefix) if text != prefix else text
        forms = {form for c in body for form in (c, prefix + c) if form in ids}
        assert sorted(lists[i]) == sorted(ids[form] for form in forms if ids[form] != i)


@st.composite
def acyclic(draw) -> Lists:
    """Lists of smaller ids."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    size = draw(st.integers(1, 20))
    lists = [rng.integers(0, i, rng.integers(0, 3)).tolist() if i else [] for i in range(size)]
    indptr = np.concatenate([[0], np.cumsum([len(x) for x in lists])]).astype(np.int64)
    return Lists(indptr, np.array([j for x in lists for j in x], np.uint32))


@given(acyclic(), st.data())
def test_leaves_go_by_their_counts_which_fall_to_their_parts(lists, data):
    size = len(lists)
    counts = np.array(data.draw(st.lists(st.integers(0, 9), min_size=size, max_size=size)), np.float64)
    first = lists.closure(np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), bool))
    left, count, removed = set(range(size)), counts.copy(), []
    while True:
        leaves = [i for i in left if not first[i] and not any(i in lists[j] for j in left)]
        if not leaves:
            break
        worst = min(leaves, key=lambda i: (count[i], -i))
        left.remove(worst)
        removed.append(worst)
        for part in lists[worst]:
            count[part] += count[worst]
    expected = [*np.flatnonzero(first).tolist(), *reversed(removed)]
    assert core.order_by_leaves(lists.indptr, lists.items, counts, first).tolist() == expected


@given(acyclic(), st.data())
def test_costs_are_those_of_texts_spelled_with_what_is_left(lists, data):
    size = len(lists)
    counts = np.array(data.draw(st.lists(st.integers(0, 9), min_size=size, max_size=size)), np.float64)
    order = np.array(data.draw(st.permutations(range(size))), np.uint32)
    tokens, unknown = core.costs_along(lists.indptr, lists.items, counts, order)

    def spelled(token: int, left: set[int]) -> tuple[int, int]:
        if token in left:
            return 1, 0
        parts = [spelled(part, left) for part in lists[token]]
        return (sum(n for n, _ in parts), sum(lost for _, lost in parts)) if parts else (1, 1)

    for n in range(size + 1):
        left = set(order[:n].tolist())
        costs = [spelled(token, left) for token in range(size)]
        assert tokens[n] == sum(counts[i] * costs[i][0] for i in range(size))
        assert unknown[n] == sum(counts[i] * costs[i][1] for i in range(size))
