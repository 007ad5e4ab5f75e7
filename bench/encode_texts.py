"""The three texts of the tokenizer benchmarks: `english`, `multilingual` and `code`, built once from what the machine has.

No text is repeated to reach a size, because a repetition turns the first pass over a text into a second one: where there is
less, the text is shorter, and its size and its share of distinct words are printed. The sources of a text are interleaved
evenly, so that every prefix is a fair sample of the whole. Lines that spell a special token are left out: libraries differ in
what they do with those, and that is not what is measured.

`short` documents are about 1 kB, `long` ones about 1 MB, both cut at line ends; the long ones are the short ones joined.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

SIZES = {"english": 20_000_000, "multilingual": 20_000_000, "code": 10_000_000}
DOCUMENTS = {"short": 1_000, "long": 1_000_000}
SEPARATOR = "\0"  # between the documents of a file; in none of them

# Debian packages with English text, unpacked and not installed: help pages, and manuals in reStructuredText.
PACKAGES = ("libreoffice-help-en-us", "python3.11-doc", "linux-doc-6.1")

SPECIAL = re.compile(r"<\|[\w-]+\|>|</?s>|<(?:unk|pad|mask|cls|sep|extra_id_\d+)>|\[(?:CLS|SEP|UNK|PAD|MASK)\]|\0")
SAMPLE = Path(__file__).parents[1] / "tests" / "data" / "sample" / "text"


def build_texts(names: Iterable[str], shared: Path, folder: Path, packages: bool = True) -> dict[str, dict]:
    """Write `<name>.<documents>.txt` where missing; per name the paths, the bytes and the share of distinct words."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for name in names:
        facts = folder / f"{name}.json"
        if not facts.is_file():
            short = _interleaved(_SOURCES[name](shared, folder, packages), SIZES[name])
            if not short:
                raise SystemExit(f"no source for the text {name!r} on this machine")
            long = list(_cut(short, DOCUMENTS["long"]))
            for kind, documents in (("short", short), ("long", long)):
                (folder / f"{name}.{kind}.txt").write_text(SEPARATOR.join(documents), encoding="utf-8", newline="")
            facts.write_text(json.dumps(_facts(short)))
        paths = {kind: str(folder / f"{name}.{kind}.txt") for kind in DOCUMENTS}
        found[name] = {**json.loads(facts.read_text()), "paths": paths}
    return found


def _facts(documents: list[str]) -> dict:
    words = [word for document in documents for word in document.split()]
    return {"bytes": sum(map(_size, documents)), "words": len(words), "distinct": len(set(words)) / len(words)}


def _size(text: str) -> int:
    return len(text.encode())


def _cut(lines: Iterable[str], size: int) -> Iterator[str]:
    """Join consecutive lines until `size` bytes are reached. A line is never cut."""
    kept, total = [], 0
    for line in lines:
        kept.append(line)
        total += _size(line)
        if total >= size:
            yield "".join(kept)
            kept, total = [], 0
    if kept:
        yield "".join(kept)


def _interleaved(sources: dict[str, str], limit: int) -> list[str]:
    """Short documents of all sources, mixed evenly. Each source gives all it has, up to one share common to all of them that
    fills the limit."""
    documents = {}
    for name, text in sources.items():
        lines = [line for line in text.splitlines(keepends=True) if not SPECIAL.search(line)]
        documents[name] = list(_cut(lines, DOCUMENTS["short"]))
    sizes = {name: sum(map(_size, kept)) for name, kept in documents.items()}
    share, left, waiting = 0.0, limit, len(sizes)
    for size in sorted(sizes.values()):
        share = left / waiting
        if size > share:
            break
        left, waiting = left - size, waiting - 1
    else:
        share = max(sizes.values(), default=0)
    placed = []
    for name, kept in sorted(documents.items()):
        kept = kept[: int(len(kept) * min(1.0, share / sizes[name]))] if sizes[name] else []
        placed += [((i + 0.5) / len(kept), name, document) for i, document in enumerate(kept)]
    return [document for _, _, document in sorted(placed, key=lambda item: item[:2])]


