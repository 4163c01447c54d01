"""One number's page: its headline, its months, and everybody who is in it, with the reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from clinics import clock
from clinics.public import Branch, Staff
from kpi import periods, reads, words
from kpi.headline import Freshness, Number, freshness, number, question, scope
from kpi.metrics import REASONS, Metric
from kpi.periods import Period
from kpi.reads import Cell, People
from kpi.units import Row

PAGE = 25


@dataclass(frozen=True)
class Pile:
    """Everybody of one role."""

    role: str
    name: str
    text: str
    n: int
    fill: str
    href: str
    current: bool


@dataclass(frozen=True)
class Why:
    """One reason of the chosen role."""

    reason: str
    text: str
    n: int
    share: int
    href: str
    current: bool


FILLS = {
    "counted": "",
    "not_counted": "grey",
    "immature": "hatch",
    "missing": "amber",
    "excluded": "dash",
}


@dataclass(frozen=True)
class Asked:
    """What the address of a number's page says."""

    months: int = periods.DEFAULT
    period: Period | None = None
    as_of: dt.date | None = None
    role: str = ""
    reason: str = ""
    words: str = ""
    page: int = 1
    branch: str = ""

    def href(self, **changes: Any) -> str:
        """The address with something changed; another list begins at its first page."""
        said = {
            "months": "" if self.period else self.months,
            "first": self.period.first if self.period else "",
            "last": self.period.last if self.period else "",
            "as_of": self.as_of or "",
            "branch": self.branch,
            "role": self.role,
            "reason": self.reason,
            "q": self.words,
            "page": "",
        } | changes
        return "?" + urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True)
class Line:
    """A row of the list, in words."""

    row: Row
    since: str
    reason: str


@dataclass(frozen=True)
class NumberPage:
    """A number with everybody in it."""

    number: Number
    asked: Asked
    piles: list[Pile]
    whys: list[Why]
    people: People
    trend: Trend
    freshness: Freshness
    folded: str = ""
    tabs: list[tuple[int, str, bool]] = field(default_factory=list)

    @property
    def role(self) -> str:
        return self.asked.role

    @property
    def sum(self) -> str:
        """402 + 61 + 33 + 18 = 514."""
        parts = [words.grouped(why.n) for why in self.whys]
        return " + ".join(parts) + " = " + words.grouped(sum(why.n for why in self.whys))

    @property
    def parts(self) -> list[tuple[int, str]]:
        return [(pile.n, pile.fill) for pile in self.piles]

    @property
    def pages(self) -> int:
        return max(1, -(-self.people.total // PAGE))

    @property
    def back_href(self) -> str:
        return self.asked.href(page=self.asked.page - 1) if self.asked.page > 1 else ""

    @property
    def next_href(self) -> str:
        return self.asked.href(page=self.asked.page + 1) if self.asked.page < self.pages else ""

    @property
    def shown_said(self) -> str:
        """1–25 of 402."""
        first = (self.asked.page - 1) * PAGE + 1
        last = first + len(self.people.rows) - 1
        return words.of_page(first, last, self.people.total)

    @property
    def lines(self) -> list[Line]:
        return [
            Line(
                row,
                words.since(row.reason, row.came_on, row.index_day, row.followed),
                str(REASONS[row.reason]),
            )
            for row in self.people.rows
        ]

    @property
    def lists_href(self) -> str:
        """The address of this page without a list; the list is added to it."""
        return self.asked.href(role="", reason="", q="")

    @property
    def who_said(self) -> str:
        return words.units(self.number.metric.key, self.number.cell.units)

    @property
    def list_said(self) -> str:
        return words.listed(self.number.metric.key, self.people.total)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a search keeps of the address."""
        return parse_qsl(self.asked.href(q="").removeprefix("?"))


@dataclass(frozen=True)
class Trend:
    """A value a month: what the chart draws, and the same as a table."""

    months: list[tuple[dt.date, Cell]]

    @property
    def drawn(self) -> dict[str, Any]:
        """What chart.js takes: people in a hundred, None where nothing can be said."""
        cells = [cell for _, cell in self.months]
        return {
            "labels": [f"{month:%m/%y}" for month, _ in self.months],
            "values": [_hundred(cell.value) for cell in cells],
            "low": [_hundred(cell.interval[0] if cell.interval else cell.value) for cell in cells],
            "high": [_hundred(cell.interval[1] if cell.interval else cell.value) for cell in cells],
        }

    @property
    def table(self) -> list[dict[str, str]]:
        """The chart as a table."""
        return [
            {
                "month": f"{month:%m/%Y}",
                "hundred": "–" if cell.value is None else str(words.hundred(cell.value)),
                "spread": words.spread(cell.interval).strip("()"),
                "of": words.of(cell.numerator, cell.denominator),
            }
            for month, cell in self.months
        ]

    @property
    def some(self) -> bool:
        """Whether there are two points to join."""
        return sum(cell.value is not None for _, cell in self.months) > 1


def _hundred(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def number_page(
    metric: Metric, *, staff: Staff, branch: Branch | None, asked: Asked, folded: str = ""
) -> NumberPage:
    """Everything on a number's page. `folded` are the typed words without accents."""
    branches = scope(staff, branch)
    as_of = clock.day_bounds(asked.as_of)[0] if asked.as_of else None
    one = number(metric, branches=branches, months=asked.months, period=asked.period, as_of=as_of)
    whole = question(metric, one.period, branches, as_of)
    people = reads.people(
        whole,
        asked.role,
        reason=asked.reason,
        words=folded,
        offset=(asked.page - 1) * PAGE,
        limit=PAGE,
    )
    today = clock.today() if as_of is None else clock.day_of(as_of)
    return NumberPage(
        number=one,
        asked=asked,
        piles=_piles(metric.key, one.cell, asked),
        whys=_whys(one.cell, asked),
        people=people,
        trend=_trend(metric, branches, today, as_of),
        freshness=freshness([metric]),
        folded=folded,
        tabs=[
            (n, asked.href(months=n, first="", last=""), not asked.period and n == asked.months)
            for n in periods.MONTHS
        ],
    )


def _trend(
    metric: Metric, branches: Sequence[int] | None, today: dt.date, as_of: dt.datetime | None
) -> Trend:
    asked = question(metric, periods.last_twelve(metric, today), branches, as_of, ["month"])
    cells = [(dt.date.fromisoformat(f"{c.key['month']}-01"), c) for c in reads.cells(asked)]
    return Trend([(month, cell) for month, cell in cells if cell.denominator])


def _piles(key: str, cell: Cell, asked: Asked) -> list[Pile]:
    said = words.LISTS[key]
    return [
        Pile(
            role,
            str(said[role][0]),
            str(said[role][1]),
            cell.of_role(role),
            fill,
            asked.href(role=role, reason=""),
            role == asked.role,
        )
        for role, fill in FILLS.items()
        if role != "missing" or cell.missing
    ]


def _whys(cell: Cell, asked: Asked) -> list[Why]:
    reasons = sorted(cell.reasons.get(asked.role, {}).items(), key=lambda pair: -pair[1])
    most = max((n for _, n in reasons), default=0)
    return [
        Why(
            reason,
            str(REASONS[reason]),
            n,
            round(100 * n / most),
            asked.href(reason="" if reason == asked.reason else reason),
            reason == asked.reason,
        )
        for reason, n in reasons
    ]
