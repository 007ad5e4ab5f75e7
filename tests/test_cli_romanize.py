"""`polyvocab romanize` and romanize_file: what uroman's command line prints, as a filter that streams."""

import gzip
import io
import json
import signal
import subprocess
import sys

import polyvocab
import pytest
from polyvocab.cli import app
from polyvocab.errors import CorpusError, PolyvocabError
from polyvocab.romanize import Romanizer
from polyvocab.romanize.files import LineRomanizer, Romanized, romanize_file
from typer.testing import CliRunner

COMMAND = [sys.executable, "-m", "polyvocab", "romanize"]


def run(*arguments, data=b"") -> subprocess.CompletedProcess:
    return subprocess.run([*COMMAND, *map(str, arguments)], input=data, capture_output=True)


def copied(data: bytes, romanizer=None, **options) -> bytes:
    out = io.BytesIO()
    (romanizer or LineRomanizer()).copy(io.BytesIO(data), out.write, name="a.txt", **options)
    return out.getvalue()


# -- lines ------------------------------------------------------------------------------------------------------------


def test_the_references_of_uroman(shared, tmp_path):
    folder = shared / "vectors" / "uroman"
    expected = (folder / "multi-script.uroman-ref.txt").read_bytes().replace(b"\r\n", b"\n")
    assert copied((folder / "multi-script.txt").read_bytes()) == expected
    assert romanize_file(folder / "multi-script.txt", tmp_path / "out").replaced == 0
    assert (tmp_path / "out").read_bytes() == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("мир\nщ", "mir\nshch\n"),
        ("мир\r\nщ\rы\n\n", "mir\nshch\ny\n\n"),
        ("", ""),
        ("\n", "\n"),
        ("::lcode ukr Гг\nГг\n", "::lcode ukr Hh\nGg\n"),
        ("::lcode   ukr \t Гг", "::lcode   ukr \t Hh\n"),
        ("::lcode ukr\nмир\n", "::lcode ukr\nmir\n"),  # uroman prints an empty line after the first
        ("::lcode UKR Гг\n ::lcode ukr Гг\n::lcodeukr Гг\n", "::lcode UKR Gg\n ::lcode ukr Gg\n::lcodeukr Gg\n"),
    ],
)
def test_lines(data, expected):
    assert copied(data.encode()).decode() == expected


def test_a_language_for_lines_that_do_not_say_theirs():
    lines = "Гг\n::lcode rus Гг\n".encode()
    assert copied(lines, LineRomanizer("ukr")) == b"Hh\n::lcode rus Gg\n"


def test_edges_are_printed_as_uroman_prints_them():
    line = "ÿ мир 12"
    edges = [json.dumps(list(edge)) for edge in Romanizer().edges(line)]
    assert edges[0] == '[0, 1, "y", "rom"]'
    assert LineRomanizer(format="edges")([line]) == ["[" + "".join(edges) + "]"]
    assert LineRomanizer(format="edges")(["::lcode ukr г"]) == ['[[0, 0, "", "lcode: ukr"][0, 1, "h", "rom"]]']
    assert LineRomanizer(format="edges")([""]) == ["[]"]


@pytest.mark.parametrize("format", ["edges", "alts", "lattice"])
def test_valid_json_has_commas(format):
    line = "::lcode rus Ещё ちょっと 5"
    (made,) = LineRomanizer(format=format, valid_json=True)([line])
    romanizer, text = Romanizer("rus"), "Ещё ちょっと 5"
    edges = romanizer.lattice(text) if format == "lattice" else romanizer.edges(text, alternatives=format == "alts")
    assert json.loads(made) == [[0, 0, "", "lcode: rus"], *map(list, edges)]
    (plain,) = LineRomanizer(format=format)([line])
    assert plain == made.replace("], [", "][") and len(edges) >= 8


def test_a_mark():
    assert LineRomanizer(mark="ˏ")(["hello да"]) == [Romanizer(mark="ˏ")("hello да")] == ["hello ˏdˏa"]


# -- bytes ------------------------------------------------------------------------------------------------------------


def test_what_is_no_utf8_is_replaced_byte_by_byte_and_told():
    told: list[str] = []
    data = "щ\n".encode() + b"a\xff\xe4\xb8b\n" + b"c\xed\xa0\x80\n"
    assert copied(data, report=told.append).decode() == "shch\na\ufffd\ufffd\ufffdb\nc\ufffd\ufffd\ufffd\n"
    assert told == [
        "a.txt: line 2: 3 bytes are no UTF-8; each became U+FFFD",
        "a.txt: line 3: 3 bytes are no UTF-8; each became U+FFFD",
    ]
    told.clear()
    romanizer, out = LineRomanizer(), io.BytesIO()
    done = romanizer.copy(io.BytesIO(b"\xff\n" * 15), out.write, name="b", report=told.append)
    assert done == Romanized(15, 15) and len(told) == 11 and "15 bytes in 15 lines" in told[-1]


