"""What a clinic's messages have cost, month by month, and the limit it sets itself
(docs/messages.md, "Money")."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.functional import cached_property
from django.utils.translation import pgettext

from clinics import clock
from clinics.public import Branch, alerts
from messaging import answer_costs, costs, limits, unsure
from messaging.models import (
    Message,
    MessageClass,
    MessageState,
    SpendingLimit,
    TalkLine,
    TemplatePurpose,
)

MONTHS = 6


@transaction.atomic
def set_limit(vnd: int | None) -> None:
    """What a month may cost, VND; None = no limit. What waits for money is looked at again."""
    SpendingLimit.objects.update_or_create(pk=1, defaults={"vnd": vnd})
    limits.release_budget()
    alerts.wake()


def limit() -> int | None:
    """What a month may cost, VND; None = nobody has set a limit."""
    return SpendingLimit.objects.values_list("vnd", flat=True).first()


def stand() -> costs.Stand | None:
    """How the clinic stands this month; None without a limit."""
    most = limit()
    return None if most is None else costs.Stand(limits.spent_in(clock.today()), most)


def waiting(branches: Sequence[Branch]) -> int:
    """How many messages wait for money."""
    queued = Message.objects.filter(state=MessageState.QUEUED, error_code=limits.BUDGET)
    return queued.filter(branch__in=branches).count()


@dataclass(frozen=True)
class Line:
    """A sum: of what, how many messages providers took, how many reached somebody, VND, how many
    without a known price. Beside them, of how many nobody knows whether they were taken, what
    these may have cost (`maybe`, VND), and of how many of them not even that is known."""

    key: str
    name: str
    messages: int
    delivered: int
    vnd: int
    unknown: int
    unsure: int = 0
    maybe: int = 0
    unpriced: int = 0

    @property
    def at_most(self) -> int:
        """VND, if all of which nobody knows were taken."""
        return self.vnd + self.maybe

    @property
    def handed_over(self) -> int:
        """All that left us: taken, or nobody knows."""
        return self.messages + self.unsure

    @property
    def each(self) -> int | None:
        """VND for each delivered message, where every price is known."""
        known = self.delivered and not self.unknown
        return round(self.vnd / self.delivered) if known else None


@dataclass(frozen=True)
class Table:
    """The sums of a month told one way."""

    by: str
    title: str
    lines: list[Line]


_CHANNELS = {"zalo": "Zalo", "sms": "SMS", "viber": "Viber"}


def channel_name(channel: str) -> str:
    """What a channel is called on pages."""
    return _CHANNELS.get(channel) or pgettext("costs", "E-mail")


#: The ways to tell: the fields a sum is by.
BY = {
    "branch": "branch__code",
    "channel": "channel",
    "purpose": "template__purpose",
    "class": "is_ad",
}


class Month:
    """What was handed over in one month, in some branches, messages and answers: what providers
    took, and what nobody knows of; four statements."""

    def __init__(self, day: dt.date, branches: Sequence[Branch]) -> None:
        self.day, self.branches = day.replace(day=1), list(branches)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        told = of_month(self.day, self.branches).values(*BY.values(), "branch__name")
        taken = told.annotate(
            messages=Count("id"),
            delivered=Count("id", filter=Q(delivered_at__isnull=False)),
            vnd=Sum("cost", default=0),
            unknown=Count("id", filter=Q(cost__isnull=True)),
        )
        fields = (*BY.values(), "branch__name")
        messages = [*taken, *unsure.rows(self.day, self.branches, fields)]
        return messages + answer_costs.rows(self.day, self.branches)

    @property
    def total(self) -> Line:
        return _sum("", "", self.rows)

    @property
    def tables(self) -> list[Table]:
        return [
            self._table("branch", pgettext("costs", "By branch"), lambda row: row["branch__name"]),
            self._table(
                "channel", pgettext("costs", "By channel"), lambda row: channel_name(row["channel"])
            ),
            self._table(
                "purpose",
                pgettext("costs", "By purpose"),
                lambda row: str(TemplatePurpose(row["template__purpose"]).label),
            ),
            self._table(
                "class",
                pgettext("costs", "Care and advertising"),
                lambda row: str((MessageClass.ADS if row["is_ad"] else MessageClass.CARE).label),
            ),
        ]

    def _table(self, by: str, title: str, name: Callable[[dict[str, Any]], str]) -> Table:
        groups: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            groups.setdefault(str(row[BY[by]]), []).append(row)
        lines = [_sum(key, name(rows[0]), rows) for key, rows in groups.items()]
        return Table(by, title, sorted(lines, key=lambda line: (-line.at_most, line.name)))


def _sum(key: str, name: str, rows: Sequence[dict[str, Any]]) -> Line:
    numbers = ("messages", "delivered", "vnd", "unknown", "unsure", "maybe", "unpriced")
    return Line(key, name, *(sum(row.get(field, 0) for row in rows) for field in numbers))


def of_month(day: dt.date, branches: Sequence[Branch]) -> QuerySet[Message]:
    """The messages that providers took in a day's month on the clinic's clock."""
    first, following = costs.month_of(day)
    return Message.objects.filter(
        branch__in=branches, accepted_at__gte=first, accepted_at__lt=following
    )


def months(branches: Sequence[Branch]) -> list[tuple[dt.date, int]]:
    """The latest months that cost something, the newest first: its first day and VND."""
    day = clock.today().replace(day=1)
    for _ in range(MONTHS - 1):
        day = (day - dt.timedelta(days=1)).replace(day=1)
    since = costs.month_of(day)[0]
    sums: Counter[dt.date] = Counter()
    for model in (Message, TalkLine):
        rows = model.objects.filter(branch__in=branches, accepted_at__gte=since)
        by_month = rows.annotate(month=TruncMonth("accepted_at", tzinfo=clock.CLINIC_ZONE))
        for month, vnd in by_month.values_list("month").annotate(vnd=Sum("cost", default=0)):
            sums[month.date()] += vnd
    return sorted(sums.items(), reverse=True)


def name_of(day: dt.date, branches: Sequence[Branch], by: str, key: str) -> str:
    """What a sum of a month is called ("SMS", "Quận 3"); "" where it holds no message."""
    tables = (table for table in Month(day, branches).tables if table.by == by)
    return next((line.name for table in tables for line in table.lines if line.key == key), "")
