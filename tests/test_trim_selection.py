"""What a trim keeps, what it proves, and that it is true: on random tokenizers of every family."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polyvocab.errors import PolyvocabError
from polyvocab.formats.definition import Bpe, Strings, TokenizerDefinition, Unigram, WordPiece
from polyvocab.tokenizer import Tokenizer
from polyvocab.trim import Keep, certify, curve, select, verify
from polyvocab.trim.parts import Parts
from polyvocab.trim.selection import Plan
from reference.trimmed import trimmed
from strategies_vocabulary import FAMILIES, LETTERS, TEXTS, WORD_CUTS

ANY = st.sampled_from(sorted(FAMILIES)).flatmap(FAMILIES.get)


def files(definition: TokenizerDefinition) -> SimpleNamespace:
    """As much of a tokenizer's files as a selection looks at."""
    return SimpleNamespace(definition=definition, files={})


def counts_of(definition: TokenizerDefinition, texts: list[str]) -> dict[str, np.ndarray]:
    ids, _ = Tokenizer(definition).encode_batch(texts)
    return {"text": np.bincount(ids, minlength=definition.token_count).astype(np.uint64)}


def chosen(definition: TokenizerDefinition, texts: list[str], share: float, objective: str):
    """A selection of a size between what must stay and all."""
    plan = Plan.of(files(definition), Keep())
    least, most = int(plan.first.sum()), int((plan.candidates | plan.first).sum())
    size = least + int(share * (most - least))
    return select(files(definition), counts_of(definition, texts), size=size, objective=objective)


@settings(max_examples=400)
@given(ANY, TEXTS, TEXTS, st.floats(0, 1), st.sampled_from(["length", "lines"]))
def test_text_whose_tokens_are_kept_is_cut_as_before(definition, counted, others, share, objective):
    selection = chosen(definition, counted, share, objective)
    assert selection.certificate.proven
    found = verify(
        Tokenizer(definition), Tokenizer(trimmed(definition, selection.ids)), selection.ids, counted + others, threads=1
    )
    assert found.changed == 0


@settings(max_examples=300)
@given(ANY, st.data())
def test_a_certificate_holds_for_any_set(definition, data):
    """Not only for sets that were selected: where it is given, covered text stays; a selection is never needed for it."""
    required = Plan.of(files(definition), Keep(characters="none")).first
    drawn = np.array(data.draw(st.lists(st.booleans(), min_size=len(required), max_size=len(required))), bool)
    known = np.zeros(len(required), bool)
    known[definition.model.ids] = True
    ids = np.flatnonzero(required | (drawn & known))
    if certify(definition, ids).proven:
        texts = data.draw(TEXTS)
        assert verify(Tokenizer(definition), Tokenizer(trimmed(definition, ids)), ids, texts, threads=1).changed == 0


@given(FAMILIES["bpe"], TEXTS, st.floats(0, 1))
def test_what_could_be_merged_still_can(definition, texts, share):
    """Every kept token that merging makes from its own symbols is still made from them."""
    definition = replace(definition, model=replace(definition.model, ignore_merges=False))
    if definition.model.continuing_subword_prefix or definition.model.end_of_word_suffix:
        return
    ids = chosen(definition, texts, share, "length").ids
    before, after = Tokenizer(definition)._parts.model, Tokenizer(trimmed(definition, ids))._parts.model
    for new, old in enumerate(ids.tolist()):
        if old < len(definition.model.tokens) and before.encode(word := definition.model.tokens[old].decode()) == [old]:
            assert after.encode(word) == [new]


@given(FAMILIES["bpe"] | FAMILIES["ranks"], TEXTS, TEXTS, st.floats(0, 1))
def test_bytes_are_never_lost(definition, counted, others, share):
    """Text that is not covered is cut anew, and decodes to what it did."""
    if isinstance(definition.model, Bpe) and definition.decoder is None:
        return
    before, after = Tokenizer(definition), Tokenizer(trimmed(definition, chosen(definition, counted, share, "length").ids))
    for text in counted + others:
        assert after.decode(after.encode(text)) == before.decode(before.encode(text))


@given(FAMILIES["wordpiece"], TEXTS, TEXTS)
def test_single_characters_keep_words_known(definition, counted, others):
    """A word that the old vocabulary could cut is cut by the new one, over the characters that it keeps."""
    counts = counts_of(definition, counted)
    for characters, texts in (("kept", counted), ("all", counted + others)):
        ids = select(files(definition), counts, min_count=1, keep=Keep(characters=characters)).ids
        before, after = Tokenizer(definition), Tokenizer(trimmed(definition, ids))
        pieces = [definition.model.tokens[i].decode() for i in ids.tolist() if 0 < i < len(definition.model.tokens)]
        known = {c for piece in pieces for c in piece.removeprefix("##")}
        has_both = {c for c in known if {c.encode(), b"##" + c.encode()} <= set(definition.model.tokens)}
        for word in (word for text in texts for word in text.split() if set(word) <= has_both):
            assert (after.encode(word) == [0]) <= (before.encode(word) == [0]), word


