"""Counts of words and tokens equal those of encoding every document, whatever the container, the limit and the threads."""

import json
import resource
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from containers import LINES
from polyvocab import TokenCounts, Tokenizer, WordCounts, count_tokens, count_words
from polyvocab.corpus import Corpus
from polyvocab.counts import WordCounting, run
from polyvocab.errors import CorpusError, FormatError, PolyvocabError, UnsupportedComponent
from shared_tokenizers import READING, tokenizer_file
from strategies_text import hard_texts

tokenizers = pytest.importorskip("tokenizers")
FAMILIES = ("unigram", "byte-level bpe", "llama bpe", "wordpiece", "wordlevel")
ADDED = ["<s>", "</s>", "[MASK]", "<|endoftext|>"]


@pytest.fixture(scope="module")
def lines(sample_text) -> list[str]:
    """Text of all languages, and hard ones; some of them twice."""
    found = [line for path in sorted(sample_text.glob("*.txt")) for line in path.read_text("utf-8").split("\n")[:300]]
    return found + hard_texts(400, seed=3) + found[::7]


def _trained(family: str, lines: list[str]):
    """A tokenizer of the package tokenizers."""
    from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

    if family == "byte-level bpe":
        made, trainer = tokenizers.Tokenizer(models.BPE()), trainers.BpeTrainer
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        options = {"initial_alphabet": pre_tokenizers.ByteLevel.alphabet()}
    elif family == "llama bpe":
        made, trainer = tokenizers.Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True)), trainers.BpeTrainer
        made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        made.decoder, options = decoders.Replace("▁", " "), {"special_tokens": ["<unk>"], "max_token_length": 8}
        lines = [part for line in lines for part in line.split()]
    elif family == "wordpiece":
        made, trainer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]")), trainers.WordPieceTrainer
        made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
        options = {"special_tokens": ["[UNK]"]}
    else:
        made, trainer = tokenizers.Tokenizer(models.WordLevel(unk_token="[UNK]")), trainers.WordLevelTrainer
        made.pre_tokenizer, options = pre_tokenizers.Whitespace(), {"special_tokens": ["[UNK]"]}
    made.train_from_iterator(lines, trainer(vocab_size=1500, show_progress=False, **options))
    made.add_special_tokens(ADDED)
    return made


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, sample_model, lines) -> Tokenizer:
    if request.param == "unigram":
        return Tokenizer.from_pretrained(sample_model)
    return Tokenizer.from_hf(_trained(request.param, lines[::3]))


def by_encoding(tokenizer: Tokenizer, texts: list[str]) -> np.ndarray:
    """The slow twin: all ids of all documents."""
    ids, _ = tokenizer.encode_batch(texts, add_special_tokens=False)
    return np.bincount(ids, minlength=tokenizer.token_count)


def test_tokens_are_those_of_encoding_every_document(family, lines):
    counted = count_tokens(family, {"all": lines, "few": lines[:5]})
    assert counted.counts["all"].dtype == np.uint64 and counted.token_count == family.token_count
    assert np.array_equal(counted.counts["all"], by_encoding(family, lines))
    assert np.array_equal(counted.counts["few"], by_encoding(family, lines[:5]))
    assert counted.documents["all"] == sum(map(bool, lines)) and counted.engine == "native"
    assert counted.bytes["all"] == len("".join(lines).encode())
    words = {"all": count_words(family, lines, blocks=3), "few": count_words(family, lines[:5])}
    assert TokenCounts.of(words, family, threads=2) == counted
    assert words["all"].characters.sum() == len("".join(lines))
    assert words["all"].added.sum() > 0  # added tokens were among the text


@pytest.mark.parametrize("name", ["wordpiece", "byte-level bpe", "wordlevel"])
def test_words_are_what_the_pre_tokenizer_makes(lines, name):
    reference = _trained(name, lines[::3])
    plain = [line for line in lines if not any(token in line for token in ADDED)]
    found = count_words(Tokenizer.from_hf(reference), plain)
    expected = Counter()
    for line in plain:
        normal = reference.normalizer.normalize_str(line) if reference.normalizer else line
        expected.update(word for word, _ in reference.pre_tokenizer.pre_tokenize_str(normal))
    words = list(found.words)
    assert words == sorted(words)
    if name == "byte-level bpe":  # its words are bytes here
        expected = {_bytes_of(word): count for word, count in expected.items()}
    else:
        expected = {word.encode(): count for word, count in expected.items()}
    assert dict(zip(words, found.totals.tolist(), strict=True)) == expected


