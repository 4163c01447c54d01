"""How a phone number is written and dialled in Vietnam. Pure; what is kept is E.164."""

from __future__ import annotations

#: Numbers of switchboards have no leading zero: 1900 1234, 1800 599920.
_SERVICE = ("1800", "1900")
_CITIES = ("024", "028")


def dialled(e164: str) -> str:
    """The digits as they are dialled: 0903418276, 19001234; a number abroad as it is kept."""
    number = "".join(e164.split())
    if not number.startswith("+84"):
        return number
    within = number[3:]
    return within if within.startswith(_SERVICE) else f"0{within}"


def national(e164: str, gap: str = " ") -> str:
    """As people read it: 0903 418 276, 028 7300 6868, 0251 382 2288, 1900 1234; abroad as it is
    kept."""
    return gap.join(_parts(dialled(e164)))


def masked(e164: str, gap: str = " ") -> str:
    """0903 ••• 276: enough to recognise it, not enough to call it; "" for none."""
    number = dialled(e164)
    return f"{number[:4]}{gap}•••{gap}{number[-3:]}" if number else ""


def _parts(number: str) -> list[str]:
    if not number.isdigit():
        return [number]
    if number.startswith(_SERVICE):
        return [number[:4], number[4:]]
    if len(number) == 11 and number.startswith(_CITIES):
        return [number[:3], number[3:7], number[7:]]
    if len(number) in (10, 11):
        return [number[:4], number[4:7], number[7:]]
    return [number]
