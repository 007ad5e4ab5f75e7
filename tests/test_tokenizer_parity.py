"""Ids, offsets and texts equal to those of Hugging Face `tokenizers`, for every tokenizer and every text at hand."""

import json

import numpy as np
import pytest
from polyvocab.tokenizer import Tokenizer
from strategies_text import hard_texts

tokenizers = pytest.importorskip("tokenizers")


def _reference(path):
    reference = tokenizers.Tokenizer.from_file(str(path))
    reference.no_truncation()
    reference.no_padding()
    # Without the trimming of offsets that some post-processors do.
    reference.post_processor = tokenizers.processors.TemplateProcessing(single="$A", pair="$A $B")
    return reference


def _lines(folder, per_file: int) -> list[str]:
    lines = []
    for path in sorted(folder.glob("*.txt")):
        lines += path.read_text("utf-8").split("\n")[:per_file]
    return lines


def assert_equal(path, texts: list[str], aligned: int = 400) -> None:
    """The ids and the decoded text of all texts, the spans and word numbers of `aligned` of them."""
    ours, reference = Tokenizer.from_pretrained(path), _reference(path)
    ids, offsets = ours.encode_batch(texts)
    expected = reference.encode_batch(texts, add_special_tokens=False)
    got = np.split(ids, offsets[1:-1])
    different = [text for text, a, b in zip(texts, got, expected, strict=True) if a.tolist() != b.ids]
    assert not different, (len(different), different[:3])
    assert ours.decode_batch(ids, offsets) == reference.decode_batch([e.ids for e in expected], skip_special_tokens=False)
    for text, encoding in list(zip(texts, expected, strict=True))[:: max(1, len(texts) // aligned)]:
        own, spans, words, _ = ours.encode_aligned(text)
        at = [len(text[:i].encode()) for i in range(len(text) + 1)]
        assert own.tolist() == encoding.ids, text
        assert spans.tolist() == [[at[a], at[b]] for a, b in encoding.offsets], text
        assert words.tolist() == encoding.word_ids, text


def test_the_sample_tokenizer(sample_model, sample_text):
    assert_equal(sample_model / "tokenizer.json", _lines(sample_text, 400) + hard_texts(3000, seed=4))


@pytest.mark.parametrize("name", ["gpt2", "gpt-neox-20b", "focus-sw-bpe-50k", "focus-ar-xlmr-unigram-50k", "model2vec-test"])
def test_real_tokenizers(shared, name):
    texts = _lines(shared / "text", 12) + hard_texts(2000, seed=5)
    assert_equal(shared / "tokenizers" / name / "tokenizer.json", texts)


def test_threads_and_forms_of_input_change_nothing(sample_model, sample_text):
    pyarrow = pytest.importorskip("pyarrow")
    tokenizer = Tokenizer.from_pretrained(sample_model)
    texts = _lines(sample_text, 2000)
    ids, offsets = tokenizer.encode_batch(texts)
    for other in (
        tokenizer.encode_batch(texts, threads=3),
        tokenizer.encode_batch([text.encode() for text in texts]),
        tokenizer.encode_batch(iter(texts)),
        tokenizer.encode_arrow(pyarrow.array(texts)),
        tokenizer.encode_arrow(pyarrow.chunked_array([["dropped", *texts]], pyarrow.large_string()).slice(1)),
    ):
        assert np.array_equal(other[0], ids) and np.array_equal(other[1], offsets)
    assert tokenizer.count(texts, threads=2).tolist() == np.diff(offsets).tolist()
    assert tokenizer.encode(texts[5]) == ids[offsets[5] : offsets[6]].tolist()
    empty = tokenizer.encode_batch([])
    assert len(empty[0]) == 0 and empty[1].tolist() == [0]


def test_bad_input_is_refused_with_its_place(sample_model):
    tokenizer = Tokenizer.from_pretrained(sample_model)
    with pytest.raises(ValueError, match="text 1 is no valid UTF-8 at byte 2"):
        tokenizer.encode_batch(["a", b"ab\xff"])
    with pytest.raises(TypeError, match="text 1 is a int"):
        tokenizer.encode_batch(["a", 3])
    with pytest.raises(UnicodeEncodeError):
        tokenizer.encode_batch(["\ud800"])
    with pytest.raises(ValueError, match="is no valid UTF-8 at byte 1"):
        tokenizer.encode_aligned(b"a\xff")
    with pytest.raises(TypeError, match="is a int: str or bytes is needed"):
        tokenizer.encode_aligned(3)


def small(tmp_path, normalizer=None, pre_tokenizer=None, added=(), **model):
    """A small file of our own making."""
    document = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": list(added),
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": None,
        "decoder": None,
        "model": model,
    }
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(document))
    return path


