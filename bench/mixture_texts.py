"""Categories of text for experiments with mixtures: of each a part to train tokenizers on and a part to infer with.

    python bench/mixture_texts.py FOLDER [--shared ../shared/data]

Writes FOLDER/<group>/<category>/train.jsonl and sample.jsonl, a document a line ({"document": name, "text": text}), and
FOLDER/sizes.json. Whether a document goes to train or to sample is decided by its name alone, and translations of one document
have one name: no category's sample holds a translation of what another one trains on.

help    LibreOffice's help in English and 32 other languages (Debian's `libreoffice-help-*`): a paragraph is a document, its id
        the name. Paragraphs that a translation leaves in English, in whole or in part, and repeated ones, are left out:
        new pages are in English in many languages at once, and that would be counted as text of each.
pages   The same with pages for documents: what is in one page is alike, so the two parts of a category are less so.
text    the texts of the data folder by language: 20 lines of a source are a document (NTREX and the Bible are aligned by line).
code    program sources from Debian packages: a file is a document. Files that occur twice are taken once.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

from debian_packages import package_files

HELP = "libreoffice-help-"
ENGLISH = "en-us"
RUN = 24  # characters of the English paragraph, without spaces, that a translated one may not have in a row
LINES = 20  # of a document of the data folder
LARGEST_SOURCE = 100_000  # bytes; larger files are tables and generated code
TRANSLATIONS = ("/nls/", "/locale/", "/lang/")  # folders of messages in other languages
LIMIT = 8_000_000  # bytes of a category of code, both parts together

# A category of code: the package and the endings of its files.
CODE = {
    "c": ("glibc-source", (".c",)),
    "cmake": ("cmake-data", (".cmake",)),
    "cpp": ("libboost1.74-dev", (".hpp",)),
    "emacs-lisp": ("emacs-el", (".el",)),
    "erlang": ("erlang-src", (".erl", ".hrl")),
    "go": ("golang-1.19-src", (".go",)),
    "java": ("openjdk-17-source", (".java",)),
    "javascript": ("libjs-dojo-dojox", (".js",)),
    "latex": ("texlive-latex-extra", (".sty", ".cls", ".tex")),
    "lisp": ("sbcl-source", (".lisp",)),
    "pascal": ("fpc-source-3.2.2", (".pp", ".pas", ".inc")),
    "perl": ("perl-modules-5.36", (".pm", ".pl", ".t")),
    "php": ("phpmyadmin", (".php",)),
    "python": ("libpython3.11-stdlib", (".py",)),
    "ruby": ("libruby3.1", (".rb",)),
    "rust": ("rust-src", (".rs",)),
    "tcl": ("tcllib", (".tcl",)),
    "vim": ("vim-runtime", (".vim",)),
}

Documents = dict[str, str]  # text by name


class _Paragraphs(HTMLParser):
    """The paragraphs and headings of a help page by their ids, which are the same in all languages."""

    BLOCKS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6"))
    BROKEN = "D'oh! You found a bug"  # what the makers of the pages put for a missing text

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._id: str | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.BLOCKS:
            self._id, self._text = dict(attrs).get("id"), []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.BLOCKS and self._id:
            paragraph = " ".join("".join(self._text).split())
            if paragraph and not paragraph.startswith(self.BROKEN):
                self.found.append((self._id, paragraph))
            self._id = None


def help_pages(language: str, packages: Path) -> dict[str, list[tuple[str, str]]]:
    """The paragraphs of each page with their ids, by its path without the language."""
    pages = {}
    for path, data in package_files(HELP + language, packages, (".html",)):
        if (start := path.find("/text/")) >= 0:
            parser = _Paragraphs()
            parser.feed(data.decode())
            pages[path[start + 1 :]] = parser.found
    return dict(sorted(pages.items()))


def help_languages(packages: Path, *, by_page: bool) -> Iterator[tuple[str, Documents]]:
    """Each language's documents, English first: paragraphs, or whole pages. Two are one if they differ in spaces alone."""
    names = subprocess.run(["apt-cache", "pkgnames", HELP], capture_output=True, text=True, check=True).stdout.split()
    languages = sorted({name.removeprefix(HELP) for name in names} - {"common", ENGLISH})
    english: dict[str, list[tuple[str, str]]] = {}
    for language in (ENGLISH, *languages):
        pages, lines = help_pages(language, packages), defaultdict(list)
        seen = {_without_spaces(paragraph) for page in english.values() for _, paragraph in page}
        for page, paragraphs in pages.items():
            originals = defaultdict(list)
            if not language.startswith("en"):
                for paragraph_id, paragraph in english[page]:
                    originals[paragraph_id].append(_without_spaces(paragraph))
            for paragraph_id, paragraph in paragraphs:
                text = _without_spaces(paragraph)
                if text not in seen and not any(_has_a_part_of(text, original) for original in originals[paragraph_id]):
                    seen.add(text)
                    lines[page if by_page else paragraph_id].append(paragraph)
        if language == ENGLISH:
            english = pages
        if lines:  # a language may be but a link to another one
            yield language, {name: "\n".join(kept) for name, kept in lines.items()}