@given(ANY, TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_trimming_twice_is_trimming_once(definition, texts, one, two):
    """A closed set of a closed set: the same tokenizer, whichever way it was reached."""
    outer = chosen(definition, texts, max(one, two), "lines").ids
    inner = chosen(definition, texts, min(one, two), "lines").ids
    assert np.isin(inner, outer).all()
    at_once = trimmed(definition, inner)
    in_turn = trimmed(trimmed(definition, outer), np.searchsorted(outer, inner))
    assert Tokenizer(in_turn).fingerprint == Tokenizer(at_once).fingerprint
    assert certify(trimmed(definition, outer), np.searchsorted(outer, inner)).proven


@given(ANY, st.data())
def test_closures_are_monotone_and_join(definition, data):
    needs = Parts.of(definition).needs
    sets = st.lists(st.booleans(), min_size=len(needs), max_size=len(needs)).map(lambda marks: np.array(marks, bool))
    a, b = data.draw(sets), data.draw(sets)
    closed = needs.closure(a)
    assert (closed >= a).all()
    assert (needs.closure(closed) == closed).all()
    assert (needs.closure(a | b) == (closed | needs.closure(b))).all()


@given(ANY, TEXTS, st.sampled_from(["length", "lines"]))
def test_every_beginning_of_an_order_is_closed(definition, texts, objective):
    plan = Plan.of(files(definition), Keep(characters="none"))
    order = plan.order(plan.checked(counts_of(definition, texts))["text"], objective)
    assert len(set(order.tolist())) == len(order)
    for n in range(int(plan.first.sum()), len(order) + 1):
        kept = np.zeros(len(plan.parts), bool)
        kept[order[:n]] = True
        assert (plan.needs.closure(kept) == kept).all()


def simple_bpe(tokens: list[str], merges: list[tuple[str, str]], **options) -> TokenizerDefinition:
    ids = {token: i for i, token in enumerate(tokens)}
    model = Bpe(
        Strings.of(tokens),
        np.arange(len(tokens), dtype=np.uint32),
        np.array([[ids[a], ids[b]] for a, b in merges], np.uint32).reshape(-1, 2),
        np.array([ids[a + b] for a, b in merges], np.uint32),
        **options,
    )
    return TokenizerDefinition(model, "hf", pre_tokenizer=WORD_CUTS)


def test_the_rule_that_comes_first_is_not_what_makes_a_token():
    """abc is listed as a + bc first, but its own symbols are merged to ab + c: a set with a, bc and abc alone is not exact."""
    definition = simple_bpe(
        ["a", "b", "c", "ab", "bc", "abc", "abcc", "cc"],
        [("a", "bc"), ("a", "b"), ("c", "c"), ("b", "c"), ("ab", "c"), ("abc", "c")],
    )
    parts = Parts.of(definition)
    assert parts.needs[5] == [3, 2]
    by_first_rule = np.array([0, 1, 2, 4, 5, 7])  # without ab
    certificate = certify(definition, by_first_rule)
    assert not certificate.proven
    assert certificate.violations == {5: "'abc' is made of 'ab' (id 3), which is dropped"}
    source, target = Tokenizer(definition), Tokenizer(trimmed(definition, by_first_rule))
    assert source.encode("ab") == [3]
    closed = parts.needs.closure(np.isin(np.arange(8), by_first_rule))
    assert closed.tolist() == [True, True, True, True, True, True, False, True]
    assert verify(source, target, by_first_rule, ["abc", "abcc"]).covered == 1


def test_a_dropped_part_changes_covered_text():
    """Dropping a token's part drops the token's merge: text made of kept tokens alone is cut anew."""
    definition = simple_bpe(["a", "b", "c", "ab", "abc"], [("a", "b"), ("ab", "c")])
    without_part = np.array([0, 1, 2, 4])
    assert not certify(definition, without_part).proven
    found = verify(Tokenizer(definition), Tokenizer(trimmed(definition, without_part)), without_part, ["abc", "a b"])
    assert (found.covered, found.changed, found.first_changed) == (2, 1, "abc")


def unigram(pieces: dict[str, float]) -> TokenizerDefinition:
    names = ["<unk>", *pieces]
    scores = np.array([0.0, *pieces.values()])
    model = Unigram(Strings.of(names), np.arange(len(names), dtype=np.uint32), scores, unk_id=0)
    return TokenizerDefinition(model, "hf", pre_tokenizer=WORD_CUTS)


def test_an_unknown_character_may_become_cheaper_than_what_it_stands_for():
    """Without a, whose score is far below all others, the unknown a and bcd cost less than ab and cd."""
    definition = unigram({"a": -100.0, "ab": -20.0, "cd": -20.0, "bcd": -2.0, "b": -15.0, "c": -15.0, "d": -15.0})
    without_a = np.array([0, 2, 3, 4, 5, 6, 7])
    certificate = certify(definition, without_a)
    assert not certificate.proven
    assert 1 in certificate.violations
    source = Tokenizer(definition)
    found = verify(source, Tokenizer(trimmed(definition, without_a)), without_a, ["abcd"])
    assert (found.covered, found.changed) == (1, 1)
    selection = select(files(definition), counts_of(definition, ["abcd"]), size=4, keep=Keep(characters="none"))
    assert {0, 1} <= set(selection.ids.tolist())  # the piece of the lowest score stays, and with it what unknown costs
    assert selection.certificate.proven


def test_a_word_that_was_unknown_may_become_known_to_a_wordpiece():
    """Why text with the unknown token does not count as covered there."""
    tokens = ["[UNK]", "a", "ab", "##b", "##bc"]
    model = WordPiece(Strings.of(tokens), np.arange(5, dtype=np.uint32), unk_id=0)
    definition = TokenizerDefinition(model, "hf", pre_tokenizer=WORD_CUTS)
    ids = np.array([0, 1, 3, 4])
    source, target = Tokenizer(definition), Tokenizer(trimmed(definition, ids))
    assert source.encode("abc") == [0]
    assert target.encode("abc") == [1, 3]
    assert verify(source, target, ids, ["abc", "a"]).covered == 1


def test_single_characters_of_kept_pieces_stay():
    tokens = ["[UNK]", "a", "b", "c", "##a", "##b", "##c", "ab", "##bc"]
    model = WordPiece(Strings.of(tokens), np.arange(9, dtype=np.uint32), unk_id=0)
    definition = TokenizerDefinition(model, "hf", pre_tokenizer=WORD_CUTS)
    counts = counts_of(definition, ["ab ab"])
    assert select(files(definition), counts, min_count=1, keep=Keep(characters="none")).ids.tolist() == [0, 7]
    assert select(files(definition), counts, min_count=1).ids.tolist() == [0, 1, 2, 4, 5, 7]
    assert select(files(definition), counts, min_count=1, keep=Keep(characters="all")).ids.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]


