"""What a number says: its cells and the people behind them. Pages and API ask the same here."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from clinics import clock
from kpi import survival, units
from kpi.metrics import BY_PLACE, FEW, METRICS, UNRESOLVED_LIMIT, Kind, Part
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
    an estimate over all units; numerator and denominator are mature units either way."""

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

    @property
    def few(self) -> bool:
        """Too few for a conclusion: counts are said instead of a rate."""
        return self.denominator < FEW

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
        raise QuestionError("part", _("This number has no such part.")) from None
    for dimension in by:
        if dimension not in metric.dimensions:
            raise QuestionError("by", _("This number cannot be split that way."))
    if first >= until:
        raise QuestionError("to", _("The period must end after it begins."))
    if as_of is not None and as_of > clock.now():
        raise QuestionError("as_of", _("This time has not come yet."))
    picked = None if branches is None else tuple(sorted(branches))
    return Question(metric, chosen, first, until, as_of, picked, tuple(by))


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
    return [_cell(asked.part, _key(asked.by, key, names), rows) for key, rows in found.items()]


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
        else:
            said[dimension] = f"{value:%Y-%m}" if dimension == "month" else value.isoformat()
    return said


def _cell(part: Part, key: dict[str, str], rows: Sequence[Group]) -> Cell:
    reasons: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        reasons[row.role][row.reason] += row.count
    count = {role: sum(reasons[role].values()) for role in ROLES}
    numerator, denominator = count["counted"], count["counted"] + count["not_counted"]
    estimate = _estimate(part, rows, numerator, denominator)
    return Cell(
        key=key,
        value=estimate.value if estimate else None,
        interval=estimate.interval if estimate else None,
        numerator=numerator,
        denominator=denominator,
        immature=count["immature"],
        missing=count["missing"],
        excluded=dict(reasons["excluded"]),
        trust=_trust(denominator, count["missing"]),
        reasons={role: dict(found) for role, found in reasons.items()},
    )


def _estimate(
    part: Part, rows: Sequence[Group], numerator: int, denominator: int
) -> Estimate | None:
    """None until somebody has been followed to the end: before that nothing can be said."""
    plain = survival.share(numerator, denominator)
    if part.kind is Kind.SHARE or plain is None:
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
