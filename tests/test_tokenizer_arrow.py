"""Texts from Arrow arrays, in every form that these have."""

import numpy as np
import pytest

pa = pytest.importorskip("pyarrow")

TEXTS = ["Hello world", "", "你好 😀", " a", "Habari ya dunia", "x" * 40]


def assert_equal(tokenizer, array, texts, **options):
    ids, offsets = tokenizer.encode_arrow(array, **options)
    expected = tokenizer.encode_batch(texts)
    assert np.array_equal(ids, expected[0]) and np.array_equal(offsets, expected[1])
    assert ids.dtype == np.uint32 and offsets.dtype == np.int64


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_every_type_and_form(tokenizer, kind):
    array = pa.array(TEXTS, kind)
    assert_equal(tokenizer, array, TEXTS)
    assert_equal(tokenizer, array, TEXTS, threads=3)
    for start, stop in ((1, 6), (2, 4), (0, 3), (5, 6), (3, 3), (6, 6)):
        assert_equal(tokenizer, array[start:stop], TEXTS[start:stop])
    chunks = pa.chunked_array([array[1:3], array[:0], array[4:], array], kind)
    texts = [*TEXTS[1:3], *TEXTS[4:], *TEXTS]
    assert_equal(tokenizer, chunks, texts)
    assert_equal(tokenizer, chunks.slice(1, 5), texts[1:6])
    for empty in (pa.array([], kind), pa.chunked_array([], kind), pa.array([""], kind), pa.array(["", ""], kind)[1:]):
        assert_equal(tokenizer, empty, [""] * len(empty))


def test_arrays_without_buffers(tokenizer):
    class Empty:
        """As other libraries may hand over an array of no texts."""

        type, offset, null_count = "string", 0, 0

        def __len__(self):
            return 0

        def buffers(self):
            return [None, None, None]

    assert_equal(tokenizer, Empty(), [])


def test_a_null_is_an_error_that_names_its_row(tokenizer):
    array = pa.array(["a", "b", None, "c", None])
    for texts in (array, array.cast("large_string"), array.cast("string_view"), pa.chunked_array([array[:1], array[1:]])):
        with pytest.raises(ValueError, match="^row 2 is null: drop the nulls"):
            tokenizer.encode_arrow(texts)
        assert_equal(tokenizer, texts.slice(0, 2), ["a", "b"])
        if texts.type != pa.string_view():  # which cannot do that yet
            assert_equal(tokenizer, texts.drop_null(), ["a", "b", "c"])
            assert_equal(tokenizer, texts.fill_null(""), ["a", "b", "", "c", ""])
        with pytest.raises(ValueError, match="^row 1 is null"):
            tokenizer.encode_arrow(texts.slice(1))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (pa.array([1, 2]), "an array of the type int64: string, large_string or string_view is needed"),
        (pa.array([b"a"]), "an array of the type binary"),
        (pa.array([None]), "an array of the type null"),
        (pa.array([["a"]]), "an array of the type list<"),
        (pa.array(["a"]).dictionary_encode(), "an array of the type dictionary<values=string"),
        (pa.chunked_array([[1.5]]), "an array of the type double"),
        (pa.table({"a": ["b"]}), "a Table: a pyarrow Array or ChunkedArray of strings is needed"),
        (["a"], "a list: a pyarrow Array"),
        (np.array(["a"]), "a ndarray: a pyarrow Array"),
        (None, "a NoneType: a pyarrow Array"),
    ],
)
def test_another_type_is_an_error_that_names_it(tokenizer, texts, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        tokenizer.encode_arrow(texts)


def test_broken_arrays_are_refused(tokenizer):
    """Arrow does not look into the memory that it is given."""
    not_utf8 = pa.StringArray.from_buffers(3, pa.py_buffer(np.array([0, 1, 2, 3], np.int32)), pa.py_buffer(b"ab\xff"))
    chunks = pa.chunked_array([pa.array(["a"]), not_utf8])
    with pytest.raises(ValueError, match="text 3 is no valid UTF-8 at byte 0"):
        tokenizer.encode_arrow(chunks)
    for bounds in ([0, 2, 1], [0, 9, 2], [0, -1, 2]):
        array = pa.StringArray.from_buffers(2, pa.py_buffer(np.array(bounds, np.int32)), pa.py_buffer(b"ab"))
        with pytest.raises(ValueError, match="must rise and stay within the data"):
            tokenizer.encode_arrow(array)
