"""Why a verb did not do what was asked. The message is shown as it is."""

from __future__ import annotations

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinics import clock


class NotPossible(Exception):
    """The record does not allow it (any more). Nothing was changed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Clash(NotPossible):
    """The slot cannot be had; `free` are the nearest other times.

    `why`: "taken" (somebody else has this dentist or chair then), "away" (the dentist has no shift
    then) or "off" (she does not work on that day).
    """

    def __init__(
        self, *, who: str, start: dt.datetime, free: list[dt.datetime], why: str = "taken"
    ) -> None:
        self.who = who
        self.start = start
        self.free = free
        self.why = why
        reasons = {
            "taken": _("%(who)s has a patient at %(time)s."),
            "away": _("%(who)s has no shift here at %(time)s on %(day)s."),
            "off": _("%(who)s is off on %(day)s."),
        }
        day = f"{clock.day_of(start):%d/%m}"
        taken = reasons[why] % {"who": who, "time": _hour(start), "day": day}
        nearest = ", ".join(say_time(moment) for moment in free)
        rest = (
            _("Nearest free: %(times)s.") % {"times": nearest}
            if free
            else _("Nothing else is free in the next days.")
        )
        super().__init__(f"{taken} {rest}")


def say_time(moment: dt.datetime) -> str:
    """A near time as the desk says it: "16:30 today", "09:00 tomorrow", "09:00 Wed 18/11"."""
    day = clock.day_of(moment)
    ahead = (day - clock.today()).days
    if ahead == 0:
        return _("%(time)s today") % {"time": _hour(moment)}
    if ahead == 1:
        return _("%(time)s tomorrow") % {"time": _hour(moment)}
    return f"{_hour(moment)} {date_format(day, 'l').lower()} {day:%d/%m}"


def _hour(moment: dt.datetime) -> str:
    return f"{clock.local(moment):%H:%M}"