def bpe(merges: list[tuple[str, str]], alphabet: str, **options) -> dict:
    vocab = {token: i for i, token in enumerate(dict.fromkeys([*alphabet, *(a + b for a, b in merges)]))}
    options.setdefault("unk_token", None)
    return {"type": "BPE", "vocab": vocab, "merges": [list(pair) for pair in merges], **options}


def test_long_words_take_the_same_merges(tmp_path):
    import random

    rng = random.Random(0)
    letters, merges = list("abc"), []
    for _ in range(60):  # merges of random parts, long and short ones
        parts = letters + [a + b for a, b in merges]
        a, b = rng.choice(parts), rng.choice(parts)
        if len(a + b) <= 40 and (a, b) not in merges:
            merges.append((a, b))
    path = small(tmp_path, **bpe(merges, "abc"))
    words = ["".join(rng.choices("abc", k=k)) for k in (1, 2, 40, 48, 49, 200, 4096, 4097, 20_000)]
    assert_equal(path, [*words, "a" * 30_000, "ab" * 10_000, "abc" * 5000])


@pytest.mark.parametrize(
    "options", [{}, {"fuse_unk": True}, {"byte_fallback": True}, {"fuse_unk": True, "byte_fallback": True}]
)
def test_unknown_characters(tmp_path, options):
    model = bpe([("a", "b"), ("ab", "a")], "abu", unk_token="u", **options)
    for byte in range(256):
        if byte != 0xE9:  # a character with this byte has no complete spelling
            model["vocab"][f"<0x{byte:02X}>"] = len(model["vocab"])
    path = small(tmp_path, **model)
    assert_equal(path, ["abaxxab", "éxé中中xab", "中", "xx", "ÃÃ©x", "axbé"])


@pytest.mark.parametrize("scheme", ["prepend", "strip", "always", "never", "first"])
@pytest.mark.parametrize("split", [False, True])
def test_texts_are_cut_between_any_two_characters(tmp_path, scheme, split):
    import random

    rng = random.Random(scheme)
    letters, merges = [*"abZ9.(▁é中文ж"], []
    for _ in range(30):
        parts = letters + [a + b for a, b in merges]
        merge = rng.choice(parts), rng.choice(parts)
        if len(merge[0] + merge[1]) <= 6 and merge not in merges:
            merges.append(merge)
    model = bpe(merges, "".join(letters), unk_token="Z", fuse_unk=True, byte_fallback=True)
    for byte in range(256):
        model["vocab"][f"<0x{byte:02X}>"] = len(model["vocab"])
    steps = [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}
    if scheme == "strip":
        steps[0] = {"type": "Strip", "strip_left": True, "strip_right": True}
    if scheme in ("prepend", "strip"):
        path = small(tmp_path, {"type": "Sequence", "normalizers": steps}, **model)
    else:
        path = small(tmp_path, None, metaspace, **model)
    texts = ["".join(rng.choices([*letters, *"   \n\u3000漢字\u0301😀"], k=rng.randint(1, 60))) for _ in range(600)]
    assert_equal(path, texts, aligned=50)


def test_prefixes_and_suffixes(tmp_path):
    merges = [["a", "##b"], ["ab", "##a</w>"]]
    vocab = {t: i for i, t in enumerate(["a", "b", "##a", "##b", "ab", "a</w>", "##a</w>", "##b</w>", "aba</w>"])}
    model = {"type": "BPE", "vocab": vocab, "merges": merges, "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>"}
    path = small(tmp_path, pre_tokenizer={"type": "Whitespace"}, **model)
    ours, reference = Tokenizer.from_pretrained(path), _reference(path)
    for text in ["a", "ab", "aba", "abab b", "ba a"]:
        assert ours.encode(text) == reference.encode(text).ids, text


def test_added_tokens(tmp_path):
    def token(i, content, **flags):
        base = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
        return {"id": i, "content": content, **base, **flags}

    added = [
        token(30, "<a>", special=True),
        token(31, "<ab>", lstrip=True),
        token(32, "low", normalized=True, rstrip=True),
        token(33, "one", single_word=True),
    ]
    path = small(tmp_path, {"type": "Lowercase"}, {"type": "WhitespaceSplit"}, added, **bpe([], "abcdefghijklmnopqrstuvwxyz<>"))
    assert_equal(path, ["x<a>y <ab>  LOW  z", "one stone one1 one", "<ab><a> low", "<a", "ONE <AB>", " <ab>"])


def test_white_space_is_stripped_across_chunks(tmp_path):
    strip = {"type": "Strip", "strip_left": True, "strip_right": True}
    path = small(tmp_path, {"type": "Sequence", "normalizers": [strip, {"type": "Nmt"}]}, **bpe([("t", "t")], "tab "))
    assert_equal(path, ["t  ", "  t  ", " \n t\t ", "  ", "t a  ", "ta \u200b", "a  t \n", "\u3000t\u3000"])
