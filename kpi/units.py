"""Stored units as they stood at an instant, each with its role and reason (docs/kpi.md).

One statement for every question: which units were known, one per person where the number says
so, what was known of each by then, and then a count or a list of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from clinics import clock
from kpi import stock
from kpi.metrics import Metric, Part

#: What a cell can be made by, and how it is read from a unit.
KEYS = {
    "day": "u.index_day",
    "week": "date_trunc('week', u.index_day)::date",
    "month": "date_trunc('month', u.index_day)::date",
    "branch": "u.branch_id",
    "service": "u.service_id",
    "staff": "u.dentist_id",
    "channel": "u.channel",
}


@dataclass(frozen=True)
class Question:
    """Which units: a number's part, a period [first, until), and what was known at `as_of`.

    `as_of` None is now. `branches` None is the whole clinic; a person is dated once in the
    whole clinic before branches are picked, so branches add up.
    """

    metric: Metric
    part: Part
    first: dt.date
    until: dt.date
    as_of: dt.datetime | None = None
    branches: tuple[int, ...] | None = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Units that share a key, a role, a reason and, under observation, a time and its end."""

    key: tuple[Any, ...]
    role: str
    reason: str
    time: int
    state: int
    count: int


_KNOWN = """
WITH known AS (
    SELECT k.* FROM kpi_unit k
    WHERE k.metric = %(metric)s AND k.index_day >= %(first)s AND k.index_day < %(until)s
      AND {at_that_time}
), u AS ({once}), seen AS (
    SELECT u.*, {start} AS start_at, {event_seen} - {start} AS event_at,
           {exit_seen} - {start} AS exit_at,
           greatest(%(today)s::date - u.index_day - coalesce({start}, 0), 0) AS followed
    FROM u WHERE {mine}
), told AS (
    SELECT u.*, {role} AS told_role, {time} AS told_time, {state} AS told_state,
           {reason} AS told_reason
    FROM seen u
)
"""

#: A unit that needs no following is decided by its outcome, or by its day being over.
_AT_ONCE = {
    "role": "CASE WHEN u.role = 'missing' AND u.index_day >= %(today)s THEN 'immature'"
    " ELSE u.role END",
    "reason": "CASE WHEN u.role <> 'missing' THEN u.reason"
    " WHEN u.index_day >= %(today)s THEN 'day_not_over' ELSE 'unresolved' END",
    "time": "0",
    "state": "0",
}

_CAME = "u.event_at IS NOT NULL AND u.event_at <= coalesce(u.exit_at, u.event_at)"
_IN_TIME = f"({_CAME} AND u.event_at > %(after)s AND u.event_at <= %(horizon)s)"
_OUTSIDE = "(u.role = 'excluded' OR NOT ({among}) OR u.start_at IS NULL)"
_FOLLOWED = {
    "role": f"CASE WHEN {_OUTSIDE} THEN 'excluded'"
    " WHEN u.followed < %(horizon)s THEN 'immature'"
    f" WHEN {_IN_TIME} THEN 'counted' ELSE 'not_counted' END",
    "reason": "CASE WHEN u.role = 'excluded' OR NOT ({among}) THEN u.reason"
    " WHEN u.start_at IS NULL THEN 'not_returned_yet'"
    f" WHEN {_IN_TIME} AND u.followed < %(horizon)s THEN 'returned_early'"
    f" WHEN {_IN_TIME} THEN 'returned'"
    f" WHEN {_CAME} AND u.event_at <= %(after)s THEN 'returned_before'"
    f" WHEN {_CAME} THEN 'returned_later'"
    " WHEN u.exit_at <= %(horizon)s THEN u.reason"
    " WHEN u.followed < %(horizon)s THEN 'waiting' ELSE 'never_returned' END",
    "time": f"CASE WHEN {_CAME} THEN u.event_at ELSE coalesce(u.exit_at, u.followed) END",
    # An event too early for this part ends the watch like any other way of leaving.
    "state": f"CASE WHEN {_CAME} AND u.event_at > %(after)s THEN 1"
    f" WHEN {_CAME} OR u.exit_at IS NOT NULL THEN 2 ELSE 0 END",
}

#: Who is followed from an event of hers must have had it before she left.
_SINCE = "CASE WHEN u.{since} <= coalesce(u.exit_days, u.{since}) THEN {seen} END"

