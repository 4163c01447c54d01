"""What a number says: its cells and the people behind them. Pages and API ask the same here."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from clinics import clock
from kpi import survival, units
from kpi.metrics import BY_CHANNEL, BY_PLACE, FEW, METRICS, UNRESOLVED_LIMIT, Kind, Part
from kpi.survival import Estimate
from kpi.units import Group, Question, Row

ROLES = ("counted", "not_counted", "excluded", "immature", "missing")


class Trust(StrEnum):
    """How far a number carries: inside the clinic it is shown all the same."""

    GOOD = "good"
    CHECK = "check"  # something must be mended first: outcomes nobody has said
    NOT_COMPARABLE = "not_comparable"  # too few for a conclusion


class QuestionError(ValueError):
    """The question cannot be answered; `field` names what is wrong in it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Cell:
    """One value with all that stands behind it. value = counted ÷ (counted + not counted), or
    an estimate over all units; numerator and denominator are mature units either way. Of a count
    the value is the numerator itself, or the numerator ÷ `open_days`."""

    key: dict[str, str]
    value: float | None
    interval: tuple[float, float] | None
    numerator: int
    denominator: int
    immature: int
    missing: int
    excluded: dict[str, int]
    trust: Trust
    reasons: dict[str, dict[str, int]] = field(default_factory=dict)  # role → reason → people
    kind: Kind = Kind.SHARE
    open_days: int | None = None  # of counts alone

    @property
    def few(self) -> bool:
        """Too few for a conclusion: counts are said instead of a rate. A count is never too few."""
        return self.is_share and self.denominator < FEW

    @property
    def is_share(self) -> bool:
        """Whether the value is a fraction 0-1."""
        return self.kind in (Kind.SHARE, Kind.SURVIVAL)

    @property
    def per_open_day(self) -> float | None:
        """People counted for each open day; None where it was not open."""
        return self.numerator / self.open_days if self.open_days else None

    def of_role(self, role: str) -> int:
        return sum(self.reasons.get(role, {}).values())

    @property
    def units(self) -> int:
        return sum(self.of_role(role) for role in ROLES)


#: No units at all.
EMPTY = Cell({}, None, None, 0, 0, 0, 0, {}, Trust.NOT_COMPARABLE)


@dataclass(frozen=True)
class People:
    """A page of the people of one role."""

    rows: list[Row]
    total: int


def question(
    key: str,
    part: str = "",
    *,
    first: dt.date,
    until: dt.date,
    by: Sequence[str] = (),
    as_of: dt.datetime | None = None,
    branches: Iterable[int] | None = None,
) -> Question:
    """A question about a declared number. Raises QuestionError, which names the field at fault."""
    metric = METRICS.get(key)
    if metric is None:
        raise QuestionError("key", _("There is no such number."))
    try:
        chosen = metric.part(part)
    except KeyError:
        missing = {lack.key: str(lack.why) for lack in metric.unsourced}
        raise QuestionError(
            "part", missing.get(part) or _("This number has no such part.")
        ) from None
    for dimension in by:
        if dimension not in metric.dimensions or not _splits(chosen, dimension):
            raise QuestionError("by", _("This number cannot be split that way."))
    if first >= until:
        raise QuestionError("to", _("The period must end after it begins."))
    if as_of is not None and as_of > clock.now():
        raise QuestionError("as_of", _("This time has not come yet."))
    picked = None if branches is None else tuple(sorted(branches))
    return Question(metric, chosen, first, until, as_of, picked, tuple(by))


def lacking(key: str, part: str) -> str:
    """Why a part, or the headline, has no source yet; "" for what can be counted."""
    metric = METRICS.get(key)
    named = part or "headline"
    lacks = metric.unsourced if metric else ()
    return next((str(lack.why) for lack in lacks if lack.key == named), "")


def _splits(part: Part, dimension: str) -> bool:
    """Records are held on every day, so they are split by month and by branch alone."""
    return part.stock != "records" or dimension in ("month", "branch")


def cells(asked: Question) -> list[Cell]:
    """The values asked for, one per key that has units; without `by` always exactly one."""
    found: dict[tuple[Any, ...], list[Group]] = defaultdict(list)
    if not asked.by:
        found[()] = []
    for group in units.groups(asked):
        found[group.key].append(group)
    names = {
        by: units.names_of(by, [key[place] for key in found if key[place] is not None])
        for place, by in enumerate(asked.by)
        if by in BY_PLACE
    }
    opened = _Opening(asked) if asked.part.kind in (Kind.COUNT, Kind.PER_DAY) else None
    return [
        _cell(asked.part, _key(asked.by, key, names), rows, opened.days(key) if opened else None)
        for key, rows in found.items()
    ]


