"""A number's headline: over which people, how sure, how it stood before, how fresh it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from clinics import clock
from clinics.public import Branch, Staff, access
from kpi import periods, reads, refresh, words
from kpi.metrics import Better, Kind, Metric, Part
from kpi.periods import Period
from kpi.reads import Cell, Trust
from kpi.saying import Spoken
from kpi.spoken import SPOKEN
from kpi.units import Question

#: Reasons of somebody still being followed of whom the good is known already.
EARLY = (
    *("returned_early", "answered", "opened_link", "booked", "seen", "seen_one_way", "read"),
    *("read_answered", "read_opened", "read_booked", "read_one_way", "not_read_booked"),
)


def scope(staff: Staff, branch: Branch | None) -> list[int] | None:
    """The branches a page counts: the chosen one, else all she may see (None = the clinic)."""
    if branch is not None:
        return [branch.pk]
    if staff.role in access.WHOLE_CLINIC:
        return None
    return list(access.branches(staff).values_list("pk", flat=True))


@dataclass(frozen=True)
class Number:
    """A number's headline over a period."""

    metric: Metric
    cell: Cell
    period: Period
    asked_months: int
    before: Cell | None = None  # the same question, as it was answered a period ago
    part: str = ""  # "" = the part pages lead with

    @property
    def spoken(self) -> str:
        """By what its words are found."""
        return f"{self.metric.key}.{self.part}" if self.part else self.metric.key

    @property
    def words(self) -> Spoken:
        return SPOKEN[self.spoken]

    @property
    def name(self) -> str:
        return str(self.words.name or self.metric.name)

    @property
    def period_said(self) -> str:
        """Which days it looks at."""
        return str(self.words.period) % {
            "first": f"{self.period.first:%d/%m/%Y}",
            "last": f"{self.period.last:%d/%m/%Y}",
        }

    @property
    def follows(self) -> bool:
        """Whether its people must be followed before anything is concluded."""
        part = chosen(self.metric, self.part)
        return part.horizon > 0 or part.matures or bool(part.waits and part.stock)

    @property
    def widened(self) -> bool:
        """The period was widened because few people were in the one asked for."""
        return bool(self.period.months) and self.period.months != self.asked_months

    @property
    def said(self) -> bool:
        """Whether a rate may be said: somebody was followed to the end, and not too few."""
        some = self.cell.is_share or self.cell.units > 0
        return self.cell.value is not None and not self.cell.few and some

    @property
    def low(self) -> float | None:
        return self.cell.interval[0] if self.cell.interval else None

    @property
    def high(self) -> float | None:
        return self.cell.interval[1] if self.cell.interval else None

    @property
    def returned_early(self) -> int:
        """Came again, or read it, while still being followed."""
        found = self.cell.reasons.get("immature", {})
        return sum(found.get(sign, 0) for sign in EARLY)

    @property
    def unsettled(self) -> tuple[float, float] | None:
        """The range the appointments without an outcome allow: none of them, or all."""
        total = self.cell.denominator + self.cell.missing
        if not self.cell.missing or not total:
            return None
        return self.cell.numerator / total, (self.cell.numerator + self.cell.missing) / total

    @property
    def change(self) -> int | None:
        """People in a hundred more (or fewer) than a period ago; None when that was not known."""
        if self.before is None or self.before.value is None or self.before.few or not self.said:
            return None
        if not self.cell.is_share:
            return self.cell.numerator - self.before.numerator if self.before.units else None
        return round(100 * (self.cell.value or 0)) - round(100 * self.before.value)

    @property
    def clear_change(self) -> int | None:
        """The change where it is sure: 0 while what was before lies within today's range."""
        if self.change is None or self.low is None or self.high is None:
            return self.change
        was = self.before.value if self.before else None
        return 0 if was is not None and self.low <= was <= self.high else self.change

    @property
    def change_is_good(self) -> bool:
        return (self.change or 0) > 0 if self.metric.better is Better.UP else (self.change or 0) < 0

    @property
    def big(self) -> str:
        """58, or "14 of 18" when few; "3 of 212" so far when nobody was followed to the end."""
        if self.cell.kind is Kind.HELD:
            return words.grouped(self.cell.numerator)
        if self.said:
            share = self.cell.is_share
            return words.figure(self.cell.value or 0, share=share)
        if self.cell.denominator:
            return words.of(self.cell.numerator, self.cell.denominator)
        if self.open_:
            return words.of(self.returned_early, self.open_)
        return "–"

    @property
    def open_(self) -> int:
        """Units whose end is not known yet."""
        return self.cell.immature + self.cell.missing

    @property
    def sentence(self) -> str:
        cell = self.cell
        if cell.kind is Kind.HELD:
            return words.held(self.spoken, cell.numerator, cell.denominator)
        return words.sentence(
            self.spoken,
            value=cell.value if cell.is_share or cell.units else None,
            few=cell.few,
            total=cell.denominator,
            open_=self.open_,
            per=None if cell.is_share else cell.per_open_day or 0.0,
        )

    @property
    def spread(self) -> str:
        counted = self.cell.kind is Kind.HELD
        return words.spread(self.cell.interval) if self.said and not counted else ""

    @property
    def label(self) -> str:
        """The headline for those who hear it."""
        sentence = words.plain(self.sentence)
        return f"{sentence} {self.spread}" if self.said else f"{self.big} {sentence}"

    @property
    def bad(self) -> bool:
        """Whether what is counted is a loss."""
        return self.metric.better is Better.DOWN

    @property
    def change_said(self) -> str:
        return "" if self.change is None else words.change(self.spoken, self.change)

    @property
    def before_said(self) -> str:
        if self.before is None or self.before.value is None:
            return ""
        if not self.before.is_share:
            return words.before_count(self.period.months, self.before.numerator)
        return words.before(self.period.months, self.before.value)

    @property
    def before_value(self) -> float | str:
        """Where the triangle stands; "" = nowhere."""
        return self.before.value if self.before and self.before.value is not None else ""

    @property
    def open_parts(self) -> list[tuple[int, str]]:
        """Who has come again so far, and who is still being followed."""
        return [(self.returned_early, ""), (self.open_ - self.returned_early, "hatch")]

    @property
    def of_words(self) -> str:
        """What stands after the big number of a small cell."""
        if not self.cell.is_share or not self.said:
            return words.plain(self.sentence)
        return words.after(self.spoken)

    @property
    def of_said(self) -> str:
        """690 of 1.204."""
        return words.of(self.cell.numerator, self.cell.denominator)

    @property
    def unsettled_said(self) -> str:
        """The range the appointments without an outcome allow, in a hundred."""
        return words.spread(self.unsettled).strip("()") if self.unsettled else ""

    @property
    def trust_chip(self) -> str:
        """The state of its chip."""
        return {Trust.GOOD: "trusted", Trust.CHECK: "look"}.get(self.cell.trust, "few")