_PLAIN = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
_BYTES = {chr(b): b for b in _PLAIN} | {chr(256 + i): b for i, b in enumerate(b for b in range(256) if b not in _PLAIN)}


def _bytes_of(word: str) -> bytes:
    return bytes(_BYTES[c] for c in word)


def test_every_tokenizer_beside_the_checkout(shared):
    texts = [
        line for path in sorted((shared / "text").glob("*.txt")) for line in path.read_text("utf-8").split("\n")[:4]
    ] + hard_texts(200, seed=8)
    folders = [path for path in sorted((shared / "tokenizers").iterdir()) if path.name != "gguf"]
    for folder in folders:
        tokenizer = Tokenizer.from_pretrained(tokenizer_file(folder), **READING.get(folder.name, {}))
        counted = count_tokens(tokenizer, {"": texts}, threads=2)
        assert np.array_equal(counted.counts[""], by_encoding(tokenizer, texts)), folder
        assert TokenCounts.of({"": count_words(tokenizer, texts)}, tokenizer) == counted, folder
    assert len(folders) > 20


def test_blocks_do_not_depend_on_the_order(tokenizer, lines):
    whole = count_words(tokenizer, lines, blocks=5)
    assert whole == count_words(tokenizer, lines[::-1], blocks=5, threads=3)
    assert whole == count_words(tokenizer, lines[::2], blocks=5).merge(count_words(tokenizer, lines[1::2], blocks=5))
    single = count_words(tokenizer, lines)
    assert whole.blocks == 5 and (whole.documents > 0).all() and single.documents.sum() == whole.documents.sum()
    assert list(whole.words) == list(single.words) and np.array_equal(whole.totals, single.totals)
    for line in filter(None, lines[:20]):  # a document is in one block, and in the same one when it is alone
        alone = count_words(tokenizer, [line], blocks=5)
        assert np.count_nonzero(alone.documents) == 1 and (whole.documents[alone.documents > 0] > 0).all()
        assert set(alone.index.tolist()) <= {int(alone.documents.argmax())}


def test_an_empty_corpus(tokenizer):
    found = count_words(tokenizer, [""], blocks=2)
    assert len(found.words) == 0 and found.totals.size == 0 and found.indptr.tolist() == [0]
    assert found.merge(found) == found
    assert TokenCounts.of({"x": found}, tokenizer) == count_tokens(tokenizer, {"x": []})


@pytest.fixture(scope="module")
def many_words() -> list[str]:
    """More words than the smallest limit holds."""
    return [" ".join(f"w{i * 7919}x{j}" for j in range(20)) for i in range(6000)]


def test_a_small_limit_changes_nothing(tmp_path, tokenizer, many_words):
    expected = count_words(tokenizer, many_words)
    for threads in (1, 3):
        found = count_words(tokenizer, many_words, memory_limit=1 << 20, threads=threads, temporary=tmp_path)
        assert not found.count.flags.writeable  # it lies in a file: the tables were written to the disk
        assert expected.count.flags.writeable
        assert found == expected
        assert found.merge(found).totals.tolist() == (expected.totals * np.uint64(2)).tolist()
    assert list(tmp_path.iterdir()) == []
    counted = count_tokens(tokenizer, {"x": many_words}, memory_limit=1 << 20, threads=2)
    assert np.array_equal(counted.counts["x"], by_encoding(tokenizer, many_words))
    for wrong in (0, -5, 1000):
        with pytest.raises(PolyvocabError, match=f"a memory limit of {wrong} bytes is too small"):
            count_words(tokenizer, many_words, memory_limit=wrong)


def test_documents_that_come_one_by_one(tmp_path, tokenizer, many_words, lines):
    corpora = {"words/of many": many_words, "lines": lines, "a": ["", "\x00"]}
    with WordCounting(tokenizer, blocks=3, memory_limit=1 << 20, temporary=tmp_path) as counting:
        for i in range(max(map(len, corpora.values()))):
            for label, texts in corpora.items():
                if i < len(texts):
                    counting.add(label, texts[i])
        found = dict(counting.finish())
    assert not found["words/of many"].count.flags.writeable and list(tmp_path.iterdir()) == []
    assert list(found) == sorted(corpora)  # and each is what it is alone
    for label, texts in corpora.items():
        assert found[label] == count_words(tokenizer, texts, blocks=3), label


