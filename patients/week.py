"""A branch's week, of one dentist or of all: what is booked when, what is closed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from clinics import clock
from clinics.public import Branch, Staff, places, rota, staff
from patients import appointments
from patients.board import LET_GO, Entry, entry_of, why_not_there
from patients.calendar import event, gaps

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """One day of the week by the hour; what was let go is not shown.

    `hours`: when one dentist is there, or any of them; none = all day. `why` not otherwise.
    """

    date: dt.date
    is_open: bool
    entries: list[Entry]
    hours: tuple[rota.Span, ...] | None = None
    why: str = "away"


@dataclass(frozen=True)
class Week:
    """Monday to Sunday. `dentist` None = everybody's."""

    branch: Branch
    dentist: Staff | None
    dentists: list[Staff]
    days: list[Day]
    outside: list[Entry]  # booked while their dentist is not there
    unplanned: bool  # the week of the one dentist is not planned, though others' are

    @property
    def monday(self) -> dt.date:
        return self.days[0].date

    @property
    def sunday(self) -> dt.date:
        return self.days[-1].date

    @property
    def booked(self) -> int:
        return sum(len(day.entries) for day in self.days)


def monday_of(date: dt.date) -> dt.date:
    """The first day of its week."""
    return date - dt.timedelta(days=date.weekday())


def read(branch: Branch, date: dt.date, dentist_uid: str = "") -> Week:
    """The week this day lies in; five statements however full it is."""
    now = clock.now()
    monday = monday_of(date)
    dentists = list(staff.dentists(branch))
    dentist = next((one for one in dentists if str(one.uid) == dentist_uid), None)
    closed = places.closed_days([branch.pk])[branch.pk]
    entries = [
        entry_of(line, now)
        for line in appointments.between(branch, monday, monday + 6 * DAY, dentist=dentist)
        if line.outcome not in LET_GO
    ]
    days = [monday + number * DAY for number in range(7)]
    there = rota.presence(branch, dentists, monday, monday)
    whose = [dentist] if dentist else dentists
    return Week(
        branch=branch,
        dentist=dentist,
        dentists=dentists,
        days=[
            Day(
                date=day,
                is_open=places.is_open(branch, day, closed),
                entries=[entry for entry in entries if entry.line.on_date == day],
                hours=_hours(there, whose, day),
                why=why_not_there(there, dentist, day) if dentist else "away",
            )
            for day in days
        ],
        outside=_outside(there, dentists, entries),
        unplanned=dentist is not None
        and not there.planned(dentist, monday)
        and any(there.planned(one, monday) for one in dentists),
    )


def _hours(there: rota.Presence, whose: list[Staff], day: dt.date) -> tuple[rota.Span, ...] | None:
    """When at least one of them is there; none = all day, or nobody works here."""
    found: list[rota.Span] = []
    for dentist in whose:
        hours = there.hours(dentist, day)
        if hours is None:
            return None
        found += hours
    return rota.joined(found) if whose else None


def _outside(there: rota.Presence, dentists: list[Staff], entries: list[Entry]) -> list[Entry]:
    """Who is expected while the dentist is not there, from now on."""
    known = {str(dentist.uid): dentist for dentist in dentists}
    return [
        entry
        for entry in entries
        if (line := entry.line).start
        and line.end
        and line.end > clock.now()
        and "move" in entry.next_steps
        and line.dentist_uid in known
        and not there.there(known[line.dentist_uid], line.start, line.end)
    ]


def calendar(week: Week, *, writes: bool) -> dict[str, Any]:
    """The week in the shape the calendar draws (config/assets/js/calendar.js)."""
    shown = [entry for day in week.days for entry in day.entries if entry.line.start]
    begin = min([week.branch.opens_at.hour, *(_hour(entry.line.start) for entry in shown)])
    last = max([week.branch.closes_at.hour, *(_hour(entry.line.end) for entry in shown)])
    return {
        "view": "timeGridWeek",
        "date": week.monday.isoformat(),
        "from": f"{begin:02d}:00",
        "to": f"{min(last + 1, 24):02d}:00",
        "now": "",
        "resources": [],
        "events": [event(entry, writes=writes) for entry in shown],
        "breaks": [
            gap
            for day in week.days
            for gap in (
                gaps(day.date, day.hours, (week.branch.opens_at, week.branch.closes_at), day.why)
                if day.is_open
                else [_closed(day, begin, last + 1)]
            )
        ],
        "newUrl": f"/appointments/new/?branch={week.branch.uid}" if writes else "",
        "dentist": str(week.dentist.uid) if week.dentist else "",
    }


def _hour(moment: dt.datetime | None) -> int:
    return clock.local(moment).hour if moment else 0


def _closed(day: Day, begin: int, end: int) -> dict[str, Any]:
    start = dt.datetime.combine(day.date, dt.time(begin))
    return {
        "start": start.isoformat(),
        "end": (start + dt.timedelta(hours=end - begin)).isoformat(),
        "title": _("Closed"),
    }
