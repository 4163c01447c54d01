"""How the product writes numbers, days, phones and names (docs/design-system.md).

Days and hours are the clinic's clock; a moment may be given as a row holds it (UTC).
"""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.template import Context
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext_lazy

from clinics import clock, dialling, figures

register = template.Library()

#: Joins what may not be torn at the end of a line ("55–60").
_JOIN = "\u2060"
_THEMES = ("trau", "trau-dem")


def _day(value: dt.date | dt.datetime) -> dt.date:
    return clock.local(value).date() if isinstance(value, dt.datetime) else value


# --- phones ---------------------------------------------------------------------------------


@register.filter
def phone(value: object) -> str:
    """0903 418 276 from +84903418276 (4-3-3), a landline as 028 7300 6868; "" for none."""
    return dialling.national(str(value), "\u00a0") if value else ""


@register.filter
def phone_masked(value: object) -> str:
    """0903 ••• 276: enough to recognise, not enough to call."""
    return dialling.masked(str(value), "\u00a0") if value else ""


@register.filter
def tel(value: object) -> str:
    """What a tel: link holds, as it is dialled in Vietnam."""
    return dialling.dialled(str(value)) if value else ""


# --- days and hours -------------------------------------------------------------------------


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """17/11/2026."""
    return _day(value).strftime("%d/%m/%Y") if value else ""


@register.filter
def short_day(value: dt.date | dt.datetime | None) -> str:
    """17/11, for rows of a list."""
    return _day(value).strftime("%d/%m") if value else ""


@register.filter
def hour(value: dt.datetime | dt.time | None) -> str:
    """15:30, 24 hours, on the clinic's clock."""
    if value is None or value == "":
        return ""
    return (clock.local(value) if isinstance(value, dt.datetime) else value).strftime("%H:%M")


@register.filter
def weekday(value: dt.date | dt.datetime | None) -> str:
    """Thứ Tư."""
    if not value:
        return ""
    names = [
        gettext("Monday"), gettext("Tuesday"), gettext("Wednesday"), gettext("Thursday"),
        gettext("Friday"), gettext("Saturday"), gettext("Sunday"),
    ]  # fmt: skip
    return names[_day(value).weekday()]


@register.filter
def full_day(value: dt.date | dt.datetime | None) -> str:
    """Thứ Tư 18/11, with the year when it is not this one."""
    if not value:
        return ""
    date = _day(value)
    shown = short_day(date) if date.year == clock.today().year else day(date)
    return f"{weekday(date)} {shown}"


@register.filter
def near(value: dt.date | dt.datetime | None) -> str:
    """Hôm nay, Ngày mai, Hôm qua; else Thứ Tư 18/11."""
    if not value:
        return ""
    date = _day(value)
    away = (date - clock.today()).days
    words = {0: gettext("Today"), 1: gettext("Tomorrow"), -1: gettext("Yesterday")}
    return words.get(away) or full_day(date)


@register.filter
def moment(value: dt.datetime | None) -> str:
    """15:30 hôm nay; 15:30 thứ Tư 18/11; 15:30 today; 15:30 Wednesday 18/11."""
    if not value:
        return ""
    words = near(value)
    close = abs((_day(value) - clock.today()).days) <= 1
    if close or figures.vietnamese():  # the English days are names
        words = words[:1].lower() + words[1:]
    return f"{hour(value)} {words}"


@register.filter
def brief(value: dt.datetime | None) -> str:
    """15:30 for today, Hôm qua, 17/11: the time of a row in a list that is read from the top."""
    if not value:
        return ""
    away = (clock.today() - _day(value)).days
    if away == 0:
        return hour(value)
    return gettext("Yesterday") if away == 1 else short_day(value)


# --- numbers --------------------------------------------------------------------------------


grouped = register.filter(figures.grouped)
decimal = register.filter(figures.decimal)
per_100 = register.filter(figures.per_100)
money = register.filter(figures.money)


@register.filter
def to(low: object, high: object) -> str:
    """55–60, never torn at the end of a line."""
    return f"{low}{_JOIN}–{_JOIN}{high}"


# --- people ---------------------------------------------------------------------------------


@register.filter
def initials(name: str | None) -> str:
    """QH for Hồ Quang Hiếu: the last two words, because the given name is last."""
    words = [word for word in (name or "").split() if word[0].isalpha()]
    return "".join(word[0].upper() for word in words[-2:])


@register.filter
def tone(name: str | None) -> int:
    """1-5, always the same for the same name: the tint behind her initials."""
    return zlib.crc32(unicodedata.normalize("NFC", name or "").encode()) % 5 + 1


@register.filter
def given(name: str | None) -> str:
    """Hiếu for Hồ Quang Hiếu."""
    return (name or "").rsplit(" ", 1)[-1]


def _folded(text: str) -> str:
    """Lower case without accents, one character for one, so places in the text stay the same."""

    def fold(letter: str) -> str:
        base = unicodedata.normalize("NFD", letter.lower())[:1]
        return "d" if base == "đ" else base or letter

    return "".join(fold(letter) for letter in text)