# -- sources -----------------------------------------------------------------------------------------------------------


def _languages(shared: Path) -> dict[str, list[Path]]:
    """Text files per language: those of the data folder, or the sample embedded in the tests."""
    folder = shared / "text" if (shared / "text").is_dir() else SAMPLE
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*_*.*.txt")):
        language = path.name.split(".")[0]
        if re.fullmatch(r"[a-z]{3}_[A-Z][a-z]{3}", language):
            found.setdefault(language, []).append(path)
    return found


def _english(shared: Path, folder: Path, packages: bool) -> dict[str, str]:
    sources = {"data folder": "".join(path.read_text("utf-8") for path in _languages(shared).get("eng_Latn", []))}
    for package in PACKAGES if packages else ():
        text = package_text(package, folder)
        if text is None:
            print(f"english: {package} is not to be had here; the text is shorter", file=sys.stderr)
        else:
            sources[package] = text
    return sources


def _multilingual(shared: Path, folder: Path, packages: bool) -> dict[str, str]:
    languages = {name: paths for name, paths in _languages(shared).items() if name != "eng_Latn"}
    return {name: "".join(path.read_text("utf-8") for path in paths) for name, paths in languages.items()}


def _code(shared: Path, folder: Path, packages: bool) -> dict[str, str]:
    library = Path(sysconfig.get_path("stdlib"))
    python = [path for path in library.rglob("*.py") if "site-packages" not in path.parts and "test" not in path.parts]
    headers = [path for pattern in ("*.h", "*.hpp") for path in Path("/usr/include").rglob(pattern)]
    return {"python": _files(python, SIZES["code"]), "headers": _files(headers, SIZES["code"])}


_SOURCES = {"english": _english, "multilingual": _multilingual, "code": _code}


def _files(paths: list[Path], limit: int) -> str:
    """Different files in an order that does not depend on their folders, as far as the limit goes."""
    kept, seen, total = [], set(), 0
    for path in sorted(paths, key=lambda p: hashlib.sha256(p.name.encode()).digest()):
        data = path.read_bytes()
        digest = hashlib.sha256(data).digest()
        if digest in seen:
            continue
        seen.add(digest)
        try:
            kept.append(data.decode())
        except UnicodeDecodeError:
            continue
        total += len(data)
        if total > limit:
            break
    return "\n".join(kept)


def package_text(package: str, folder: Path) -> str | None:
    """The prose of a Debian package, every line once; None where the package cannot be had."""
    cached = folder / f"{package}.txt"
    if not cached.is_file():
        with tempfile.TemporaryDirectory() as scratch:
            try:
                subprocess.run(["apt-get", "download", package], cwd=scratch, check=True, capture_output=True)
                archive = next(Path(scratch).glob("*.deb"))
                subprocess.run(["dpkg-deb", "-x", archive, "unpacked"], cwd=scratch, check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError, StopIteration):
                return None
            lines: dict[str, None] = {}
            for path in sorted((Path(scratch) / "unpacked").rglob("*")):
                if path.is_file() and not path.is_symlink():
                    lines.update(dict.fromkeys(_prose(path)))
        cached.write_text("\n".join(lines), encoding="utf-8")
    return cached.read_text("utf-8")


def _prose(path: Path) -> list[str]:
    """The lines of a page that hold more than a word: sources of manuals as they are, HTML without its markup."""
    name = path.name.removesuffix(".gz")
    manual = name.endswith((".rst", ".rst.txt"))
    if not manual and not (name.endswith(".html") and "help" in path.parts):
        return []
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.name.endswith(".gz") else data).decode(errors="ignore")
    if not manual:
        text = re.sub(r"(?s)<(script|style|head)\b.*?</\1>|<!--.*?-->", "", text)
        text = re.sub(r"</?(?:p|div|h\d|li|tr|td|table|br|ul|ol|section|header|details|summary)\b[^>]*>", "\n", text)
        text = html.unescape(re.sub(r"<[^>]*>", "", text))
    return [line.rstrip() for line in text.split("\n") if " " in line.strip()]
