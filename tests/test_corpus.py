"""Text in all its containers, and the place of what cannot be read."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from containers import LINES, write
from polyvocab.corpus import Corpus, held_out
from polyvocab.errors import CorpusError


def test_all_containers_give_the_same_documents(containers):
    for source in containers:
        corpus = Corpus(source)
        assert list(corpus) == LINES, source
        assert list(corpus) == LINES  # and again
        assert corpus.fingerprint() == Corpus(LINES).fingerprint()
    assert list(Corpus(containers[:2])) == LINES * 2


def test_batches():
    assert list(Corpus(LINES).batches(3)) == [LINES[:3], LINES[3:]]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"good\nbad \xff\n", r"a.txt: line 2: invalid UTF-8 at byte 9"),
        ("a.jsonl", b'{"text": "x"}\n{"te', "a.jsonl: line 2 is not JSON"),
        ("a.jsonl", b'{"txt": "x"}\n', r"line 1 has no text in the field 'text'; it has \['txt'\]"),
        ("a.txt.gz", gzip.compress(b"x" * 10_000, mtime=0)[:-9], "a.txt.gz: cannot be"),
        ("a.txt.gz", b"no gzip", "a.txt.gz: cannot be"),
        ("a.txt.zst", b"no zstd", "a.txt.zst: cannot be"),
        ("a.parquet", b"no parquet", "a.parquet: is no readable parquet file"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(tmp_path, name, data, message):
    with pytest.raises(CorpusError, match=message):
        list(Corpus(write(tmp_path / name, data)))


def test_wrong_sources(tmp_path):
    with pytest.raises(CorpusError, match="no such file"):
        Corpus(tmp_path / "absent.txt")
    with pytest.raises(CorpusError, match="read only once"):
        Corpus(iter(LINES))
    with pytest.raises(CorpusError, match="item 1 of the corpus is a int"):
        list(Corpus(["a", 1]))
    pq.write_table(pa.table({"body": ["x"]}), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=r"no column 'text'; it has \['body'\]"):
        list(Corpus(tmp_path / "a.parquet"))
    assert list(Corpus(tmp_path / "a.parquet", field="body")) == ["x"]


def test_an_empty_file_is_an_empty_corpus(tmp_path):
    assert list(Corpus(write(tmp_path / "a.txt", b""))) == []


def test_held_out_text_is_not_trained_on():
    documents = [f"document {i % 900}" for i in range(1000)]  # some stand twice
    corpus = Corpus(documents)
    chosen = held_out(corpus, every=10)
    assert 50 < len(chosen) < 150 and len(set(chosen)) == len(chosen)
    rest = list(corpus.without(chosen))
    assert not set(rest) & set(chosen) and set(rest) | set(chosen) == set(documents)
    assert held_out(Corpus(documents[::-1]), every=10, limit_bytes=10**6) != []
    assert sum(len(d) for d in held_out(corpus, every=10, limit_bytes=100)) <= 100


def test_a_list_of_strings_is_text_unless_it_names_files(tmp_path):
    file = write(tmp_path / "a.txt", b"one\ntwo\n")
    assert list(Corpus([str(file)])) == ["one", "two"]
    assert list(Corpus(["hello " * 1000, "b\0"])) == ["hello " * 1000, "b\0"]  # no names of files, whatever their length
    with pytest.raises(CorpusError, match="b.txt: no such file"):
        Corpus([str(file), str(tmp_path / "b.txt")])
    with pytest.raises(CorpusError, match="missing.txt: no such file"):
        Corpus("missing.txt")


def test_zst_that_is_cut_off_is_not_a_shorter_text(tmp_path):
    text = "".join(f"line {i}\n" for i in range(20_000)).encode()
    frames = zstandard.compress(text[: len(text) // 2]) + zstandard.compress(text[len(text) // 2 :])
    assert len(list(Corpus(write(tmp_path / "two.zst", frames)))) == 20_000
    for size in (len(frames) - 3, len(frames) // 3):
        with pytest.raises(CorpusError, match="cut off"):
            list(Corpus(write(tmp_path / "cut.zst", frames[:size])))


def test_half_a_surrogate_pair_is_named(tmp_path):
    with pytest.raises(CorpusError, match="line 2: half of a surrogate pair"):
        list(Corpus(write(tmp_path / "a.jsonl", b'{"text": "x"}\n{"text": "\\ud83d"}\n')))
