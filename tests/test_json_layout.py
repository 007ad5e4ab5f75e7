"""JSON is written back in the layout that it came in, and its large parts are cut byte for byte."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyvocab.errors import FormatError
from polyvocab.formats import json_layout, json_scan

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
JSONS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


@given(
    st.dictionaries(st.text(), JSONS, max_size=5),
    st.sampled_from([(None, None), (None, (",", ":")), (2, None), ("\t", None), (4, (",", ": "))]),
    st.booleans(),
    st.sampled_from(["", "\n", "\r\n "]),
)
def test_json_is_laid_out_as_it_was(value, form, is_ascii, tail):
    indent, separators = form
    data = (json.dumps(value, indent=indent, separators=separators, ensure_ascii=is_ascii) + tail).encode("utf-8", "replace")
    again = json_layout.render(json_layout.parse(data, ""), json_layout.Layout.of(data))
    assert json.loads(again) == json.loads(data)
    if value and not (is_ascii and set(map(ord, json.dumps(value, ensure_ascii=False))) & set(range(0x7F, 0x80))):
        assert again == data


def test_json_that_is_none():
    for data, message in {b"{": "is not JSON", b'{"a": NaN}': "NaN is no number", b"\xff": "is not JSON"}.items():
        with pytest.raises(FormatError, match=message):
            json_layout.parse(data, "x.json")


@st.composite
def cuts(draw):
    """A tokenizer.json in any layout, and which of its tokens and merges stay."""
    tokens = draw(st.lists(st.text(max_size=3), min_size=1, max_size=8, unique=True))
    merges = draw(st.lists(st.sampled_from([["a", "b"], ["é", '"']]), max_size=5))
    if draw(st.booleans()):
        merges = ["#version: 0.2", *(" ".join(merge) for merge in merges)]
    is_scored = draw(st.booleans())
    ids = draw(st.permutations(range(len(tokens))))
    vocab = [[t, -0.5 * i] for i, t in enumerate(tokens)] if is_scored else dict(zip(tokens, ids, strict=True))
    whole = {"before": draw(JSONS), "model": {"vocab": vocab, "x": 1, "merges": merges}, "after": None}
    text = json.dumps(whole, indent=draw(st.sampled_from([None, 0, 3])), ensure_ascii=draw(st.booleans()))
    stays = draw(st.lists(st.booleans(), min_size=len(tokens), max_size=len(tokens)))
    count = len([m for m in merges if not isinstance(m, str) or not m.startswith("#version")])
    return (
        text.encode("utf-8", "replace"),
        np.array(stays),
        np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool),
    )


@given(cuts())
def test_the_large_parts_are_cut_as_a_slow_reader_cuts_them(cut):
    data, stays, merges = cut
    new_ids = np.where(stays, np.cumsum(stays) - 1, -1).astype(np.int64)
    kept = json_scan.keep_tokens(data, new_ids, merges)
    model = json.loads(data)["model"]
    if isinstance(model["vocab"], list):
        expected = [entry for entry, keep in zip(model["vocab"], stays, strict=True) if keep]
    else:
        expected = {token: int(new_ids[i]) for token, i in model["vocab"].items() if stays[i]}
    assert json.loads(kept.vocab) == expected and kept.count == len(expected)
    flags = iter(merges)
    expected = [m for m in model["merges"] if (isinstance(m, str) and m.startswith("#version")) or next(flags)]
    assert json.loads(kept.merges) == expected
    assert json.loads(kept.skeleton)["model"] == {"vocab": None, "x": 1, "merges": None}
    if stays.all() and merges.all():
        whole = kept.skeleton.replace(b'"vocab": null', b'"vocab": ' + kept.vocab).replace(
            b'"merges": null', b'"merges": ' + kept.merges
        )
        assert whole == data


def test_merges_are_counted():
    data = json.dumps({"model": {"vocab": {"a": 0, "b": 1, "c": 2}, "merges": ["a b", "b c"]}}).encode()
    for flags in ([True], [True] * 3):
        with pytest.raises(ValueError, match="merges than were given"):
            json_scan.keep_tokens(data, np.arange(3), np.array(flags))