#: A part that reads stored reasons; what is concluded only after `mature_at` waits until then.
_OPEN = "u.mature_at > %(at)s"
_DECIDED = "u.reason LIKE ANY(%(decided)s::text[])"
_BY_REASON = {
    "role": "CASE WHEN u.role = 'excluded' AND NOT ({decided}) THEN 'excluded'"
    " WHEN u.reason LIKE ANY(%(waits)s::text[]) THEN 'immature'"
    " WHEN {open} AND {decided} THEN 'immature'"
    " WHEN u.reason LIKE ANY(%(counts)s::text[]) THEN 'counted'"
    " WHEN u.reason LIKE ANY(%(counts_not)s::text[]) THEN 'not_counted' ELSE 'excluded' END",
    "reason": "CASE WHEN {open} AND u.reason LIKE ANY(%(unsure)s::text[]) THEN %(unsure_as)s"
    " WHEN {decided} OR u.role = 'excluded' OR u.reason LIKE ANY(%(waits)s::text[])"
    " OR %(otherwise)s = '' THEN u.reason ELSE %(otherwise)s END",
    "time": "0",
    "state": "0",
}


def _statement(asked: Question) -> tuple[str, dict[str, Any]]:
    """The units asked for as the table `told`, and the statement's parameters."""
    if asked.part.stock:
        return stock.statement(
            asked.part,
            first=asked.first,
            until=asked.until,
            as_of=asked.as_of,
            branches=asked.branches,
            by=asked.by,
        )
    at = asked.as_of or clock.now()
    part = asked.part
    person = ", ".join(
        ["u.person_id", *(KEYS[by] for by in asked.by if by in ("day", "week", "month"))]
    )
    once = (
        f"SELECT DISTINCT ON ({person}) u.* FROM known u"
        f" ORDER BY {person}, u.role = 'excluded', u.index_day, u.unit"
        if asked.metric.once_per_person
        else "SELECT * FROM known"
    )
    seen = "CASE WHEN u.index_day + u.{0} <= %(seen_until)s THEN u.{0} END"
    fills = {
        "among": "u.role = ANY(%(among)s::text[])" if part.among else "true",
        "decided": _DECIDED,
        "open": _OPEN if part.matures else "false",
    }
    words = {
        "at_that_time": "upper_inf(k.recorded)" if asked.as_of is None else "k.recorded @> %(at)s",
        "once": once,
        "start": _SINCE.format(seen=seen.format(part.since), since=part.since)
        if part.since
        else "0",
        "event_seen": seen.format(part.event),
        "exit_seen": seen.format("exit_days"),
        "mine": "true" if asked.branches is None else "u.branch_id = ANY(%(branches)s::bigint[])",
        **{name: text.format(**fills) for name, text in _way(part).items()},
    }
    params = {
        "metric": asked.metric.key,
        "first": asked.first,
        "until": asked.until,
        "at": at,
        "today": clock.day_of(at),
        "seen_until": clock.day_of(at - dt.timedelta(microseconds=1)),
        "after": part.after,
        "horizon": part.horizon,
        "branches": list(asked.branches or ()),
        "among": list(part.among),
        "counts": list(part.counts),
        "counts_not": list(part.counts_not),
        "decided": [*part.counts, *part.counts_not],
        "waits": list(part.waits),
        "otherwise": part.otherwise,
        "unsure": list(part.unsure),
        "unsure_as": part.unsure_as,
    }
    return _KNOWN.format(**words), params


def _way(part: Part) -> dict[str, str]:
    """How role and reason are read from a unit."""
    if part.counts:
        return _BY_REASON
    return _FOLLOWED if part.horizon else _AT_ONCE


