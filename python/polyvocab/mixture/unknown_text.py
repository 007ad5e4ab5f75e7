"""Categories whose characters the tokenizer does not know."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import PolyvocabError
from .finding import Finding


def unknown_text(names: Sequence[str], categories: int) -> list[Finding]:
    """What to say of those of the categories that are left out. Raises `PolyvocabError` where that is all of them."""
    if len(names) == categories:
        raise PolyvocabError("the tokenizer knows next to none of the characters of any category; give text of its languages")
    text = (
        "these texts are mostly of characters that are not in the alphabet of the tokenizer, or what is known is all in equal "
        "documents: its training text had none of it, or too little for its trainer to keep. These categories are left out"
    )
    return [Finding("unknown text", "warning", text, tuple(names))] if names else []
