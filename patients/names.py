"""Names as they are written, and as they are looked for. Pure: no database, no clock.

The spelling typed is kept (hoà and hòa are both legal names); only the keys are folded.
Rules: docs/patients.md.
"""

from __future__ import annotations

import unicodedata

#: Look-alikes of Đ that old keyboards and other alphabets leave behind.
_LETTERS = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ"})
#: A full name up to here is said whole in English.
SHORT = 20
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])
#: Marks that make another letter (â, ă, ơ) stand before the tones in a composed letter.
_SHAPES = "\u0302\u0306\u031b"


def clean(text: str) -> str:
    """The text as it should be kept: composed (NFC), single spaces, nothing invisible.

    Marks typed in the wrong order (e + acute + circumflex) become the one letter they mean.
    """
    if text.isascii() and text.isprintable():
        return text if "  " not in text and text == text.strip() else " ".join(text.split())
    plain = text.translate(_INVISIBLE).translate(_LETTERS)
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", _shapes_first(unicodedata.normalize("NFD", plain)))
    return " ".join(plain.split())


def in_english(whole: str, given: str) -> str:
    """John Smith: the last word alone would be the family's; a long name by it all the same."""
    return whole if len(whole) <= SHORT else given


def _shapes_first(decomposed: str) -> str:
    out: list[str] = []
    marks: list[str] = []
    for char in decomposed:
        if unicodedata.combining(char):
            marks.append(char)
            continue
        out += sorted(marks, key=lambda mark: mark not in _SHAPES)
        marks = []
        out.append(char)
    return "".join(out + sorted(marks, key=lambda mark: mark not in _SHAPES))


def fold(text: str) -> str:
    """The key a name is looked for by: lower case, no accents, đ as d, words by one space.

    "Đặng Thị Hoà" and "dang thi hòa" fold alike. What is no letter or digit parts words.
    """
    plain = unicodedata.normalize("NFD", text.translate(_INVISIBLE).translate(_LETTERS).casefold())
    letters = (
        "d" if char == "đ" else char if char.isalnum() else " "
        for char in plain
        if not unicodedata.combining(char)
    )
    return " ".join("".join(letters).split())


def sort_key(full_name: str) -> str:
    """Vietnamese lists go by given name, then family, then middle names."""
    words = fold(full_name).split()
    return " ".join([*words[-1:], *words[:-1]])


def suffixes(full_name: str) -> list[str]:
    """Every word-start of the folded name: "nguyen van an", "van an", "an"."""
    words = fold(full_name).split()
    return list(dict.fromkeys(" ".join(words[start:]) for start in range(len(words))))


def initials(full_name: str) -> str:
    """Two letters for the round picture of a person: family and given name."""
    words = full_name.split()
    if not words:
        return ""
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
