"""Write the reduced suite of `tests/data/romanize/` from the package `uroman`; the same bytes each time.

    python tools/make_romanize_vectors.py tests/data/romanize

Of the generated suite (`romanize_suite.py`) each case is kept that shows something new of the package: a line of its algorithm
reached from another line, a rule with a condition, a script, a kind of edge in a format, a language code in a format. Cases
drawn at random fill up. What no case reached is printed: lines of the algorithm, by function.

- `vectors.jsonl.gz`: [text, code, format, expected] a line. Expected is what `Peer.defined` gives.
- `points.json`: a digest of the results of each 512 code points, alone and in one of the other contexts of `POINT_WAYS`.
- `multi-script.txt`, `multi-script.uroman-ref.txt`, `LICENSE.txt`: the package's own reference and its licence.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from types import CodeType, FrameType

import typer
import uroman
from romanize_peer import FORMATS, VARIANT, Peer, Result
from romanize_suite import POINT_WAYS, Case, Suite

_POOL = {"scripts": 8, "numbers": 6, "random": 8, "keys": 9, "points": 9}  # so many chunks are looked at
_AT_RANDOM, _SHORT = 300, 40  # cases of each kind beside those that were chosen, and the characters that they may have
_POINTS, _BLOCK = 0x32400, 512  # past the last ideograph that has a rule
_ALGORITHM = ("Lattice.", "NumEdge.", "Edge.__init__", "Uroman.romanize_string", "Uroman.unicode_hangul", "Uroman.char_is")


def main(directory: Path) -> None:
    peer = Peer()
    suite = Suite(peer.data, seed=1)
    trace = _Trace(Path(uroman.uroman.__file__))
    seen: set[object] = set()
    chosen: dict[Case, Result] = {}
    for case in _pool(peer, suite):
        with trace:
            expected = peer.defined(*case)
        shown = trace.arcs | _features(peer, case)
        if not shown <= seen:
            seen |= shown
            chosen[case] = expected
    print(f"{len(chosen)} cases show something new")
    for kind, count in suite.chunks().items():
        short = [case for case in suite.chunk(kind, count - 1) if len(case.text) <= _SHORT]
        chosen.update((case, peer.defined(*case)) for case in short[:_AT_RANDOM])
    directory.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps([*case, expected], ensure_ascii=False) for case, expected in chosen.items()]
    packed = gzip.compress("\n".join(sorted(lines)).encode(), mtime=0)
    (directory / "vectors.jsonl.gz").write_bytes(packed)
    digests = {way: list(_digests(peer, way)) for way in POINT_WAYS}
    points = json.dumps({"block": _BLOCK, "digests": digests}, ensure_ascii=False, indent=0)
    (directory / "points.json").write_text(points + "\n", encoding="utf-8")
    _copy_reference(directory)
    print(f"{len(chosen)} cases, {len(packed)} bytes")
    for name, numbers in trace.never_reached():
        print(f"never reached in {name}: {numbers}")


def _pool(peer: Peer, suite: Suite) -> list[Case]:
    """Short cases of all kinds, the shortest first; of the keys those with special rules."""
    cases = []
    for kind, chunks in _POOL.items():
        count = suite.chunks()[kind]
        for number in range(0, count, max(1, count // chunks)):
            cases += [case for case in suite.chunk(kind, number) if len(case.text) <= _SHORT]
    for number in range(suite.chunks()["keys"]):
        cases += [case for case in suite.chunk("keys", number) if any(_is_special(peer, part) for part in _parts(case.text))]
    return sorted(cases, key=lambda case: len(case.text))


def _parts(text: str) -> Iterator[str]:
    return (text[i:j] for i in range(len(text)) for j in range(i + 1, min(i + 7, len(text) + 1)))


def _features(peer: Peer, case: Case) -> set[object]:
    """What a case shows beside the lines that it reaches."""
    shown: set[object] = {("code", case.lang, case.form)}
    shown.update(("script", peer.data.chr_script_name(c)) for c in case.text)
    for start, end, text, kind in peer.defined(case.text, case.lang, "lattice"):
        shown.add(("edge", kind.partition(" c:")[0], case.form))
        if _is_special(peer, case.text[start:end]):
            shown.add(("rule", case.text[start:end], text))
    return shown


def _is_special(peer: Peer, key: str) -> bool:
    """Whether there is more to a key than one character with one rule."""
    rules = peer.data.rom_rules.get(key) or ()
    return len(rules) > 1 or any(len(key) > 1 or rule["n-restr"] or rule["t-alts"] for rule in rules)


def _digests(peer: Peer, way: str) -> Iterator[str]:
    """Of each block of code points: a digest of the results. Formats take turns, and so do all ways but the first."""
    number = POINT_WAYS.index(way)
    for first in range(0, _POINTS, _BLOCK):
        results = []
        for point in range(first, first + _BLOCK):
            if not 0xD800 <= point < 0xE000 and number in (0, point % (len(POINT_WAYS) - 1) + 1):
                text = way.format(c=chr(point), b="a", a="a")
                results.append(peer.defined(text, None, FORMATS[point // 4 % len(FORMATS)]))
        yield sha256(json.dumps(results).encode()).hexdigest()[:8]


class _Trace:
    """The steps from line to line of the package's algorithm, with sets that have an order: `arcs` in the last block,
    `never_reached` in all blocks."""

    def __init__(self, source: Path) -> None:
        self.arcs: set[tuple[str, int, int]] = set()
        self._reached: set[int] = set()
        self._codes = [code for code in _codes(compile(source.read_text("utf-8"), "uroman", "exec")) if _is_algorithm(code)]

    def __enter__(self) -> None:
        self.arcs = set()
        sys.settrace(self._enter)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        self._reached.update(line for _, _, line in self.arcs)

    def _enter(self, frame: FrameType, event: str, _: object):
        code, last = frame.f_code, 0
        if code.co_filename != VARIANT or not _is_algorithm(code):
            return None

        def step(frame: FrameType, event: str, _: object):
            nonlocal last
            if event == "line":
                self.arcs.add((code.co_qualname, last, frame.f_lineno))
                last = frame.f_lineno
            return step

        return step

    def never_reached(self) -> Iterator[tuple[str, list[int]]]:
        for code in self._codes:
            lines = {line for _, _, line in code.co_lines() if line and line > code.co_firstlineno}
            if missing := sorted(lines - self._reached):
                yield code.co_qualname, missing


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _is_algorithm(code: CodeType) -> bool:
    return code.co_qualname.startswith(_ALGORITHM) and "__str__" not in code.co_qualname


def _copy_reference(directory: Path) -> None:
    data = Path(uroman.__file__).parent / "mini-test"
    for name in ("multi-script.txt", "multi-script.uroman-ref.txt"):
        shutil.copyfile(data / name, directory / name)
    licence = next(path for path in distribution("uroman").files or () if path.name == "LICENSE.txt")
    shutil.copyfile(licence.locate(), directory / "LICENSE.txt")


if __name__ == "__main__":
    typer.run(main)
