"""The vocabulary by kind and by script."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..scripts import script_of, scripts_of, sizes
from .entries import Entries, Entry
from .kinds import KINDS, kind_of

_EXAMPLES = 5
_LONGEST = 60


def by_kind(entries: Entries, kinds: dict[int, str]) -> list[dict[str, Any]]:
    """Of each kind that there is: its tokens, their share of all tokens of text, and the first of them."""
    groups = _grouped(kinds)
    return [
        {
            "kind": kind,
            "tokens": len(groups[kind]),
            "share": len(groups[kind]) / len(kinds),
            "examples": [shown(i, entries.texts[i]) for i in groups[kind][:_EXAMPLES]],
        }
        for kind in KINDS
        if kind in groups
    ]


def by_script(entries: Entries) -> list[dict[str, Any]]:
    """Of each script, most tokens first: its tokens and their share of all tokens of text, how they are marked, how many of the
    script's characters stand in some token, the mean length, and the longest tokens. Tokens that are no whole characters are
    left out."""
    texts = {i: entry.text for i, entry in entries.texts.items() if entry.text is not None}
    characters = scripts_of(set().union(*texts.values()))
    groups = _grouped({i: script_of(text, characters) for i, text in texts.items()})
    covered = Counter(characters.values())
    rows = []
    for script, ids in sorted(groups.items(), key=lambda item: -len(item[1])):
        lengths = [len(texts[i]) for i in ids]
        longest = sorted(ids, key=lambda i: (-len(texts[i]), i))[:_EXAMPLES]
        known = sizes().get(script)
        rows.append(
            {
                "script": script,
                "tokens": len(ids),
                "share": len(ids) / len(entries.texts),
                "begin_words": sum(entries.texts[i].begins_word for i in ids),
                "end_words": sum(entries.texts[i].ends_word for i in ids),
                "mean_characters": sum(lengths) / len(ids),
                "characters": covered[script] if known else None,
                "coverage": covered[script] / known if known else None,
                "longest": [shown(i, entries.texts[i]) for i in longest],
            }
        )
    return rows


def kinds_of(entries: Entries) -> dict[int, str]:
    """The kind of each token of text, by id."""
    return {i: kind_of(entry, entries.marks) for i, entry in entries.texts.items()}


def longest_run(entries: Entries, kinds: dict[int, str], kind: str) -> int:
    """The characters of the longest token of a kind; 0 where there is none."""
    return max((len(entries.texts[i].text or "") for i, found in kinds.items() if found == kind), default=0)


def shown(i: int, entry: Entry) -> dict[str, Any]:
    """A token as people read it: ␣ is a space or the mark of a word's edge (none of a whole word), what cannot be printed is
    escaped, and what is long is cut off."""
    text = "".join(f"\\x{byte:02x}" for byte in entry.data) if entry.text is None else _printable(entry.text)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}... ({len(entry.text or entry.data):,} characters)"
    if entry.begins_word != entry.ends_word:
        text = f"␣{text}" if entry.begins_word else f"{text}␣"
    return {"id": i, "token": text}


def _printable(text: str) -> str:
    return "".join("␣" if c == " " else c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _grouped(values: dict[int, str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for i, value in values.items():
        groups.setdefault(value, []).append(i)
    return groups
