"""LABEL=FILE and LABEL=NUMBER on the command line."""

from __future__ import annotations

from ..errors import PolyvocabError


def labelled_files(pairs: list[str], option: str = "--corpus") -> dict[str, list[str]]:
    """The files of each label."""
    named: dict[str, list[str]] = {}
    for pair in pairs:
        label, _, files = pair.partition("=")
        names = files.split(",")
        if not label or not all(names) or "/" in label:
            raise PolyvocabError(f"{option} {pair}: write LABEL=FILE or LABEL=FILE,FILE")
        named.setdefault(label, []).extend(names)
    return named


def labelled_numbers(pairs: list[str]) -> dict[str, float]:
    """The number of each label."""
    named = {}
    for pair in pairs:
        label, _, number = pair.partition("=")
        try:
            named[label] = float(number)
        except ValueError as error:
            raise PolyvocabError(f"--weight {pair}: write LABEL=NUMBER") from error
    return named
