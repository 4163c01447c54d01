"""From a template and values to what the patient reads. Pure: no database, no clock.

Texts are Liquid with plain values, so a clinic's own words cannot reach into the program.
"""

from __future__ import annotations

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
_LETTERS = str.maketrans({"đ": "d", "Đ": "D", "“": '"', "”": '"', "’": "'", "–": "-", "…": "..."})


def compose(text: str) -> str:
    """One form for every letter (NFC), single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def without_accents(text: str) -> str:
    """As a phone network carries it at one letter a byte: "Chị Trang" is "Chi Trang"."""
    plain = unicodedata.normalize("NFD", text.translate(_LETTERS))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(letters.encode("ascii", "replace").decode().split())


def complete(values: Mapping[str, str]) -> dict[str, str]:
    """The values with something natural where one is missing, each composed and cut to length."""
    clean = {name: compose(value)[:VALUE_LENGTH] for name, value in values.items()}
    clinic = clean.get("clinic", "")
    otherwise = {
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
    return {**otherwise, **{name: value for name, value in clean.items() if value}}


def render(body: str, values: Mapping[str, str], *, sms: bool = False) -> str:
    """The finished text, with the link's placeholder left in. For SMS without accents."""
    if sms:
        values = {name: value[:SMS_VALUE_LENGTH] for name, value in values.items()}
    text = compose(_template(body).render(**{**values, "link": LINK}))
    return without_accents(text) if sms else text


def with_link(text: str, url: str) -> str:
    """The text with its address."""
    return text.replace(LINK, url)


@lru_cache(maxsize=256)
def _template(body: str) -> BoundTemplate:
    return _environment.from_string(body)
