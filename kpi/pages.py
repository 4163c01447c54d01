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
from kpi.metrics import BY_CHANNEL, Metric, Unsourced
from kpi.periods import Period
from kpi.reads import Cell, People
from kpi.spoken import parts_of
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
    part: str = ""

    def href(self, **changes: Any) -> str:
        """The address with something changed; another list begins at its first page."""
        said = {
            "months": "" if self.period else self.months,
            "first": self.period.first if self.period else "",
            "last": self.period.last if self.period else "",
            "as_of": self.as_of or "",
            "branch": self.branch,
            "part": self.part,
            "role": self.role,
            "reason": self.reason,
            "q": self.words,
            "page": "",
        } | changes
        return "?" + urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True)
class Line:
    """A row of the list, in words: what came of it, and on what channel."""

    row: Row
    last: str
    channel: str


def line_of(one: Number, row: Row) -> Line:
    """A row of a number's list in words."""
    key = one.spoken
    last = (
        words.since(key, row.reason, row.came_on, row.index_day, row.followed)
        if one.follows and not row.channel
        else words.reason(key, row.reason)
    )
    return Line(row, last, words.channel(row.channel))


@dataclass(frozen=True)
class Way:
    """Another way to read the same people: a part of the number, and its address."""

    number: Number
    href: str
    current: bool


@dataclass(frozen=True)
class Channel:
    """A channel and what each part of the number is on it."""

    name: str
    numbers: list[Number]


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
    ways: list[Way] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)

    @property
    def second(self) -> str:
        """What the second column of the list says: channel, service, or nothing at all."""
        if self.channels:
            return "channel"
        return "service" if any(row.service for row in self.people.rows) else ""

    @property
    def unsourced(self) -> Sequence[Unsourced]:
        """What cannot be counted yet, and why."""
        known = {way.number.part for way in self.ways}
        return [lack for lack in self.number.metric.unsourced if lack.key not in known]

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
        return [line_of(self.number, row) for row in self.people.rows]

    @property
    def lists_href(self) -> str:
        """The address of this page without a list; the list is added to it."""
        return self.asked.href(role="", reason="", q="")

    @property
    def export_href(self) -> str:
        """Where this list is taken out as a file."""
        return f"/numbers/{self.number.metric.key}/export/{self.asked.href()}"

    @property
    def who_said(self) -> str:
        return words.units(self.number.spoken, self.number.cell.units)

    @property
    def list_said(self) -> str:
        return words.listed(self.number.spoken, self.people.total)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a search keeps of the address."""
        return parse_qsl(self.asked.href(q="").removeprefix("?"))


@dataclass(frozen=True)
class Trend:
    """A value a month: what the chart draws, and the same as a table."""

    months: list[tuple[dt.date, Cell]]

    @property
    def chart(self) -> str:
        """How it is drawn: shares as a line with its range, counts as bars."""
        return "trend" if all(cell.is_share for _, cell in self.months) else "bars"

    @property
    def drawn(self) -> dict[str, Any]:
        """What chart.js takes: people in a hundred, None where nothing can be said."""
        cells = [cell for _, cell in self.months]
        labels = [f"{month:%m/%y}" for month, _ in self.months]
        if self.chart == "bars":
            return {"labels": labels, "values": [cell.numerator for cell in cells]}
        return {
            "labels": labels,
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
                "hundred": "–"
                if cell.value is None
                else words.figure(
                    cell.value if cell.is_share else cell.numerator, share=cell.is_share
                ),
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
    one = number(
        metric,
        branches=branches,
        months=asked.months,
        period=asked.period,
        as_of=as_of,
        part=asked.part,
    )
    whole = question(metric, one.period, branches, as_of, part=asked.part)
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
        piles=_piles(one, asked),
        whys=_whys(one, asked),
        people=people,
        trend=trend_of(one, branches, today, as_of),
        ways=_ways(one, branches, asked, as_of),
        channels=_channels(one, branches, as_of),
        freshness=freshness([metric]),
        folded=folded,
        tabs=[]
        if metric.days
        else [
            (n, asked.href(months=n, first="", last=""), not asked.period and n == asked.months)
            for n in periods.MONTHS
        ],
    )


def trend_of(
    one: Number, branches: Sequence[int] | None, today: dt.date, as_of: dt.datetime | None
) -> Trend:
    """The twelve months behind a number, and the days of the running one."""
    period = periods.last_twelve(one.metric, today)
    asked = question(one.metric, period, branches, as_of, ["month"], one.part)
    cells = [(dt.date.fromisoformat(f"{c.key['month']}-01"), c) for c in reads.cells(asked)]
    return Trend([(month, cell) for month, cell in cells if cell.denominator])


def _ways(
    one: Number, branches: Sequence[int] | None, asked: Asked, as_of: dt.datetime | None
) -> list[Way]:
    """The headline and the parts of a number, over the same period; none for a plain number."""
    parts = parts_of(one.metric.key)
    if not parts:
        return []
    found = []
    for part in ["", *parts]:
        cell = reads.cell(question(one.metric, one.period, branches, as_of, part=part))
        if part == "headline" and not (cell.denominator or cell.immature):
            continue  # no channel reports it: said in words below
        each = Number(one.metric, cell, one.period, 0, part=part)
        found.append(Way(each, asked.href(part=part, reason="", q=""), part == one.part))
    return found


def _channels(
    one: Number, branches: Sequence[int] | None, as_of: dt.datetime | None
) -> list[Channel]:
    """Each channel beside the others, for a number that is told apart by channel."""
    if BY_CHANNEL not in one.metric.dimensions:
        return []
    parts = ["", *parts_of(one.metric.key)]
    found: dict[str, dict[str, Cell]] = {}
    for part in parts:
        asked = question(one.metric, one.period, branches, as_of, [BY_CHANNEL], part)
        for cell in reads.cells(asked):
            found.setdefault(cell.key[BY_CHANNEL], {})[part] = cell
    return [
        Channel(
            words.channel(name),
            [
                Number(one.metric, cells.get(part, reads.EMPTY), one.period, 0, part=part)
                for part in parts
            ],
        )
        for name, cells in sorted(found.items())
    ]


def _piles(one: Number, asked: Asked) -> list[Pile]:
    said = one.words.lists
    return [
        Pile(
            role,
            str(said[role][0]),
            str(said[role][1]),
            one.cell.of_role(role),
            fill,
            asked.href(role=role, reason=""),
            role == asked.role,
        )
        for role, fill in FILLS.items()
        if role != "missing" or one.cell.missing
    ]


def _whys(one: Number, asked: Asked) -> list[Why]:
    reasons = sorted(one.cell.reasons.get(asked.role, {}).items(), key=lambda pair: -pair[1])
    most = max((n for _, n in reasons), default=0)
    return [
        Why(
            reason,
            words.reason(one.spoken, reason),
            n,
            round(100 * n / most),
            asked.href(reason="" if reason == asked.reason else reason),
            reason == asked.reason,
        )
        for reason, n in reasons
    ]