def number(
    metric: Metric,
    *,
    branches: Sequence[int] | None,
    months: int,
    period: Period | None = None,
    as_of: dt.datetime | None = None,
    part: str = "",
) -> Number:
    """A headline, or a part of it.

    A typed `period` is taken as it is; months widen when few people are in them.
    """

    def ask(wanted: Period, at: dt.datetime | None = as_of) -> Cell:
        return reads.cell(question(metric, wanted, branches, at, part=part))

    if period is not None:
        return Number(metric, ask(period), period, 0, part=part)
    today = clock.today() if as_of is None else clock.day_of(as_of)
    found, cell = periods.widened(ask, metric, months, today)
    then = periods.months_before(today, found.months)
    earlier = periods.ending(metric, found.months, then)
    before = ask(earlier, clock.day_bounds(then)[1]) if cell.value is not None else None
    return Number(metric, cell, found, months, before, part)


def question(
    metric: Metric,
    period: Period,
    branches: Sequence[int] | None,
    as_of: dt.datetime | None = None,
    by: Sequence[str] = (),
    part: str = "",
) -> Question:
    """A page's question; "" asks for the part it leads with."""
    return reads.question(
        metric.key,
        chosen(metric, part).key,
        first=period.first,
        until=period.until,
        by=by,
        as_of=as_of,
        branches=branches,
    )


def chosen(metric: Metric, part: str) -> Part:
    """The part a page speaks of: the one it leads with, or the one asked for."""
    return metric.part(part) if part else metric.lead


@dataclass(frozen=True)
class Freshness:
    """When the numbers last took in everything; `waiting` = something is on its way."""

    at: dt.datetime
    waiting: bool


def freshness(metrics: Sequence[Metric]) -> Freshness:
    """Nothing waits: fresh as of now. Else as of the last time everything was in."""
    waiting = [metric for metric in metrics if refresh.is_waiting(metric.key)]
    times = [refresh.refreshed_at(metric.key) for metric in waiting]
    known = [at for at in times if at is not None]
    return Freshness(min(known) if known else clock.now(), bool(waiting))
