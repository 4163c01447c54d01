"""How many parts an SMS is, and what that costs. Pure: no database, no clock.

A part is what a network bills: 140 bytes on the air. Letters of its own small alphabet (GSM-7)
take seven bits, everything else (one "ạ" is enough) makes the whole text take sixteen. What the
networks count and where that comes from: docs/templates.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

#: The small alphabet: one unit each.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Its second page: two units each, and the two are never parted.
EXTENDED = frozenset("\f^{}\\[~]|€")


class Encoding(StrEnum):
    GSM7 = "gsm7"
    UCS2 = "ucs2"


#: Units in a text of one part, and in each part of a longer one.
ONE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
EACH = {Encoding.GSM7: 153, Encoding.UCS2: 67}
#: What the networks keep for themselves in an advertising text without accents: their label and
#: the way to refuse. So its steps are 122, 268 and 421.
ADS_RESERVE = 38
#: Parts a care text may have unless the account's own setting says otherwise.
CARE_PARTS = 2


@dataclass(frozen=True, slots=True)
class Count:
    """A text as it is billed. `left`: units that still fit into its last part."""

    encoding: Encoding
    units: int
    parts: int
    left: int


def encoding_of(text: str) -> Encoding:
    """The alphabet that a text needs."""
    return Encoding.GSM7 if GSM.issuperset(set(text) - EXTENDED) else Encoding.UCS2


def count(text: str, *, ads: bool = False) -> Count:
    """The parts of a text as it goes out, link included. An empty text has none."""
    encoding = encoding_of(text)
    sizes = _sizes(text, encoding)
    units = sum(sizes)
    reserve = ADS_RESERVE if ads and encoding == Encoding.GSM7 else 0
    one, each = ONE[encoding], EACH[encoding]
    if units <= one - reserve:
        return Count(encoding, units, 1 if units else 0, one - reserve - units)
    parts, filled = _packed(sizes, each, reserve)
    return Count(encoding, units, parts, each - filled)


def _sizes(text: str, encoding: Encoding) -> list[int]:
    if encoding == Encoding.GSM7:
        return [2 if char in EXTENDED else 1 for char in text]
    return [2 if ord(char) > 0xFFFF else 1 for char in text]


def _packed(sizes: Iterable[int], each: int, taken: int) -> tuple[int, int]:
    """How many parts, and how full the last one is; what takes two units is not cut in two."""
    parts, filled = 1, taken
    for size in sizes:
        if filled + size > each:
            parts, filled = parts + 1, 0
        filled += size
    return parts, filled


def price(parts: int, per_part: int | None) -> int | None:
    """What a message costs in VND; None while nobody has said what a part costs."""
    return None if per_part is None else parts * per_part
