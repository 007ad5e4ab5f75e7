"""Texts that are hard on a tokenizer: every kind of space, mark, script, emoji and case, mixed."""

from __future__ import annotations

import random

# What splits, joins, changes under normalization, or is met at the edges of tables.
_PARTS = (
    *"aAbBzZ019_-.,!?'\"()/\\<>[]@#",
    *(" ", "  ", "\t", "\n", "\r\n", "\n\n  ", "\x0b", "\x85", "\xa0", "\u2028", "\u3000", "\u200b", "\ufeff", "\x00", "\x7f"),
    *("'s", "'S", "'ll", "'Re", "’s", "don't", "I'M", "ſ", "K", "ß", "ﬀ", "ŉ"),
    *("é", "e\u0301", "\u0301", "Å", "Å", "ñ", "İ", "ı", "Σ", "ς", "ǅ", "ª", "²", "½", "Ⅷ", "①"),
    *(
        "中文",
        "日本語",
        "カタカナ",
        "ｶﾞ",
        "한국어",
        "각",
        "ไทย",
        "हिन्दी",
        "क्ष",
        "தமிழ்",
        "العربية",
        "عَرَبِي",
        "עִברִית",
        "ქართული",
        "አማርኛ",
    ),
    *(
        "🙂",
        "👩\u200d💻",
        "🇩🇪",
        "👍🏽",
        "\U0001f468\u200d\U0001f469",
        "\ufe0f",
        "\u200d",
        "𝔘",
        "𐍈",
        "\U000e0001",
        "\uffff",
        "\ufffd",
    ),
    *("▁", "▁▁", "Ġ", "##", "</w>", "<unk>", "<s>", "</s>", "[MASK]", "<|endoftext|>", "word", "Word", "WORD", "the", " the"),
    *(
        "٣٤",
        "१२",
        "12345",
        "3.14",
        "http://x.y/z?q=1",
        "x_y",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
)


def hard_texts(count: int, seed: int | str, parts: int = 24) -> list[str]:
    """`count` random texts, the same ones for a seed."""
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        chosen = rng.choices(_PARTS, k=rng.randint(0, parts))
        if rng.random() < 0.3:
            chosen += [chr(_code(rng)) for _ in range(rng.randint(1, 8))]
            rng.shuffle(chosen)
        texts.append("".join(chosen))
    return texts


def _code(rng: random.Random) -> int:
    code = rng.choice((rng.randrange(0x300), rng.randrange(0x3100), rng.randrange(0x10000), rng.randrange(0x110000)))
    return 0x41 if 0xD800 <= code < 0xE000 else code
