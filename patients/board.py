"""A branch's day as the desk sees it: who is where, who waits, what can be done next."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass

from clinics import clock
from clinics.public import Branch, Staff, places, rota, staff
from patients import appointments
from patients.appointments import Line
from patients.models import Outcome, Status

#: The states a day is counted by, in the order of the chips.
COUNTED = ("waiting", "in_chair", "confirmed", "booked", "unresolved", "done", "no_show")
#: Ends that leave an empty slot: the calendar shows what happens, the list also what was let go.
LET_GO = frozenset(
    {
        Outcome.CANCELLED,
        Outcome.LATE_CANCEL,
        Outcome.CLINIC_CANCELLED,
        Outcome.MOVED,
        Outcome.LATE_MOVE,
    }
)
_CAME = (Outcome.ON_TIME, Outcome.LATE)
_MOVED = (Outcome.MOVED, Outcome.LATE_MOVE)


@dataclass(frozen=True)
class Entry:
    """One appointment of the day. `waited` and `behind` (past its hour) are whole minutes."""

    line: Line
    state: str
    waited: int
    behind: int
    past: bool
    next_steps: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A dentist's column; without a dentist it holds what nobody was named for.

    `hours` are her shifts here on this day, none = all day (docs/rota.md). `why` she is not there
    otherwise: off, elsewhere or away. `unplanned`: her week is not planned, others' are.
    """

    uid: str
    name: str
    patients: int
    hours: tuple[rota.Span, ...] | None = None
    why: str = ""
    unplanned: bool = False


@dataclass(frozen=True)
class Board:
    """The day. `version` changes when anything on it does, the minutes of waiting included."""

    branch: Branch
    date: dt.date
    read_at: dt.datetime
    entries: list[Entry]
    columns: list[Column]
    counts: dict[str, int]
    opens: dt.time
    closes: dt.time
    is_open: bool
    version: str

    @property
    def waiting(self) -> list[Entry]:
        """Who sits in the waiting room, the longest wait first."""
        found = [entry for entry in self.entries if entry.state == "waiting"]
        return sorted(found, key=lambda entry: -entry.waited)

    @property
    def planned(self) -> list[Column]:
        """The dentists' columns when the rota says something of this day, else none."""
        said = any(column.hours is not None for column in self.columns)
        return [column for column in self.columns if column.uid] if said else []

    @property
    def is_today(self) -> bool:
        return self.date == clock.day_of(self.read_at)

    def listed(self, state: str = "") -> list[Entry]:
        """The plain list by the hour, of one state when one is named; today what has ended
        stands apart (`ended`)."""
        apart = self.is_today and not state
        return [
            entry
            for entry in self.entries
            if state in ("", entry.state) and not (apart and entry.past)
        ]

    @property
    def ended(self) -> list[Entry]:
        """Today's appointments that have their outcome already."""
        return [entry for entry in self.entries if entry.past] if self.is_today else []


def state_of(line: Line) -> str:
    """The one state a chip, a row and a calendar event show."""
    if line.outcome:
        return "done" if line.outcome in _CAME else line.outcome
    if line.status == Status.CHECKED_IN:
        return "waiting"
    return "unresolved" if line.unresolved else line.status


def next_steps(line: Line, now: dt.datetime) -> tuple[str, ...]:
    """What may be done with it now, the likeliest first; the verbs decide again when asked."""
    if line.outcome:
        return () if line.outcome in _MOVED else ("undo",)
    if line.status == Status.CHECKED_IN:
        return ("seat", "done")
    if line.status == Status.IN_CHAIR:
        return ("done",)
    begun = (line.start or clock.day_bounds(line.on_date)[0]) <= now
    steps = ["check_in"] if line.on_date <= clock.day_of(now) else []
    if line.status == Status.BOOKED and not line.unresolved:
        steps.append("confirm")
    if begun:
        steps.append("miss")
    return (*steps, "move", "cancel")


def entry_of(line: Line, now: dt.datetime) -> Entry:
    """A line with what follows from the time it is."""
    waited = _minutes(now - line.waiting_since) if line.waiting_since else 0
    behind = _minutes(now - line.start) if line.waiting_since and line.start else 0
    return Entry(
        line=line,
        state=state_of(line),
        waited=waited,
        behind=behind,
        past=bool(line.outcome),
        next_steps=next_steps(line, now),
    )


def _minutes(span: dt.timedelta) -> int:
    return max(int(span.total_seconds() // 60), 0)


def read(branch: Branch, date: dt.date) -> Board:
    """A branch's day; five statements however full it is."""
    now = clock.now()
    entries = [entry_of(line, now) for line in appointments.day(branch, date)]
    closed = places.closed_days([branch.pk])[branch.pk]
    dentists = list(staff.dentists(branch))
    columns = _columns(dentists, entries, date, rota.presence(branch, dentists, date, date))
    return Board(
        branch=branch,
        date=date,
        read_at=now,
        entries=entries,
        columns=columns,
        counts=_counts(entries),
        opens=branch.opens_at,
        closes=branch.closes_at,
        is_open=places.is_open(branch, date, closed),
        version=_version(date, now, entries, columns),
    )


def _counts(entries: list[Entry]) -> dict[str, int]:
    found = Counter(entry.state for entry in entries)
    return {state: found[state] for state in COUNTED if found[state]}


def _columns(
    dentists: list[Staff], entries: list[Entry], date: dt.date, there: rota.Presence
) -> list[Column]:
    """Every dentist of the branch but who is planned elsewhere and has nobody here, then who else
    has somebody today, then "nobody named"."""
    shown = [entry.line for entry in entries if entry.line.outcome not in LET_GO]
    seen = Counter(line.dentist_uid for line in shown)
    here = [
        dentist
        for dentist in dentists
        if seen[str(dentist.uid)] or not there.elsewhere(dentist, date)
    ]
    planned = any(there.planned(dentist, date) for dentist in dentists)
    columns = [
        Column(
            str(dentist.uid),
            str(dentist),
            seen[str(dentist.uid)],
            hours=there.hours(dentist, date),
            why=why_not_there(there, dentist, date),
            unplanned=planned and not there.planned(dentist, date),
        )
        for dentist in here
    ]
    known = {"", *(str(dentist.uid) for dentist in dentists)}
    guests = {line.dentist_uid: line.dentist for line in shown if line.dentist_uid not in known}
    columns += [Column(uid, name, seen[uid]) for uid, name in guests.items()]
    if any(line.start and not line.dentist_uid for line in shown):
        columns.append(Column("", "", seen[""]))
    return columns


def why_not_there(there: rota.Presence, dentist: Staff, date: dt.date) -> str:
    """Why a dentist is not there when she is not: off, elsewhere, or away (no shift then)."""
    if there.off(dentist, date):
        return "off"
    return "elsewhere" if there.elsewhere(dentist, date) else "away"


def _version(date: dt.date, now: dt.datetime, entries: list[Entry], columns: list[Column]) -> str:
    seen = [
        (entry.line.uid, entry.state, entry.waited, str(entry.line.start), entry.line.dentist_uid,
         entry.line.move_wish, entry.line.name, entry.past)
        for entry in entries
    ]  # fmt: skip
    quarter = int(now.timestamp() // 300)  # the now-line moves every five minutes
    return hashlib.sha256(repr((date, quarter, seen, columns)).encode()).hexdigest()[:16]