@register.filter
def hit(name: str, query: str) -> SafeString:
    """The name with the part that was looked for marked; accents are not needed."""
    name = unicodedata.normalize("NFC", str(name))
    wanted = _folded(unicodedata.normalize("NFC", str(query or "")).strip())
    at = _folded(name).find(wanted) if wanted else -1
    if at < 0:
        return conditional_escape(name)
    end = at + len(wanted)
    return format_html("{}<mark>{}</mark>{}", name[:at], name[at:end], name[end:])


# --- pictures and themes --------------------------------------------------------------------


@lru_cache(maxsize=1)
def _read_icons(path: Path, changed: int) -> Mapping[str, str]:
    found: dict[str, str] = json.loads(path.read_text())
    return found


def _icons() -> Mapping[str, str]:
    """What the build drew, by name; read again when it was built again."""
    path = Path(settings.BASE_DIR) / "config" / "static_build" / "icons.json"
    try:
        return _read_icons(path, path.stat().st_mtime_ns)
    except FileNotFoundError:  # not built yet: pages stay readable without pictures
        return {}


@register.simple_tag
def icon(name: str, size: int = 18, label: str = "") -> SafeString:
    """{% icon "phone" 16 %}: drawn in place. With a label it speaks, else it is silent."""
    inside = mark_safe(_icons().get(name, ""))  # noqa: S308 - drawn by our own build
    spoken = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    return format_html(
        '<svg class="icon icon-{}" viewBox="0 0 24 24" {}>{}</svg>', size, spoken, inside
    )


@register.simple_tag
def calendar_icons() -> SafeString:
    """What calendar.js draws into an appointment, by its state: <script id="calendar-icons">."""
    inside = {name: _icons().get(found[0], "") for name, found in STATES.items()}
    text = json.dumps(inside).replace("<", "\\u003c")
    return mark_safe(f'<script id="calendar-icons" type="application/json">{text}</script>')  # noqa: S308


@register.simple_tag(takes_context=True)
def theme_attr(context: Context) -> SafeString:
    """data-theme of <html> as the person chose it; nothing = as the machine."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return format_html(' data-theme="{}"', chosen) if chosen in _THEMES else SafeString("")


@register.simple_tag(takes_context=True)
def theme_is(context: Context, name: str) -> str:
    """ "true" when the person chose this theme ("" = as the machine), for aria-pressed."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    chosen = chosen if chosen in _THEMES else ""
    return "true" if chosen == name else "false"


#: Every state a chip can show: icon, tone, word. One table for chips, lists and calendar.
STATES: Mapping[str, tuple[str, str, Promise | str]] = {
    "good": ("circle-check", "good", pgettext_lazy("state", "Good")),
    "look": ("triangle-alert", "look", pgettext_lazy("state", "Needs a look")),
    "alarm": ("octagon-alert", "alarm", pgettext_lazy("state", "Alarm")),
    "unsure": ("circle-dashed", "dashed", pgettext_lazy("state", "Not sure yet")),
    "unsent": ("circle-minus", "line", pgettext_lazy("state", "Not sent")),
    "held": ("pause", "look", pgettext_lazy("state", "On hold")),
    "few": ("circle-question-mark", "line", pgettext_lazy("state", "Few patients")),
    "immature": ("hourglass", "line", pgettext_lazy("state", "Too early")),
    "trusted": ("shield-check", "line", pgettext_lazy("state", "Trustworthy")),
    "booked": ("circle-dashed", "dashed", pgettext_lazy("state", "Not confirmed")),
    "confirmed": ("check-check", "good", pgettext_lazy("state", "Confirmed")),
    "checked_in": ("clock", "look", pgettext_lazy("state", "Waiting")),
    "waiting": ("clock", "look", pgettext_lazy("state", "Waiting")),
    "in_chair": ("armchair", "good", pgettext_lazy("state", "In chair")),
    "done": ("check", "line", pgettext_lazy("state", "Done")),
    "on_time": ("check", "line", pgettext_lazy("state", "Came on time")),
    "late": ("clock", "line", pgettext_lazy("state", "Came late")),
    "late_cancel": ("circle-x", "look", pgettext_lazy("state", "Cancelled late")),
    "clinic_cancelled": ("circle-x", "line", pgettext_lazy("state", "Cancelled by us")),
    "moved": ("calendar-clock", "line", pgettext_lazy("state", "Moved")),
    "late_move": ("calendar-clock", "look", pgettext_lazy("state", "Moved late")),
    "unresolved": ("circle-question-mark", "look", pgettext_lazy("state", "Came or not?")),
    "no_show": ("user-x", "bad", pgettext_lazy("state", "Did not come")),
    "cancelled": ("circle-x", "line", pgettext_lazy("state", "Cancelled")),
    "merged": ("git-merge", "line", pgettext_lazy("state", "Merged")),
    "sent": ("check", "good", pgettext_lazy("state", "Sent")),
    "failed": ("circle-x", "bad", pgettext_lazy("state", "Not delivered")),
    "clock": ("timer", "look", ""),
    "danger": ("timer", "alarm", ""),
    "zalo": ("message-circle", "wait", "Zalo"),
    "sms": ("smartphone", "wait", "SMS"),
}


@register.simple_tag
def state(name: str) -> dict[str, str]:
    """{% state "waiting" as s %} → s.icon, s.tone, s.word; an unknown name is a plain line chip."""
    found = STATES.get(name, ("", "line", ""))
    return {"icon": found[0], "tone": found[1], "word": str(found[2])}
