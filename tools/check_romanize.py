"""Compare `polyvocab.romanize` with the package `uroman` on a generated suite and on texts.

    python tools/check_romanize.py                                   the whole suite
    python tools/check_romanize.py --kind random --from 0 --to 20    a part of it
    python tools/check_romanize.py TEXT...                           texts, line by line
    python tools/check_romanize.py --carry                           the package with itself, see below

Each case is a text, a language code and one of the four output formats (see `romanize_suite.py`). The package is slow (the
suite takes it half an hour on one core), so what it gave is kept under `--peer`, chunk by chunk, and read from there the next
time. Differences are made small (characters are taken away while there is one) and printed once each. Counted apart, each
with its smallest examples:

- where the package raises: compared is then its own source with the lines repaired that raise (`romanize_peer.py`)
- where the package itself gives something else when its sets of edges are read in another order: ours is to be the edge that
  was added first

`--carry` counts how often the package gives something else because of what it kept from the texts before.

Exits with 1 where something differs.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections import Counter
from functools import cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Annotated, NamedTuple

import typer
from polyvocab.romanize import Romanizer
from romanize_peer import FORMATS, Peer, Result, canonical
from romanize_suite import CHUNK, Case, Suite

_NOTHING_SHARED = get_context("spawn")
_LONG = 500  # characters of a text that is not made smaller


class Answer(NamedTuple):
    """What the package gave for a case."""

    result: Result | None  # None: it raised
    error: str = ""


class Finding(NamedTuple):
    sort: str  # _DIFFERENT, _ORDER, or what the package raised
    case: Case  # as small as it gets
    theirs: object
    ours: object


_DIFFERENT, _ORDER, _RAISED, _CARRIED = "different", "order of a set", "raised", "carried"


def main(
    texts: Annotated[list[Path] | None, typer.Argument(exists=True, dir_okay=False)] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only these kinds of the suite.")] = None,
    first: Annotated[int, typer.Option("--from", help="The first chunk of each kind or text.")] = 0,
    to: Annotated[int | None, typer.Option(help="The chunk of each kind or text to stop before.")] = None,
    seed: Annotated[int, typer.Option(help="Of the suite.")] = 0,
    processes: Annotated[int, typer.Option(help="How many processes work.")] = 2,
    peer: Annotated[Path | None, typer.Option(help="Where the results of the package are kept.")] = None,
    carry: Annotated[bool, typer.Option(help="Count what the package carries from text to text.")] = False,
    show: Annotated[
        int, typer.Option(help="How many differences are made small in each chunk, and of what else is found in all.")
    ] = 3,
) -> None:
    started = time.monotonic()
    counts = {path: _text_chunks(path) for path in texts} if texts else Suite(Peer().data, seed).chunks()
    if unknown := set(kind or ()) - set(counts):
        raise typer.BadParameter(f"there is no kind {', '.join(sorted(unknown))}; there are {', '.join(map(str, counts))}")
    chunks = [(name, n) for name in kind or counts for n in range(first, min(counts[name], to or counts[name]))]
    counted: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    shown: set[tuple[str, str]] = set()
    with _NOTHING_SHARED.Pool(processes, _start, (seed, peer, show, carry)) as pool:
        for number, (label, cases, sorts, small) in enumerate(pool.imap_unordered(_compare, chunks), 1):
            counted.update(cases)
            found.update({(label, sort): n for sort, n in sorts.items()})
            for finding in small:
                if (finding.sort, finding.case.text) not in shown:
                    shown.add((finding.sort, finding.case.text))
                    print(_told(finding), flush=True)
            if number % 20 == 0:
                print(f"  {number} of {len(chunks)} chunks, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    for what in ("kind", "format", "code"):
        print(f"cases by {what}: {', '.join(f'{value} {n}' for (name, value), n in sorted(counted.items()) if name == what)}")
    for (label, sort), n in sorted(found.items()):
        print(f"{sort}: {n} cases of {label}")
    different = sum(n for (_, sort), n in found.items() if sort == _DIFFERENT)
    cases = sum(n for (what, _), n in counted.items() if what == "kind")
    print(f"{cases} cases: {f'{different} differ' if different else 'none differs'}")
    sys.exit(different > 0)


def _text_chunks(path: Path) -> int:
    return -(-len(path.read_bytes().split(b"\n")) // CHUNK)


class _Worker:
    """What a process keeps from chunk to chunk."""

    peer: Peer
    suite: Suite
    directory: Path | None
    show: int
    carry: bool
    shown: Counter[str]


def _start(seed: int, directory: Path | None, show: int, carry: bool) -> None:
    _Worker.peer = Peer()
    _Worker.suite = Suite(_Worker.peer.data, seed)
    _Worker.directory, _Worker.show, _Worker.carry, _Worker.shown = directory, show, carry, Counter()


def _compare(chunk: tuple[str | Path, int]) -> tuple[str, Counter, Counter, list[Finding]]:
    """A chunk's kind, the cases in it by kind, format and code, the findings by their sort, and some of them made small."""
    name, number = chunk
    label, cases = ("texts", _lines(name, number)) if isinstance(name, Path) else (name, _Worker.suite.chunk(name, number))
    counted: Counter[tuple[str, str]] = Counter()
    found: Counter[str] = Counter()
    small = []
    for case, answer in zip(cases, _answers(name, number, cases), strict=True):
        counted.update((("kind", label), ("format", case.form), ("code", case.lang or "none")))
        sort = _sort_of(case, answer)
        if sort is not None:
            found[sort] += 1
            # Differences of every chunk, and of what is known a few of each process.
            shown = found if sort == _DIFFERENT else _Worker.shown
            _Worker.shown[sort] += 1
            if shown[sort] <= _Worker.show:
                small.append(_made_small(case, sort))
    return label, counted, found, small


