"""The text of the trimming benchmark: 45 MB in many languages, one text a line, every line once.

The texts of ../shared/data, one file for each language, and Debian's `libreoffice-help-*` (MPL-2.0), each package unpacked, not
installed. The lines of all sources are mixed evenly, so that every part of the file is a fair sample of the whole.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from encode_texts import PACKAGES as ENGLISH
from encode_texts import package_text

PACKAGES = "libreoffice-help-"


def build(shared: Path, folder: Path, limit: int = 45_000_000) -> Path:
    """Write `mixture.txt` where it is missing, and return it. Packages that cannot be had are left out."""
    target = folder / "mixture.txt"
    if target.is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    sources = {path.name: path.read_text("utf-8") for path in sorted((shared / "text").glob("*.txt"))}
    for package in _packages():
        text = package_text(package, folder)
        if text is not None:
            sources[package] = text
    seen: set[str] = set()
    placed = []
    for name, text in sources.items():
        lines = []
        for line in text.split("\n"):
            line = line.strip()
            if line and line not in seen:
                seen.add(line)
                lines.append(line)
        placed += [((i + 0.5) / len(lines), name, line) for i, line in enumerate(lines)]
    placed.sort(key=lambda item: item[:2])
    kept, size = [], 0
    for _, _, line in placed:
        size += len(line.encode()) + 1
        if size > limit:
            break
        kept.append(line)
    target.write_text("\n".join(kept) + "\n", "utf-8")
    return target


def one_language(shared: Path, folder: Path) -> Path:
    """Write `english.txt`, all that there is in one language of those sources and of Debian's manuals, where it is missing."""
    target = folder / "english.txt"
    if not target.is_file():
        texts = [path.read_text("utf-8") for path in sorted((shared / "text").glob("eng_Latn.*.txt"))]
        texts += [text for package in ENGLISH if (text := package_text(package, folder)) is not None]
        lines = dict.fromkeys(line.strip() for text in texts for line in text.split("\n") if line.strip())
        target.write_text("\n".join(lines) + "\n", "utf-8")
    return target


def _packages() -> list[str]:
    try:
        found = subprocess.run(["apt-cache", "pkgnames", PACKAGES], capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        return []
    return sorted(name for name in found if name != f"{PACKAGES}common")