def groups(asked: Question) -> list[Group]:
    """The units asked for, counted: one statement."""
    head, params = _statement(asked)
    keys = [KEYS[by] for by in asked.by]
    columns = ", ".join([*keys, "told_role", "told_reason", "told_time", "told_state"])
    numbers = ", ".join(str(place + 1) for place in range(len(keys) + 4))
    with connection.cursor() as cursor:
        cursor.execute(
            f"{head} SELECT {columns}, count(*) FROM told u GROUP BY {numbers} ORDER BY {numbers}",
            params,
        )
        width = len(keys)
        return [Group(tuple(row[:width]), *row[width:]) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Row:
    """A person behind a number, with what was known of her at the instant asked for."""

    unit: str
    patient: str
    name: str
    external_id: str
    salutation: str
    branch: str
    branch_name: str
    service: str
    index_day: dt.date
    role: str
    reason: str
    came_on: dt.date | None
    followed: int
    channel: str


def rows(
    asked: Question,
    *,
    role: str,
    reason: str = "",
    words: str = "",
    offset: int = 0,
    limit: int = 50,
    oldest_first: bool = False,
) -> tuple[list[Row], int]:
    """The people of one role (and reason), a page of them, and how many there are in all.

    `words` are folded starts of words of her name, or her external id.
    """
    head, params = _statement(asked)
    params |= {"role": role, "reason": reason, "offset": offset, "limit": limit}
    where = ["u.told_role = %(role)s"]
    if reason:
        where.append("u.told_reason = %(reason)s")
    if words:
        params |= {"words": f"% {_plain(words)}%", "id": words}
        where.append("(' ' || p.name_key LIKE %(words)s OR p.external_id = %(id)s)")
    found = (
        " FROM told u LEFT JOIN patients_patient p ON p.id = u.patient_id"
        " JOIN clinics_branch b ON b.id = u.branch_id"
        " LEFT JOIN clinics_service s ON s.id = u.service_id"
        f" WHERE {' AND '.join(where)}"
    )
    order = (
        "u.index_day, p.sort_key, u.unit"
        if oldest_first
        else "u.index_day DESC, p.sort_key, u.unit"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{head} SELECT count(*){found}", params)
        (total,) = cursor.fetchone()
        cursor.execute(
            f"{head} SELECT u.unit::text, coalesce(p.uid, u.unit)::text, coalesce(p.full_name, ''),"
            " coalesce(p.external_id, ''), coalesce(p.salutation, ''), b.uid::text, b.name,"
            " coalesce(s.name, ''), u.index_day, u.told_role, u.told_reason,"
            " u.index_day + u.start_at + u.event_at, u.followed, u.channel"
            f"{found} ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s",
            params,
        )
        return [Row(*row) for row in cursor.fetchall()], total


@dataclass(frozen=True)
class OpenBranch:
    """When a branch is open: from its first own record on, on these weekdays, but for days off."""

    pk: int
    first_record: dt.date
    weekdays: frozenset[int]  # 0 = Monday; none = every day
    closed: frozenset[dt.date]

    def days(self, first: dt.date, until: dt.date) -> set[dt.date]:
        """The days of [first, until) on which it was open."""
        begin = max(first, self.first_record)
        all_days = (begin + dt.timedelta(days=n) for n in range(max((until - begin).days, 0)))
        return {
            day
            for day in all_days
            if (not self.weekdays or day.weekday() in self.weekdays) and day not in self.closed
        }


def open_branches(asked: Question) -> list[OpenBranch]:
    """The branches of a question that have written somebody down, and when they are open.

    A branch counts as open from the day of its first record that no import brought. A weekday
    it changes later is read as if it had always been so: the clinic keeps no history of them.
    """
    where = "" if asked.branches is None else "WHERE b.id = ANY(%(branches)s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH begun AS (SELECT branch_id, min(index_day) AS day FROM kpi_unit"
            " WHERE metric = %(metric)s AND upper_inf(recorded) AND role <> 'excluded'"
            " GROUP BY branch_id)"
            " SELECT b.id, f.day, b.open_weekdays, ARRAY(SELECT c.day FROM clinics_closingday c"
            " WHERE c.branch_id = b.id OR c.branch_id IS NULL)"
            f" FROM clinics_branch b JOIN begun f ON f.branch_id = b.id {where}",
            {"metric": asked.metric.key, "branches": list(asked.branches or ())},
        )
        return [
            OpenBranch(pk, day, frozenset(weekdays), frozenset(closed))
            for pk, day, weekdays, closed in cursor.fetchall()
        ]


def _plain(words: str) -> str:
    """Typed text as a literal inside LIKE."""
    return words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def names_of(kind: str, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """uid and name of branches, services or staff: one statement."""
    table, name = {
        "branch": ("clinics_branch", "name"),
        "service": ("clinics_service", "name"),
        "staff": ("clinics_staff", "trim(title || ' ' || full_name)"),
    }[kind]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, uid::text, {name} FROM {table} WHERE id = ANY(%s::bigint[])", [list(ids)]
        )
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