def _lines(path: Path, number: int) -> list[Case]:
    """1000 lines of a file, each with a code and a format."""
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")[number * CHUNK : (number + 1) * CHUNK]
    rng, own = Random(f"{path.name} {number}"), path.name[:3]
    return [Case(line, rng.choice((None, own, rng.choice(_Worker.suite.langs))), rng.choice(FORMATS)) for line in lines]


def _answers(name: str, number: int, cases: list[Case]) -> list[Answer]:
    """What the package gives, from the file of the chunk where it is one of the same cases."""
    digest = sha256(repr([tuple(case) for case in cases]).encode("utf-8", "surrogatepass")).hexdigest()
    path = _Worker.directory and _Worker.directory / f"{Path(name).name}-{number:04d}.json.gz"
    if path and path.exists():
        kept = json.loads(gzip.decompress(path.read_bytes()))
        if kept["cases"] == digest:
            return [
                Answer(r if r is None or isinstance(r, str) else [tuple(e) for e in r], error) for r, error in kept["answers"]
            ]
    answers = [_answer(case) for case in cases]
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_bytes(gzip.compress(json.dumps({"cases": digest, "answers": answers}).encode(), mtime=0))
        beside.rename(path)
    return answers


def _answer(case: Case) -> Answer:
    try:
        return Answer(_Worker.peer(*case))
    except Exception as error:  # whatever the package raises is what it gives
        return Answer(None, f"{type(error).__name__}: {error}")


def _ours(case: Case) -> Result:
    romanizer = _romanizer(case.lang)
    if case.form == "str":
        return romanizer(case.text)
    edges = romanizer.lattice(case.text) if case.form == "lattice" else romanizer.edges(case.text, case.form == "alts")
    return canonical([tuple(edge) for edge in edges], case.form)


@cache
def _romanizer(lang: str | None) -> Romanizer:
    return Romanizer(lang)


def _sort_of(case: Case, answer: Answer) -> str | None:
    """The sort of finding that a case is, None where there is nothing to say."""
    if _Worker.carry:
        known = answer.result is None or _Worker.peer.carried(*case) == _Worker.peer.defined(*case)
        return None if known else _CARRIED
    try:
        ours = _ours(case)
    except Exception:  # ours has no reason to raise
        return _DIFFERENT
    if answer.result == ours:
        return None
    if _Worker.peer.defined(*case) != ours:
        return _DIFFERENT
    if answer.result is None:
        return f"{_RAISED} {answer.error}"
    return _ORDER if _Worker.peer.depends_on_order(*case, answer.result) else _DIFFERENT


def _made_small(case: Case, sort: str) -> Finding:
    """The same sort of finding with no code, a simpler format and fewer characters where that is possible."""

    def still(other: Case) -> bool:
        return _sort_of(other, _answer(other)) == sort

    for simpler in (case._replace(lang=None), *(case._replace(form=form) for form in FORMATS[: FORMATS.index(case.form)])):
        if still(simpler):
            case = simpler
            break
    length = len(case.text) if len(case.text) <= _LONG else 0  # the package takes a second for a long text
    while length:
        start = 0
        while start < len(case.text):
            shorter = case._replace(text=case.text[:start] + case.text[start + length :])
            if still(shorter):
                case = shorter
            else:
                start += length
        length //= 2
    answer = _answer(case)
    theirs = answer.result if answer.result is not None else f"{answer.error}; defined: {_Worker.peer.defined(*case)}"
    try:
        ours: object = _ours(case)
    except Exception as error:
        ours = f"{type(error).__name__}: {error}"
    return Finding(sort, case, theirs, ours)


def _told(finding: Finding) -> str:
    case = finding.case
    points = " ".join(f"U+{ord(c):04X}" for c in case.text)
    said = f"{finding.sort}: {case.form} of {case.text[:_LONG]!r} ({points[:_LONG]}), code {case.lang}\n"
    if isinstance(finding.theirs, str) or isinstance(finding.ours, str):
        return f"{said}  uroman    {str(finding.theirs)[:_LONG]}\n  polyvocab {str(finding.ours)[:_LONG]}"
    theirs, ours = (
        [e for e in one if e not in other] for one, other in ((finding.theirs, finding.ours), (finding.ours, finding.theirs))
    )
    return f"{said}  uroman alone    {theirs}\n  polyvocab alone {ours}"


if __name__ == "__main__":
    typer.run(main)
