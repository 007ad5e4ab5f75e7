"""LABEL=FILE on the command line."""

from __future__ import annotations

from ..errors import PolyvocabError


def labelled_files(pairs: list[str]) -> dict[str, list[str]]:
    """The files of each label."""
    named: dict[str, list[str]] = {}
    for pair in pairs:
        label, _, files = pair.partition("=")
        names = files.split(",")
        if not label or not all(names) or "/" in label:
            raise PolyvocabError(f"--corpus {pair}: write LABEL=FILE or LABEL=FILE,FILE")
        named.setdefault(label, []).extend(names)
    return named