def test_documents_that_are_refused_one_by_one(tmp_path, tokenizer):
    with pytest.raises(PolyvocabError, match="^0 blocks: at least 1 is needed"):
        WordCounting(tokenizer, blocks=0)
    with WordCounting(tokenizer) as counting, pytest.raises(CorpusError, match="^mt: half of a surrogate pair at 1 of a doc"):
        counting.add("mt", "a\ud800")
    no_folder = pytest.raises(PolyvocabError, match="absent.*: cannot be written: No such file .*; name another folder")
    with WordCounting(tokenizer, temporary=tmp_path / "absent") as counting, no_folder:
        counting.add("mt", "a")


def test_a_full_disk_is_an_error_that_names_it(tmp_path, sample_model, many_words):
    (tmp_path / "text.txt").write_text("\n".join(many_words))
    code = f"""
import resource
from polyvocab import Tokenizer, count_words
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
count_words(Tokenizer.from_pretrained({str(sample_model)!r}), {str(tmp_path / "text.txt")!r}, memory_limit=1 << 20,
            temporary={str(tmp_path)!r}, threads=2)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100_000
    error = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and error.startswith("polyvocab.errors.PolyvocabError: "), done.stderr
    assert str(tmp_path) in error and "run-" in error and "cannot be written: File too large; name another folder" in error
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


def test_all_containers_give_the_same_counts(tokenizer, containers, monkeypatch):
    import pyarrow as pa

    sources = [
        *containers,
        pa.table({"text": [*LINES, None]}),
        pa.table({"text": pa.array(LINES, pa.large_string())}),
        pa.table({"text": pa.array(LINES, pa.string_view())}),
        pa.table({"text": pa.array(LINES).dictionary_encode()}),
        pa.table({"text": pa.array(["out", *LINES, "out"])}).slice(1, len(LINES)),
        Corpus([*LINES, "out"], excluded=frozenset(["out"])),
    ]
    expected = count_words(tokenizer, LINES, blocks=4)
    tokens = count_tokens(tokenizer, {"a": LINES})
    assert tokens.documents == {"a": len(LINES)}
    for size in (64, 1 << 20):
        monkeypatch.setattr(run, "_PART_BYTES", size)
        for source in sources:
            assert count_words(tokenizer, source, blocks=4, threads=2) == expected, source
            assert count_tokens(tokenizer, {"a": source}) == tokens, source
    assert count_words(tokenizer, [str(path) for path in containers[:8]]).documents.tolist() == [8 * len(LINES)]


@pytest.mark.parametrize("threads", [1, 3])
def test_errors_name_their_place(tmp_path, tokenizer, monkeypatch, threads):
    import pyarrow as pa

    monkeypatch.setattr(run, "_PART_BYTES", 64)
    text, objects = tmp_path / "a.txt", tmp_path / "a.jsonl"
    text.write_bytes(b"some good text\n" * 30 + b"bad \xff\n" + b"more\n" * 300 + b"\xff")
    objects.write_text('{"text": "x"}\n' * 40 + '{"txt": "x"}\n' + '{"text": "x"}\n' * 40)
    broken = pa.StringArray.from_buffers(2, pa.py_buffer(np.array([0, 1, 2], np.int32)), pa.py_buffer(b"a\xff"))
    for corpus, message in (
        (text, "a.txt: line 31: invalid UTF-8 at byte 454"),
        (objects, "a.jsonl: line 41 has no text in the field 'text'"),
        (pa.table({"text": broken}), "Arrow column 'text': in the rows from 0 on: text 1 is no valid UTF-8"),
        (pa.table({"text": [1, 2]}), "Arrow column 'text': row 0 is a int, not text"),
        (["good"] * 20 + ["\ud800"], "document 20 of the corpus: half of a surrogate pair at 0"),
        (["good"] * 20 + [5], "item 20 of the corpus is a int"),
        (iter(["a"]), "an iterator can be read only once"),
        (tmp_path / "absent.txt", "absent.txt: no such file"),
    ):
        for count in (count_words, lambda tokenizer, corpus, **options: count_tokens(tokenizer, {"x": corpus}, **options)):
            with pytest.raises(CorpusError, match=message):
                count(tokenizer, corpus, threads=threads)


def test_a_word_that_the_model_refuses():
    model = {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "absent"}
    tokenizer = Tokenizer.from_json(json.dumps({"model": model, "pre_tokenizer": {"type": "Whitespace"}}).encode())
    assert count_tokens(tokenizer, {"x": ["a a"]}).counts["x"].tolist() == [2]
    with pytest.raises(CorpusError, match="^my label: "):
        count_tokens(tokenizer, {"my label": ["a b"]})
    with pytest.raises(CorpusError, match="^my label: "):
        TokenCounts.of({"my label": count_words(tokenizer, ["a b"])}, tokenizer)


def test_files(tmp_path, tokenizer, lines):
    words, tokens = count_words(tokenizer, lines, blocks=3), count_tokens(tokenizer, {"mt": lines, "é": lines[:9]})
    for counts, kind in ((words, WordCounts), (tokens, TokenCounts)):
        path = tmp_path / kind.__name__
        counts.save(path)
        assert kind.load(path) == counts
        kind.load(path).save(path)  # over itself
        assert kind.load(path) == counts and len(list(tmp_path.glob(f"*{path.name}*"))) == 1
        data = path.read_bytes()
        path.write_bytes(data[:-3])
        with pytest.raises(FormatError, match="it is cut off"):
            kind.load(path)
        path.write_bytes(data.replace(b'"version":"1"', b'"version":"9"'))
        with pytest.raises(FormatError, match="is of version 9; this polyvocab reads version 1"):
            kind.load(path)
        path.write_bytes(data)
    assert TokenCounts.load(tmp_path / "TokenCounts").labels == ("mt", "é")
    with pytest.raises(FormatError, match="holds no token counts, but 'polyvocab word counts'"):
        TokenCounts.load(tmp_path / "WordCounts")
    with pytest.raises(FormatError, match="cannot be read: No such file"):
        WordCounts.load(tmp_path / "absent")
    with pytest.raises(PolyvocabError, match="cannot be written: No such file"):
        words.save(tmp_path / "absent" / "file")


def test_what_cannot_be_added_is_refused(tokenizer, lines):
    one, other = count_tokens(tokenizer, {"a": lines, "b": lines[:3]}), count_tokens(tokenizer, {"b": lines[3:8]})
    merged = one.merge(other, other)
    assert merged == count_tokens(tokenizer, {"a": lines, "b": [*lines[:8], *lines[3:8]]}) and merged != one
    words = count_words(tokenizer, lines)
    for a, b in ((one, replace(other, fingerprint="other")), (words, replace(words, fingerprint="other"))):
        assert a != b
        with pytest.raises(PolyvocabError, match="counts of two tokenizers"):
            a.merge(b)
    with pytest.raises(PolyvocabError, match="word counts of 1 and of 2 blocks"):
        words.merge(count_words(tokenizer, lines, blocks=2))
    with pytest.raises(PolyvocabError, match="counts of two tokenizers"):
        TokenCounts.of({"a": replace(words, fingerprint="other")}, tokenizer)
    with pytest.raises(PolyvocabError, match="0 blocks"):
        count_words(tokenizer, lines, blocks=0)
    with pytest.raises(PolyvocabError, match="a corpus is needed"):
        count_tokens(tokenizer, {})


def test_what_is_not_native_is_counted_with_the_original(tmp_path, lines):
    reference = _trained("wordlevel", lines[::3])
    reference.pre_tokenizer = tokenizers.pre_tokenizers.Split(tokenizers.Regex(r"(?<=[a-z]) "), "isolated")
    reference.enable_truncation(3)
    reference.enable_padding()
    with pytest.warns(UserWarning, match=r"the group \(\?<= .* is not supported: counted with the package tokenizers"):
        counted = count_tokens(reference, {"x": lines}, threads=2)
    assert counted.engine == "tokenizers" and counted.documents["x"] == sum(map(bool, lines))
    reference.no_truncation()
    reference.no_padding()
    ids = [i for e in reference.encode_batch(lines, add_special_tokens=False) for i in e.ids]
    assert counted.counts["x"].tolist() == np.bincount(ids, minlength=reference.get_vocab_size()).tolist()
    reference.save(str(tmp_path / "tokenizer.json"))
    for path in (tmp_path, tmp_path / "tokenizer.json"):
        with pytest.warns(UserWarning):
            assert count_tokens(path, {"x": lines}) == counted
    assert counted.merge(counted).engine == "tokenizers"

    random = _trained("byte-level bpe", lines[:50])
    random.model.dropout = 0.5
    with pytest.raises(UnsupportedComponent, match="dropout"):
        count_tokens(random, {"x": lines})


def test_a_tokenizer_in_any_form(sample_model, tokenizer):
    counted = count_tokens(tokenizer, {"x": LINES})
    reference = tokenizers.Tokenizer.from_file(str(sample_model / "tokenizer.json"))
    for form in (sample_model, str(sample_model), Path(sample_model / "tokenizer.json"), reference):
        assert count_tokens(form, {"x": LINES}) == counted
