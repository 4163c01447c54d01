"""A branch's week, by days or by dentists: what is booked when, who is there, what is closed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics import clock
from clinics.public import Branch, Staff, places, rota, staff
from patients import appointments
from patients.board import LET_GO, Entry, entry_of, why_not_there
from patients.calendar import NOBODY, event, gaps

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
class Column:
    """A dentist in the week by dentists; without a uid it holds what nobody was named for.

    `hours` and `why` by day, as `Day` has them. `unplanned`: her week is not planned, others' are.
    """

    uid: str
    name: str
    hours: Sequence[tuple[rota.Span, ...] | None] = (None,) * 7
    why: Sequence[str] = ("away",) * 7
    unplanned: bool = False


@dataclass(frozen=True)
class Week:
    """Monday to Sunday. `dentist` None = everybody's; `columns` when it is shown by dentists."""

    branch: Branch
    dentist: Staff | None
    dentists: list[Staff]
    days: list[Day]
    columns: list[Column]
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


def read(branch: Branch, date: dt.date, dentist_uid: str = "", *, by_dentist: bool = False) -> Week:
    """The week this day lies in; five statements however full it is.

    `by_dentist`: with a column for each dentist, where the week is not one dentist's.
    """
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
        columns=_columns(there, dentists, days, entries) if by_dentist and not dentist else [],
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


def _columns(
    there: rota.Presence, dentists: list[Staff], days: list[dt.date], entries: list[Entry]
) -> list[Column]:
    """Who is there on some day of the week or has somebody in it, guests, then "nobody named"."""
    seen = {entry.line.dentist_uid: entry.line.dentist for entry in entries if entry.line.start}
    hours = {one: [there.hours(one, day) for day in days] for one in dentists}
    here = [one for one in dentists if str(one.uid) in seen or any(h != () for h in hours[one])]
    here = here or dentists  # all are away: hatched columns say so
    planned = any(there.planned(one, days[0]) for one in dentists)
    short = Counter(one.short_name for one in here)
    columns = [
        Column(
            str(one.uid),
            one.short_name if short[one.short_name] == 1 else str(one),
            hours[one],
            [why_not_there(there, one, day) for day in days],
            unplanned=planned and not there.planned(one, days[0]),
        )
        for one in here
    ]
    known = {"", *(str(one.uid) for one in dentists)}
    columns += [Column(uid, name) for uid, name in seen.items() if uid not in known]
    return [*columns, Column("", "")] if "" in seen or not columns else columns


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
    end = min(last + 1, 24)
    return {
        "view": "resourceTimeGridWeek" if week.columns else "timeGridWeek",
        "date": week.monday.isoformat(),
        "today": clock.today().isoformat(),
        "from": f"{begin:02d}:00",
        "to": f"{end:02d}:00",
        "now": "",
        "resources": [_resource(week, column) for column in week.columns],
        "hiddenDays": _left_out(week),
        "events": [event(entry, writes=writes) for entry in shown],
        "breaks": _by_columns(week, begin, end) if week.columns else _by_days(week, begin, end),
        "newUrl": f"/appointments/new/?branch={week.branch.uid}" if writes else "",
        "dentist": str(week.dentist.uid) if week.dentist else "",
    }


def _resource(week: Week, column: Column) -> dict[str, Any]:
    """A dentist, with how many she has on each day."""
    seen = Counter(
        entry.line.on_date
        for day in week.days
        for entry in day.entries
        if entry.line.start and entry.line.dentist_uid == column.uid
    )
    return {
        "id": column.uid or NOBODY,
        "title": column.name or _("No dentist named"),
        "extendedProps": {
            "note": _("no shifts planned this week") if column.unplanned else "",
            "notes": {
                day.isoformat(): ngettext("%(n)s patient", "%(n)s patients", n) % {"n": n}
                for day, n in seen.items()
            },
        },
    }


def _left_out(week: Week) -> list[int]:
    """By dentists a day is wide: closed days with nobody booked are left out (0 = Sunday)."""
    if not week.columns or not any(day.is_open or day.entries for day in week.days):
        return []
    return [day.date.isoweekday() % 7 for day in week.days if not day.is_open and not day.entries]


def _by_days(week: Week, begin: int, end: int) -> list[dict[str, Any]]:
    """What is hatched: when nobody is there, and closed days."""
    opening = (week.branch.opens_at, week.branch.closes_at)
    return [
        gap
        for day in week.days
        for gap in (
            gaps(day.date, day.hours, opening, day.why)
            if day.is_open
            else [_closed(day, begin, end)]
        )
    ]


def _by_columns(week: Week, begin: int, end: int) -> list[dict[str, Any]]:
    """The same for each dentist."""
    opening = (week.branch.opens_at, week.branch.closes_at)
    return [
        {"resourceIds": [column.uid or NOBODY], **gap}
        for number, day in enumerate(week.days)
        for column in week.columns
        for gap in (
            gaps(day.date, column.hours[number], opening, column.why[number])
            if day.is_open
            else [_closed(day, begin, end)]
        )
    ]


def _hour(moment: dt.datetime | None) -> int:
    return clock.local(moment).hour if moment else 0


def _closed(day: Day, begin: int, end: int) -> dict[str, Any]:
    start = dt.datetime.combine(day.date, dt.time(begin))
    return {
        "start": start.isoformat(),
        "end": (start + dt.timedelta(hours=end - begin)).isoformat(),
        "title": _("Closed"),
    }