class _Opening:
    """How many days each cell of a question was open: some branch of it, up to today."""

    def __init__(self, asked: Question) -> None:
        self.asked = asked
        self.branches = units.open_branches(asked)
        today = clock.day_of(asked.as_of or clock.now())
        self.until = min(asked.until, today + dt.timedelta(days=1))

    def days(self, key: Sequence[Any]) -> int:
        """Of one cell; `key` as its units are grouped."""
        first, until, mine = self.asked.first, self.until, self.branches
        for by, value in zip(self.asked.by, key, strict=True):
            if by == "branch":
                mine = [branch for branch in mine if branch.pk == value]
            elif by in _LENGTHS:
                first, until = max(first, value), min(until, _LENGTHS[by](value))
        return len(set().union(*(branch.days(first, until) for branch in mine)))


#: The first day after a day, week or month that begins on a day.
_LENGTHS: dict[str, Callable[[dt.date], dt.date]] = {
    "day": lambda day: day + dt.timedelta(days=1),
    "week": lambda day: day + dt.timedelta(days=7),
    "month": lambda day: (day + dt.timedelta(days=32)).replace(day=1),
}


def cell(asked: Question) -> Cell:
    """The one value of a question without `by`."""
    (only,) = cells(asked)
    return only


def people(
    asked: Question,
    role: str,
    *,
    reason: str = "",
    words: str = "",
    offset: int = 0,
    limit: int = 50,
) -> People:
    """Who is behind the number in that role. Raises QuestionError for a role there is not."""
    if role not in ROLES:
        raise QuestionError("role", _("There is no such list."))
    waiting = role in ("not_counted", "immature") and asked.metric.once_per_person
    found, total = units.rows(
        asked,
        role=role,
        reason=reason,
        words=words,
        offset=offset,
        limit=limit,
        oldest_first=waiting,
    )
    return People(found, total)


def _key(
    by: Sequence[str], key: Sequence[Any], names: Mapping[str, Mapping[int, tuple[str, str]]]
) -> dict[str, str]:
    said: dict[str, str] = {}
    for dimension, value in zip(by, key, strict=True):
        if dimension in names:
            uid, name = names[dimension].get(value, ("", ""))
            said[dimension], said[f"{dimension}_name"] = uid, name
        elif dimension == BY_CHANNEL:
            said[dimension] = value
        else:
            said[dimension] = f"{value:%Y-%m}" if dimension == "month" else value.isoformat()
    return said


def _cell(
    part: Part, key: dict[str, str], rows: Sequence[Group], open_days: int | None = None
) -> Cell:
    reasons: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        reasons[row.role][row.reason] += row.count
    count = {role: sum(reasons[role].values()) for role in ROLES}
    numerator, denominator = count["counted"], count["counted"] + count["not_counted"]
    counting = part.kind in (Kind.COUNT, Kind.PER_DAY)
    estimate = None if counting else _estimate(part, rows, numerator, denominator)
    value = estimate.value if estimate else None
    if part.kind is Kind.COUNT:
        value = float(numerator)
    elif part.kind is Kind.PER_DAY:
        value = numerator / open_days if open_days else None
    return Cell(
        key=key,
        value=value,
        interval=estimate.interval if estimate else None,
        numerator=numerator,
        denominator=denominator,
        immature=count["immature"],
        missing=count["missing"],
        excluded=dict(reasons["excluded"]),
        trust=_trust(FEW if counting else denominator, count["missing"]),
        reasons={role: dict(found) for role, found in reasons.items()},
        kind=part.kind,
        open_days=open_days,
    )


def _estimate(
    part: Part, rows: Sequence[Group], numerator: int, denominator: int
) -> Estimate | None:
    """None until somebody has been followed to the end: before that nothing can be said."""
    plain = survival.share(numerator, denominator)
    if part.kind in (Kind.SHARE, Kind.HELD) or plain is None:
        return plain
    watched = [row for row in rows if row.role != "excluded"]
    found = survival.incidence(
        [row.time for row in watched],
        [row.state for row in watched],
        [row.count for row in watched],
        part.horizon,
    )
    if found is None or found.interval is not None:
        return found
    return Estimate(found.value, plain.interval)


def _trust(denominator: int, missing: int) -> Trust:
    if missing > UNRESOLVED_LIMIT * (denominator + missing):
        return Trust.CHECK
    return Trust.NOT_COMPARABLE if denominator < FEW else Trust.GOOD
