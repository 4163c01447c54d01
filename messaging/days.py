"""How a day is said to patients in Vietnamese, whatever language the staff work in. Pure."""

from __future__ import annotations

import datetime as dt

_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def said(day: dt.date) -> str:
    """thứ Ba 17/11"""
    return f"{_WEEKDAYS[day.weekday()]} {day:%d/%m}"
