"""The Unicode script of tokens."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np

from ._core import unicode

COMMON = "no script"  # digits, punctuation, white space, emoji
SEVERAL = "several scripts"
_NEUTRAL = frozenset(["Common", "Inherited", "Unknown"])
# Writing systems of several scripts, as Unicode Technical Standard 39 has them.
_TOGETHER = {
    "Japanese, mixed": frozenset(["Han", "Hiragana", "Katakana"]),
    "Korean, mixed": frozenset(["Han", "Hangul"]),
    "Han with Bopomofo": frozenset(["Han", "Bopomofo"]),
}
_LISTED = """
Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi
Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform
Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Garay
Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Gurung_Khema Han Hangul Hanifi_Rohingya Hanunoo Hatran
Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi
Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian
Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui
Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa
Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian
Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician
Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo
Sundanese Sunuwar Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai
Tibetan Tifinagh Tirhuta Todhri Toto Tulu_Tigalari Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square
"""
_NAMES = _LISTED.split()


@cache
def _runs() -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """(first code points, last ones, their scripts), rising."""
    rows = [(first, last, name) for name in _NAMES for first, last in unicode.property(name).tolist()]
    rows.sort()
    return np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), tuple(r[2] for r in rows)


@cache
def sizes() -> dict[str, int]:
    """How many characters Unicode has in each script."""
    return {name: int((np.diff(unicode.property(name).astype(np.int64), axis=1) + 1).sum()) for name in _NAMES}


def scripts_of(characters: Iterable[str]) -> dict[str, str]:
    """The script of each character, under Unicode's name; "Unknown" for those that Unicode has not assigned."""
    characters = list(characters)
    first, last, names = _runs()
    codes = np.array([ord(c) for c in characters], np.int64)
    at = np.searchsorted(first, codes, "right") - 1
    inside = (at >= 0) & (codes <= last[at])
    return {c: names[i] if known else "Unknown" for c, i, known in zip(characters, at.tolist(), inside.tolist(), strict=True)}


def script_of(text: str, known: dict[str, str]) -> str:
    """The script of a text by those of its characters; what all scripts share does not count. Several scripts that are written
    together are one writing system."""
    found = {known[c] for c in text} - _NEUTRAL
    if not found:
        return COMMON
    if len(found) == 1:
        return found.pop()
    return next((name for name, members in _TOGETHER.items() if found <= members), SEVERAL)
