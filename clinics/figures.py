"""How numbers and money are written: with points in Vietnamese, with commas in English."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language


def vietnamese() -> bool:
    """Whether who reads it reads Vietnamese."""
    return (get_language() or "vi").startswith("vi")


def grouped(value: float | Decimal | None) -> str:
    """1.204."""
    if value is None or value == "":
        return ""
    text = f"{int(value):,}"
    return text.replace(",", ".") if vietnamese() else text


def decimal(value: float | Decimal | None, places: int = 1) -> str:
    """57,3: rounded half up, as people round."""
    if value is None or value == "":
        return ""
    step = Decimal(1).scaleb(-int(places))
    text = f"{Decimal(str(value)).quantize(step, ROUND_HALF_UP):,}"
    return text.translate(str.maketrans(",.", ".,")) if vietnamese() else text


def per_100(value: float | None) -> str:
    """58 from a share of 0.5763: so many people in a hundred."""
    return decimal(Decimal(str(value)) * 100, 0) if value is not None else ""


def money(value: int | None) -> str:
    """24.500.000 ₫, of whole VND."""
    return f"{grouped(value)}\u00a0₫" if value is not None else ""