def _without_spaces(paragraph: str) -> str:
    return "".join(paragraph.split())


def _has_a_part_of(text: str, original: str) -> bool:
    """Whether it has one of the runs that the original is cut into; one of twice the length is always found."""
    return any(original[i : i + RUN] in text for i in range(0, len(original) - RUN + 1, RUN))


def data_folder(shared: Path) -> Iterator[tuple[str, Documents]]:
    """Each language's documents: so many lines of a source, aligned ones alike in all languages."""
    found: dict[str, Documents] = defaultdict(dict)
    for language, source, path in sources_of_languages(shared):
        found[language] |= {f"{source}:{number}": text for number, text in documents_of_lines(path, LINES)}
    yield from found.items()


def sources_of_languages(shared: Path) -> Iterator[tuple[str, str, Path]]:
    """(language, source, file) of the texts of the data folder."""
    paths = sorted((shared / "text").glob("*_*.*.txt"))
    if not paths:
        raise FileNotFoundError(f"{shared}: no text/<language>.<source>.txt; say with --shared where the data folder is")
    for path in paths:
        language, source, _ = path.name.split(".")
        if re.fullmatch(r"[a-z]{3}_[A-Z][a-z]{3}", language):
            yield language, source, path


def documents_of_lines(path: Path, count: int) -> Iterator[tuple[int, str]]:
    """(number, text) of each so many lines of a file; blank lines are left out."""
    lines = path.read_text("utf-8").splitlines()
    for start in range(0, len(lines), count):
        if text := "\n".join(line for line in lines[start : start + count] if line.strip()):
            yield start // count, text


def sources(packages: Path) -> Iterator[tuple[str, Documents]]:
    """Each programming language's files, in an order that does not depend on their folders."""
    for category, (package, suffixes) in CODE.items():
        files: dict[bytes, tuple[str, str]] = {}
        for path, data in package_files(package, packages, suffixes):
            text = data.decode("utf-8", "replace").replace("\r\n", "\n")
            is_source = 0 < len(data) <= LARGEST_SOURCE and not any(part in path for part in TRANSLATIONS)
            if is_source and "\N{REPLACEMENT CHARACTER}" not in text and "\0" not in text:
                files.setdefault(hashlib.sha256(data).digest(), (path, text))
        documents, size = {}, 0
        for path, text in sorted(files.values(), key=lambda file: _hash(file[0])):
            size += len(text.encode())
            if size > LIMIT:
                break
            documents[f"{category}:{path}"] = text
        yield category, documents


GROUPS: dict[str, Callable[[Path, Path], Iterator[tuple[str, Documents]]]] = {
    "help": lambda shared, packages: help_languages(packages, by_page=False),
    "pages": lambda shared, packages: help_languages(packages, by_page=True),
    "text": lambda shared, packages: data_folder(shared),
    "code": lambda shared, packages: sources(packages),
}


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def is_sample(document: str) -> bool:
    """Half of the names."""
    return _hash(document)[-1] % 2 == 0


def write(folder: Path, documents: Documents) -> dict[str, int]:
    """The two files of a category; their sizes in bytes of text and documents."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for part, is_part in (("train", False), ("sample", True)):
        kept = {name: text for name, text in documents.items() if is_sample(name) == is_part}
        lines = (json.dumps({"document": name, "text": text}, ensure_ascii=False) for name, text in kept.items())
        (folder / f"{part}.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
        sizes |= {f"{part}_bytes": sum(len(text.encode()) for text in kept.values()), f"{part}_documents": len(kept)}
    return sizes


def build(folder: Path, shared: Path, groups: list[str]) -> None:
    """Write what of the groups is missing and report all sizes."""
    record = folder / "sizes.json"
    sizes = json.loads(record.read_text()) if record.is_file() else {}
    for group in groups:
        if group not in sizes:
            categories = GROUPS[group](shared, folder / "packages")
            sizes[group] = {category: write(folder / group / category, documents) for category, documents in categories}
            record.write_text(json.dumps(sizes, indent=1))
        for category, size in sizes[group].items():
            train, sample = size["train_bytes"] / 1e6, size["sample_bytes"] / 1e6
            documents = f"{size['train_documents']:6} {size['sample_documents']:6} documents"
            print(f"{group}/{category:12} train {train:6.2f} MB  sample {sample:6.2f} MB  {documents}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--groups", nargs="+", choices=list(GROUPS), default=list(GROUPS))
    args = parser.parse_args()
    build(args.folder, args.shared, args.groups)


if __name__ == "__main__":
    main()
