"""The shapes that are counted out before they are drawn: the ruler of a hundred, teeth, piles."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils.translation import gettext

register = template.Library()


def _people(share: float | str | None) -> int:
    """A share (0-1) as people in a hundred, half up."""
    if share is None or share == "":
        return 0
    hundred = Decimal(str(share)) * 100
    return min(100, max(0, int(hundred.quantize(Decimal(1), ROUND_HALF_UP))))


@register.simple_tag
def ruler(
    value: float | str, low: float | str | None = None, high: float | str | None = None
) -> list[list[list[str]]]:
    """Two rows of fifty in tens: "yes" up to the low end, "maybe" over the range, then "no"."""
    least = _people(value if low is None or low == "" else low)
    most = _people(value if high is None or high == "" else high)
    ticks = ["yes" if n < least else "maybe" if n < most else "no" for n in range(100)]
    tens = [ticks[n : n + 10] for n in range(0, 100, 10)]
    return [tens[:5], tens[5:]]


@register.simple_tag
def tens(value: float) -> list[int]:
    """Ten boxes of ten people: how full each is, in percent."""
    people = _people(value)
    return [min(100, max(0, (people - start) * 10)) for start in range(0, 100, 10)]


@register.simple_tag
def people_dots(counted: int, total: int) -> list[bool]:
    """One dot per person, the counted ones first."""
    return [n < int(counted) for n in range(int(total))]


@register.filter
def people(share: float | None) -> int:
    """58 from 0.5763."""
    return _people(share)


_CROWNS = {
    "molar": (
        "M4 42C3 36 8 34 17 34S31 36 30 42C32 50 30 58 25 58 22 58"
        " 20 56 17 56S12 58 9 58C4 58 2 50 4 42Z"
    ),
    "premolar": (
        "M8 42C8 36 12 34 17 34S26 36 26 42C28 50 26 58 21 57.5 19"
        " 56.5 15 56.5 13 57.5 8 58 6 50 8 42Z"
    ),
    "canine": ("M9 42C9 36 12 34 17 34S25 36 25 42C26.5 49 22 54.5 17 60 12 54.5 7.5 49 9 42Z"),
    "incisor": (
        "M10.5 40C11 35.5 13 34 17 34S23 35.5 23.5 40C24.5 47 25.5"
        " 53 25 57 22 58.8 12 58.8 9 57 8.5 53 9.5 47 10.5 40Z"
    ),
}
_ROOTS = {
    "molar": ("M6 37C5 26 7 10 10 4 13 10 14.5 20 17 26 19.5 20 21 10 24 4 27 10 29 26 28 37"),
    "premolar": "M10 36C10 24 13 10 17 4 21 10 24 24 24 36",
    "canine": "M11 36C11 22 14 8 17 1 20 8 23 22 23 36",
    "incisor": "M11.5 36C12 24 14 12 17 5 20 12 22 24 22.5 36",
}
_CANALS = {
    "molar": "M10 12C10 22 11 30 13 38M24 12C24 22 23 30 21 38",
    "premolar": "M17 12V40", "canine": "M17 10V40", "incisor": "M17 12V40",
}  # fmt: skip


def _kind(fdi: int) -> str:
    place = fdi % 10
    return {1: "incisor", 2: "incisor", 3: "canine", 4: "premolar", 5: "premolar"}.get(
        place, "molar"
    )


def _words(state: str) -> str:
    known = {
        "implant": gettext("implant"), "crown": gettext("crown"), "filling": gettext("filling"),
        "canal": gettext("root canal"), "lost": gettext("lost"),
    }  # fmt: skip
    return ", ".join(known.get(part, part) for part in state.split())


def _tooth(fdi: int, states: Mapping[object, str]) -> dict[str, object]:
    kind = _kind(fdi)
    state = states.get(fdi) or states.get(str(fdi)) or ""
    return {
        "fdi": fdi,
        "side": "right" if fdi // 10 in (1, 4) else "left",
        "state": state,
        "words": _words(state) or gettext("nothing noted"),
        "crown": _CROWNS[kind],
        "root": _ROOTS[kind],
        "canal": _CANALS[kind],
    }


@register.simple_tag
def arch(which: str, states: Mapping[object, str] | None = None) -> list[dict[str, object]]:
    """The 16 teeth of an arch from the patient's right to her left.

    {% arch "upper" states as teeth %}: `states` maps an FDI number to "implant", "crown",
    "filling", "canal", "lost" or several of them.
    """
    right, left = (1, 2) if which == "upper" else (4, 3)
    numbers = [right * 10 + n for n in range(8, 0, -1)] + [left * 10 + n for n in range(1, 9)]
    return [_tooth(fdi, states or {}) for fdi in numbers]