def test_strict_stops_at_the_line_and_writes_what_stands_before():
    out = io.BytesIO()
    with pytest.raises(CorpusError, match=r"a.txt: line 3: invalid UTF-8 at byte 2 of the line"):
        LineRomanizer().copy(io.BytesIO("щ\nб\n".encode() + b"\xc3\xa9\xff\n"), out.write, name="a.txt", strict=True)
    assert out.getvalue() == b"shch\nb\n"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_blocks_cut_anywhere_change_nothing(size):
    data = "мир\r\nпривет ÿ\r::lcode ukr г\n\n".encode() + b"\xff\xe4\xb8\n" + "конец".encode()

    class Slow(io.BytesIO):
        def read1(self, _=-1):
            return super().read1(size)

    out = io.BytesIO()
    done = LineRomanizer().copy(Slow(data), out.write, name="a.txt", report=len)
    assert out.getvalue() == copied(data, report=len) and done == Romanized(6, 3)


# -- files ------------------------------------------------------------------------------------------------------------


def test_files_appear_whole_or_not_at_all(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress("мир\n".encode()))
    assert polyvocab.romanize_file(tmp_path / "a.txt.gz", tmp_path / "out", threads=2) == Romanized(1, 0)
    assert (tmp_path / "out").read_text() == "mir\n"
    with pytest.raises(PolyvocabError, match="out: exists already"):
        romanize_file(tmp_path / "a.txt.gz", tmp_path / "out")
    (tmp_path / "bad").write_bytes("мир\n".encode() + b"\xff")
    with pytest.raises(CorpusError, match="bad: line 2"):
        romanize_file(tmp_path / "bad", tmp_path / "none", strict=True)
    with pytest.warns(UserWarning, match="bad: line 2: 1 bytes are no UTF-8"):
        romanize_file(tmp_path / "bad", tmp_path / "some")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt.gz", "bad", "out", "some"]
    (tmp_path / "cut.txt.gz").write_bytes(gzip.compress("мир\n".encode() * 1000)[:-9])
    with pytest.raises(CorpusError, match=r"cut.txt.gz: cannot be read beyond byte"):
        romanize_file(tmp_path / "cut.txt.gz", tmp_path / "none")


def test_an_unknown_format_is_refused():
    with pytest.raises(PolyvocabError, match="'json' is no format of romanization: use str, edges, alts, lattice"):
        LineRomanizer(format="json")


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command(tmp_path):
    (tmp_path / "a.txt").write_text("мир\n", "utf-8")
    done = run("-", tmp_path / "a.txt", "-i", tmp_path / "a.txt", "--lang", "ukr", data="г".encode() + b"\xff")
    assert done.returncode == 0 and done.stdout.decode() == "h\ufffd\nmyr\nmyr\n"
    assert done.stderr == b"polyvocab: standard input: line 1: 1 bytes are no UTF-8; each became U+FFFD\n"
    done = run("-o", tmp_path / "out", "-f", "edges", "--json", data="г".encode())
    assert done.stdout == b"" and json.loads((tmp_path / "out").read_text()) == [[0, 1, "g", "rom"]]


@pytest.mark.parametrize(
    ("arguments", "data", "message"),
    [
        (("/absent.txt",), b"", "error: /absent.txt: cannot be opened: No such file or directory"),
        (("-f", "xml"), b"", "error: 'xml' is no format of romanization"),
        (("--strict", "-o", "OUT"), b"a\n\xff\n", "error: standard input: line 2: invalid UTF-8 at byte 0"),
    ],
)
def test_errors_are_one_line_and_leave_nothing(tmp_path, arguments, data, message):
    arguments = [str(tmp_path / "out") if a == "OUT" else a for a in arguments]
    done = CliRunner().invoke(app, ["romanize", *arguments], input=data)
    assert done.exit_code == 1 and done.output.startswith(f"polyvocab: {message}")
    assert done.output.count("\n") == 1 and not list(tmp_path.iterdir())


def test_a_line_in_is_a_line_out_at_once_and_ctrl_c_ends_it(tmp_path):
    child = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for line, expected in (("мир\n", b"mir\n"), ("щ\n", b"shch\n")):
        child.stdin.write(line.encode())
        child.stdin.flush()
        assert child.stdout.readline() == expected  # while the input is still open
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 1 and errors.startswith(b"polyvocab: interrupted") and b"Traceback" not in errors


def test_a_reader_that_has_seen_enough_is_no_error():
    child = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdin.write(b"a\n")
    child.stdin.flush()
    assert child.stdout.readline() == b"a\n"
    child.stdout.close()
    try:
        child.stdin.write(b"b\n")
        child.stdin.close()
    except BrokenPipeError:
        pass
    errors = child.stderr.read()
    assert child.wait(timeout=60) == 128 + signal.SIGPIPE and errors == b""
    child.stderr.close()