def test_coverage_holds_for_each_text_and_size_is_met():
    definition = unigram({letter: -3.0 for letter in LETTERS} | {"ab": -2.0, "cd": -2.0, "abcd": -1.0})
    one, two = counts_of(definition, ["ab ab ab abcd"])["text"], counts_of(definition, ["cd cd cd d"])["text"]
    counts = {"one": one, "two": two}
    for share in (0.5, 0.75, 1.0):
        assert min(select(files(definition), counts, coverage=share).coverage.values()) >= share
    for size in range(6, 9):
        assert len(select(files(definition), counts, size=size, weights={"one": 1.0, "two": 3.0})) == size


def test_a_label_without_text_is_covered():
    definition = unigram({letter: -3.0 for letter in LETTERS})
    counts = counts_of(definition, ["abcd"]) | {"empty": np.zeros(5, np.uint64)}
    assert select(files(definition), counts, coverage=1.0).coverage["empty"] == 1.0
    found = curve(files(definition), counts)
    assert set(found.coverage["empty"]) == {1.0}
    assert found.size_for(1.0) == 5


def test_tokens_that_merging_cannot_make_are_dead():
    definition = simple_bpe(["a", "b", "c", "ab", "bc", "abc"], [("a", "b"), ("b", "c"), ("a", "bc")])
    counts = counts_of(definition, ["abc"])
    assert select(files(definition), counts, size=6).dead.tolist() == [5]
    assert select(files(definition), counts, size=5, drop_dead=True).ids.tolist() == [0, 1, 2, 3, 4]
    as_words = replace(definition, model=replace(definition.model, ignore_merges=True))
    assert select(files(as_words), counts, size=6).dead.tolist() == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "one of size, coverage and min_count"),
        ({"size": 3, "coverage": 0.5}, "one of size, coverage and min_count"),
        ({"size": 1000}, "size is 1000"),
        ({"size": 0}, "must stay"),
        ({"coverage": 1.5}, "coverage is 1.5"),
        ({"size": 5, "objective": "best"}, "objective 'best'"),
        ({"size": 5, "weights": {"other": 1.0}}, "one for each of text"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, problem):
    definition = unigram({letter: -3.0 for letter in LETTERS})
    with pytest.raises(PolyvocabError, match=problem):
        select(files(definition), counts_of(definition, ["abcd"]), **arguments)


def test_counts_of_another_tokenizer_are_refused():
    definition = unigram({letter: -3.0 for letter in LETTERS})
    with pytest.raises(PolyvocabError, match="counted with another"):
        select(files(definition), {"text": np.ones(3, np.uint64)}, size=3)
