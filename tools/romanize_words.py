"""Random words of scripts for which the romanizer has rules of their own."""

from __future__ import annotations

from random import Random


def tibetan(rng: Random) -> str:
    """A syllable: prefix, root, subjoined letters, vowel, suffixes; often a true one, often not."""
    letters, subjoined = _range(0x0F40, 0x0F6C), _range(0x0F90, 0x0FBC)
    frequent = "ཀཁགངཅཆཇཉཏཐདནཔཕབམཙཚཛཝཞཟའཡརལཤསཧཨ"
    text = rng.choice(("", "", rng.choice("གདབམའ"), rng.choice(frequent)))
    text += rng.choice(frequent if rng.random() < 0.8 else letters)
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        text += rng.choice("ྱྲླྭྐྒྔྟྡྣྤྦྨྩྫྷཱ\u0fb0" if rng.random() < 0.8 else subjoined)
    text += rng.choice(("", "", rng.choice("ིེོུ"), rng.choice(_range(0x0F71, 0x0F84))))
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        text += rng.choice("གངདནབམའརལས" if rng.random() < 0.8 else letters)
    return text + rng.choice(("་", "་", "་", "།", " ", "", "༌", "a", "༢", "ཿ", "ཾ", "ི"))


def thai(rng: Random) -> str:
    """Consonants with vowels before, above and behind, tone marks, cancelled letters, o ang."""
    consonants, text = _range(0x0E01, 0x0E2F), ""
    for _ in range(rng.randrange(1, 5)):
        text += rng.choice(("", "", rng.choice("เแโใไ")))
        text += rng.choice(consonants if rng.random() < 0.8 else "อ")
        text += rng.choice(("", "", rng.choice("รลวนอห")))
        text += rng.choice(("", rng.choice("ะัาำิีึืฺุู็ๅ")))
        text += rng.choice(("", "", rng.choice("่้๊๋")))
        text += rng.choice(("", rng.choice("อยวนมกดบงา"), "าะ", "ียะ", "ือ"))
        text += rng.choice(("", "", "", "์", "ิ์", "ๆ", "ฯ", "ํ"))
    return text + rng.choice(("", "", " ", "a", ".", "๓", "\u0e3a", "\u0e5b", "ກ"))


def braille(rng: Random) -> str:
    """Letters, signs for capitals and numbers, contractions, spaces."""
    cells, text = _range(0x2800, 0x28FF), ""
    for _ in range(rng.randrange(1, 10)):
        text += rng.choice(("", "", "", "⠠", "⠠⠠", "⠼", "⠼⠁", "⠲", "⠂", "⠄", "⠀", " "))
        text += rng.choice(cells[:64] if rng.random() < 0.8 else [*cells, *"ﬔﬀßŉǰΐﬗΌაĳǆὰᾳ"])
        text += rng.choice(("", "", "", "⠁⠃⠉", "⠚", "⠲⠑", "⠂⠁"))
    return text


def coptic(rng: Random) -> str:
    letters = [*_range(0x2C80, 0x2CF3), *_range(0x03E2, 0x03F0)]
    return "".join(
        rng.choice(letters) + rng.choice(("", "", "\u0300", "\u0305", "\u0300\u0300")) for _ in range(rng.randrange(1, 6))
    )


def japanese(rng: Random) -> str:
    """Kana with small letters, doubled consonants, long vowels, marks, iteration signs and kanji."""
    text = ""
    for _ in range(rng.randrange(1, 7)):
        kana = _range(0x3041, 0x3097) if rng.random() < 0.5 else _range(0x30A1, 0x30FB)
        text += rng.choice(("", "", "", "っ", "ッ", "ー"))
        text += rng.choice(kana if rng.random() < 0.6 else "きしちにひみりぎじぢびぴキシチニヒミリギジヂビピ")
        text += rng.choice(("", "", *"ゃゅょャュョー" + "んンァィゎっッ々ゝ日三\u3099"))
    return text


def capitals(rng: Random) -> str:
    """Capital letters that become several letters, before small ones, capital ones and others."""
    letters = "ЧШЩЮЯЖХЦчшщюяжхцЂЊЉЏЄЇЁΘΧΨΦΞθχψφξԱՇՉԹաշչթ\u10a0\u2d00"
    return "".join(rng.choice((*letters, "a", "B", "-", " ", "я", "Σ")) for _ in range(rng.randrange(1, 8)))


def _range(first: int, end: int) -> list[str]:
    return [chr(point) for point in range(first, end)]
