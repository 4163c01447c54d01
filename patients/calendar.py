"""A day of a branch in the shape the calendar draws (config/assets/js/calendar.js). Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from clinics import clock
from clinics.public import rota
from patients.board import LET_GO, Board, Column, Entry
from patients.labels import state_word

_HOUR = dt.timedelta(hours=1)
#: Why a stretch is hatched.
WHY = {
    "off": pgettext_lazy("calendar", "Off"),
    "elsewhere": pgettext_lazy("calendar", "In another branch"),
    "away": pgettext_lazy("calendar", "No shift"),
}
#: Without a dentist the column has no uid; a click in it names nobody.
NOBODY = "nobody"


def day(board: Board, *, writes: bool) -> dict[str, Any]:
    """Columns, events and the hours shown. Hours are the clinic's, without an offset."""
    shown = [
        entry for entry in board.entries if entry.line.start and entry.line.outcome not in LET_GO
    ]
    begin, end = _hours(board, shown)
    return {
        "version": board.version,
        "date": board.date.isoformat(),
        "from": f"{begin:02d}:00",
        "to": f"{end:02d}:00",
        "now": _plain(board.read_at) if board.is_today else "",
        "resources": [_column(column) for column in board.columns],
        "events": [event(entry, writes=writes) for entry in shown],
        "breaks": _breaks(board) if board.is_open else _closed(board, begin, end),
        "newUrl": "/appointments/new/" if writes else "",
    }


def _hours(board: Board, shown: list[Entry]) -> tuple[int, int]:
    """Whole hours that hold the opening hours and everything that is booked."""
    starts = [clock.local(entry.line.start).hour for entry in shown if entry.line.start]
    ends = [
        24
        if ends_at.date() > board.date
        else (ends_at + _HOUR - dt.timedelta(seconds=1)).hour or 24
        for entry in shown
        if entry.line.end
        for ends_at in [clock.local(entry.line.end)]
    ]
    closes = board.closes.hour + (1 if board.closes.minute else 0)
    return min([board.opens.hour, *starts]), max([closes, *ends])


def _plain(moment: dt.datetime) -> str:
    return clock.local(moment).replace(tzinfo=None).isoformat(timespec="seconds")


def _column(column: Column) -> dict[str, Any]:
    note = ngettext("%(n)s patient", "%(n)s patients", column.patients) % {"n": column.patients}
    notes = [note if column.patients else _("nobody yet")]
    if column.unplanned and column.hours is None:
        notes.append(_("no shifts planned this week"))
    return {
        "id": column.uid or NOBODY,
        "title": column.name or _("No dentist named"),
        "extendedProps": {"note": " · ".join(notes)},
    }


def event(entry: Entry, *, writes: bool) -> dict[str, Any]:
    """One appointment with an hour. It can be dragged while nobody has come for it."""
    line = entry.line
    assert line.start and line.end
    words = [f"{clock.local(line.start):%H:%M}", line.service]
    if line.move_wish and not line.outcome:
        words[1] = _("Asks for another time")
    return {
        "id": line.uid,
        "resourceIds": [line.dentist_uid or NOBODY],
        "start": _plain(line.start),
        "end": _plain(line.end),
        "title": line.name,
        "startEditable": writes and "move" in entry.next_steps,
        "extendedProps": {
            "state": entry.state,
            "line": " ".join(word for word in words if word),
            "word": state_word(entry.state),
            "url": f"/appointments/{line.uid}/",
        },
    }


def _breaks(board: Board) -> list[dict[str, Any]]:
    """Each dentist's column is hatched while she is not there."""
    return [
        {"resourceIds": [column.uid], **gap}
        for column in board.columns
        for gap in gaps(board.date, column.hours, (board.opens, board.closes), column.why)
    ]


def gaps(
    day: dt.date, hours: Sequence[rota.Span] | None, opening: rota.Span, why: str
) -> list[dict[str, Any]]:
    """What is left of the opening hours beside somebody's hours there."""
    if hours is None:
        return []
    at, last = (dt.datetime.combine(day, hour) for hour in opening)
    found = []
    for low, high in [*hours, (None, None)]:
        until = dt.datetime.combine(day, low) if low else last
        if min(until, last) > at:
            found.append((at, min(until, last)))
        at = max(at, dt.datetime.combine(day, high)) if high else at
    return [
        {"start": start.isoformat(), "end": stop.isoformat(), "title": str(WHY[why])}
        for start, stop in found
    ]


def _closed(board: Board, begin: int, end: int) -> list[dict[str, Any]]:
    """A closed day is hatched in every column."""
    start = dt.datetime.combine(board.date, dt.time(begin))
    return [
        {
            "resourceIds": [column.uid or NOBODY],
            "start": start.isoformat(),
            "end": (start + dt.timedelta(hours=end - begin)).isoformat(),
            "title": _("Closed"),
        }
        for column in board.columns
    ]
