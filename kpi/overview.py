"""The manager's page: every number in all and by branch, and the branch that needs a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.html import format_html
from django.utils.translation import pgettext

from clinics import clock
from clinics.public import Branch, Staff
from kpi import periods, reads, verdict, words
from kpi.headline import Freshness, Number, freshness, number, question, scope
from kpi.metrics import METRICS, Better, Kind
from kpi.pages import Trend, trend_of
from kpi.reads import Cell


@dataclass(frozen=True)
class BranchRow:
    """A branch and its numbers, in the order of METRICS."""

    uid: str
    name: str
    numbers: list[Number]
    whole: list[Number]  # the clinic's own, in the same order

    @property
    def cells(self) -> list[tuple[Number, str]]:
        """Each number and the word beside it."""
        return [
            (one, verdict.beside(one, whole))
            for one, whole in zip(self.numbers, self.whole, strict=True)
        ]

    @property
    def sentence(self) -> str:
        """What it is best at and what it should look at, beside the clinic."""
        gaps = [
            (verdict.gap(one, whole.cell.value), one)
            for one, whole in zip(self.numbers, self.whole, strict=True)
            if one.said and one.cell.is_share and whole.cell.value is not None
        ]
        if not gaps:
            return words.too_few()
        best, bad = max(gaps, key=lambda pair: pair[0]), min(gaps, key=lambda pair: pair[0])
        said = []
        if best[0] > 0:
            said.append(words.strongest(best[1].name, best[1].big))
        if bad[0] < 0:
            said.append(words.weakest(bad[1].name, bad[1].big))
        return " ".join(said) or words.like_the_others()


@dataclass(frozen=True)
class Tile:
    """A smaller number: its page, the word beside it, and the branch that stands worst in it."""

    one: Number
    href: str
    word: str
    worst: str


@dataclass(frozen=True)
class Look:
    """The branch that needs a look first: its number lies on the bad side of the clinic's."""

    branch: str
    name: str
    number: Number


@dataclass(frozen=True)
class Overview:
    """The manager's page."""

    hero: Number
    others: list[Number]
    rows: list[BranchRow]
    look: Look | None
    months: int
    branch: str  # uid of the branch looked at; "" = all she may see
    freshness: Freshness
    trend: Trend  # of the hero, by month

    @property
    def numbers(self) -> list[Number]:
        return [self.hero, *self.others]

    @property
    def tabs(self) -> list[tuple[int, str, bool]]:
        """The periods offered: months, address, whether it is this one."""
        return [(n, self._address(n), n == self.months) for n in periods.MONTHS]

    def _address(self, months: int, key: str = "") -> str:
        asked = {"months": months} | ({"branch": self.branch} if self.branch else {})
        return (f"/numbers/{key}/?" if key else "?") + urlencode(asked)

    @property
    def hero_href(self) -> str:
        return self._address(self.months, self.hero.metric.key)

    @property
    def tiles(self) -> list[Tile]:
        """The smaller numbers."""
        return [
            Tile(
                one,
                self._address(self.months, one.metric.key),
                verdict.since_before(one),
                self._worst(place),
            )
            for place, one in enumerate(self.others, 1)
        ]

    @property
    def hero_word(self) -> str:
        return verdict.since_before(self.hero)

    @property
    def hero_worst(self) -> str:
        return self._worst(0)

    def _worst(self, place: int) -> str:
        """Lowest: Thủ Đức, 49; of a count by the day. Nothing unless two can be compared."""
        found = verdict.worst(place, [(row.name, row.numbers) for row in self.rows])
        if found is None:
            return ""
        name, one = found
        if one.cell.kind is Kind.HELD and not one.cell.numerator:
            return ""  # nobody has any
        if one.cell.per_open_day is not None:
            return words.fewest_a_day(name, one.cell.per_open_day)
        return words.worst(name, one.big, most=one.metric.better is Better.DOWN)

    @property
    def sentence(self) -> str:
        """What it means: how the clinic keeps its patients, and which branch needs a look."""
        rate = self.hero.cell.value if self.hero.said else None
        begin = words.branches_said(self.hero.clear_change, rate)
        if self.look is None:
            return f"{begin}."
        href = self._address(self.months, self.look.number.metric.key)
        joined = href + ("" if "branch=" in href else f"&branch={self.look.branch}")
        return format_html(
            pgettext("kpi", "{begin}, only {branch} needs a look."),
            begin=begin,
            branch=format_html('<a class="spot" href="{}">{}</a>', joined, self.look.name),
        )


def overview(*, staff: Staff, branch: Branch | None, months: int) -> Overview:
    """Every number, and each of them by branch over the same period."""
    branches = scope(staff, branch)
    numbers = [number(metric, branches=branches, months=months) for metric in METRICS.values()]
    rows = _branch_rows(numbers, branches)
    return Overview(
        hero=numbers[0],
        others=numbers[1:],
        rows=rows,
        look=_look(numbers, rows) if len(rows) > 1 else None,
        months=months,
        branch=str(branch.uid) if branch else "",
        freshness=freshness([*METRICS.values()]),
        trend=trend_of(numbers[0], branches, clock.today(), None),
    )


def _branch_rows(numbers: Sequence[Number], branches: Sequence[int] | None) -> list[BranchRow]:
    cells: dict[tuple[str, str], dict[str, Cell]] = {}
    for one in numbers:
        asked = question(one.metric, one.period, branches, by=["branch"])
        for cell in reads.cells(asked):
            place = (cell.key["branch_name"], cell.key["branch"])
            cells.setdefault(place, {})[one.metric.key] = cell
    return [
        BranchRow(
            uid,
            name,
            [
                Number(one.metric, found.get(one.metric.key, reads.EMPTY), one.period, 0)
                for one in numbers
            ],
            [*numbers],
        )
        for (name, uid), found in sorted(cells.items())
    ]


def _look(numbers: Sequence[Number], rows: Sequence[BranchRow]) -> Look | None:
    """The branch furthest on the bad side whose whole range lies beyond the clinic's value."""
    found: list[tuple[float, Look]] = []
    for place, whole in enumerate(numbers):
        for row in rows:
            one = row.numbers[place]
            if not one.said or one.low is None or one.high is None or whole.cell.value is None:
                continue
            down = whole.metric.better is Better.UP
            gap = whole.cell.value - one.high if down else one.low - whole.cell.value
            if gap > 0:
                found.append((gap, Look(row.uid, row.name, one)))
    return max(found, key=lambda pair: pair[0])[1] if found else None
