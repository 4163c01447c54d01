"""From a template and values to what the patient reads. Pure: no database, no clock.

Texts are Liquid with plain values, so a clinic's own words cannot reach into the program.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from liquid import BoundTemplate, Environment

#: The placeholder that stays in a stored text: the address is put in when it is sent.
LINK = "{{ link }}"
#: Longest value a template takes, in letters; in an SMS all of them share two parts.
VALUE_LENGTH = 100
SMS_VALUE_LENGTH = 40
#: Two parts of an SMS, link included.
SMS_LENGTH = 306

_environment = Environment()
_LETTERS = str.maketrans({"đ": "d", "Đ": "D"})
#: What Word, Zalo and phones put in place of what was typed, and what was meant.
_MEANT = str.maketrans(
    dict.fromkeys("“”„‟«»″＂", '"')
    | dict.fromkeys("‘’‚‛′´`＇", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("•●▪◦■□▶►·\uf0b7\uf0a7", "-")
    | {"…": "...", "₫": "đ", "\u2028": "\n", "\u2029": "\n"}
    | dict.fromkeys("ÐƉ", "Đ")  # letters of Iceland and Africa that look like ours
    | dict.fromkeys("ðɖ", "đ")
)
#: A tone typed before the hat of its letter: "e´^" where every font and search wants "e^´".
_TONE_FIRST = re.compile("([\u0300\u0301\u0303\u0309])([\u0302\u0306])")

_BLANK = re.compile(r"{{\s*\w+\s*}}")
_BRACES = re.compile(r"{{|}}|{%|%}")


def clean(text: str) -> str:
    """What was typed or pasted, as it was meant: lines stay, everything else is tidied.

    Curly quotes, long dashes and ellipses become plain, spaces that do not break become spaces,
    what has no width, emoji and pictures go, letters have one form (NFC) with their marks in
    the usual order, and look-alikes of Đ are Đ.
    """
    marks = unicodedata.normalize("NFD", text.translate(_MEANT))
    composed = unicodedata.normalize("NFC", _TONE_FIRST.sub(r"\2\1", marks)).translate(_MEANT)
    kept = "".join(_spoken(char) for char in composed.replace("\r\n", "\n").replace("\r", "\n"))
    lines = (" ".join(line.split()) for line in kept.split("\n"))
    return "\n".join(lines).strip()


def _spoken(char: str) -> str:
    """The character, a space for a space of any width, nothing for what is not read."""
    if char == "\n":
        return char
    kind = unicodedata.category(char)
    if kind in ("Zs", "Zl", "Zp") or char == "\t":
        return " "
    # Cf: no width; So: pictures; Cs, Co, Cn: no letters; FE0F and keycaps belong to emoji.
    unread = kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Me") or "\ufe00" <= char <= "\ufe0f"
    picture = kind == "So" and char not in "°©®№"
    return "" if unread or picture or "\U0001f3fb" <= char <= "\U0001f3ff" else char


def compose(text: str) -> str:
    """As `clean`, in one line with single spaces."""
    return " ".join(clean(text).split())


def without_accents(text: str) -> str:
    """As a phone network carries it at one letter a byte: "Chị Trang" is "Chi Trang"."""
    plain = unicodedata.normalize("NFD", clean(text).translate(_LETTERS))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(letters.encode("ascii", "replace").decode().split())


def complete(values: Mapping[str, str], language: str = "vi") -> dict[str, str]:
    """The values with something natural where one is missing, each composed and cut to length."""
    clean = {name: compose(value)[:VALUE_LENGTH] for name, value in values.items()}
    clinic = clean.get("clinic", "")
    otherwise = _in_english(clinic) if language == "en" else _in_vietnamese(clinic)
    return {**otherwise, **{name: value for name, value in clean.items() if value}}


def _in_vietnamese(clinic: str) -> dict[str, str]:
    return {
        "salutation": "anh/chị",
        "full_call": "anh/chị",
        "name": "anh/chị",
        "branch": clinic,
        "dentist": f"bác sĩ của {clinic}",
        "time": "trong ngày",
        "treated_on": "vừa rồi",
        "slot_1": "giờ sớm nhất",
        "slot_2": "một giờ khác",
    }


def _in_english(clinic: str) -> dict[str, str]:
    return {
        "salutation": "you",
        "full_call": "dear patient",
        "name": "dear patient",
        "branch": clinic,
        "dentist": f"the dentist of {clinic}",
        "time": "during the day",
        "treated_on": "some time ago",
        "slot_1": "the earliest time",
        "slot_2": "another time",
    }


def in_languages(values: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The same values in several languages, as one message holds them: which of them is said is
    known when the text is chosen, and again when a fallback has it in another language."""
    return {
        f"{language}.{name}": value
        for language, said in values.items()
        for name, value in said.items()
    }


def in_language(values: Mapping[str, str], language: str) -> dict[str, str]:
    """The values as one language says them, the others kept beside; what is said in one only, as
    it is."""
    start = f"{language}."
    said = {name.removeprefix(start): v for name, v in values.items() if name.startswith(start)}
    return said | {name: v for name, v in values.items() if "." in name or not said}


def is_wanted_in(values: Mapping[str, str], language: str) -> bool:
    """Whether who reads it was to read this language, if there had been such a text."""
    return any(name.startswith(f"{language}.") for name in values)


def render(
    body: str, values: Mapping[str, str], *, sms: bool = False, accents: bool = False
) -> str:
    """The finished text, with the link's placeholder left in.

    For SMS without accents, unless the text was registered with them (`accents`).
    """
    if sms:
        values = {name: value[:SMS_VALUE_LENGTH] for name, value in values.items()}
    text = compose(_template(body).render(**{**values, "link": LINK}))
    return without_accents(text) if sms and not accents else text


def is_whole(body: str) -> bool:
    """Whether it has nothing but plain blanks: no brace too many, no loop, no filter."""
    return not _BRACES.search(_BLANK.sub("", body))


def with_link(text: str, url: str) -> str:
    """The text with its address."""
    return text.replace(LINK, url)


@lru_cache(maxsize=256)
def _template(body: str) -> BoundTemplate:
    return _environment.from_string(body)
