"""What a transfer does to the length of romanized text."""

from __future__ import annotations

from collections.abc import Iterable

from ...formats.directory import TokenizerFiles
from ...romanize import Romanizer
from ...tokenizer import Tokenizer


def tokens_per_word(tokenizer: TokenizerFiles, romanizer: Romanizer, lines: Iterable[str], threads: int = 0) -> float:
    """Tokens of romanized lines per word, which is what stands between white space there. 0 where there is none."""
    romanized = romanizer.batch(lines, threads=threads)
    words = sum(len(line.split()) for line in romanized)
    return int(Tokenizer(tokenizer).count(romanized, threads=threads).sum()) / words if words else 0.0
