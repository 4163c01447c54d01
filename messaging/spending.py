"""What a clinic's messages have cost, month by month, and the limit it sets itself
(docs/messages.md, "Money")."""

from __future__ import annotations

import datetime as dt
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
from messaging import costs, limits
from messaging.models import (
    Message,
    MessageClass,
    MessageState,
    SpendingLimit,
    TemplatePurpose,
)

MONTHS = 6
PAGE = 50


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
    """A sum: of what, how many messages, how many reached somebody, VND, how many without a
    known price."""

    key: str
    name: str
    messages: int
    delivered: int
    vnd: int
    unknown: int

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
_BY = {
    "branch": "branch__code",
    "channel": "channel",
    "purpose": "template__purpose",
    "class": "is_ad",
}


class Month:
    """The messages providers took in one month, in some branches; one statement."""

    def __init__(self, day: dt.date, branches: Sequence[Branch]) -> None:
        self.day, self.branches = day.replace(day=1), list(branches)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        told = _taken(self.day, self.branches).values(*_BY.values(), "branch__name")
        return list(
            told.annotate(
                messages=Count("id"),
                delivered=Count("id", filter=Q(delivered_at__isnull=False)),
                vnd=Sum("cost", default=0),
                unknown=Count("id", filter=Q(cost__isnull=True)),
            )
        )

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
            groups.setdefault(str(row[_BY[by]]), []).append(row)
        lines = [_sum(key, name(rows[0]), rows) for key, rows in groups.items()]
        return Table(by, title, sorted(lines, key=lambda line: (-line.vnd, line.name)))


def _sum(key: str, name: str, rows: Sequence[dict[str, Any]]) -> Line:
    numbers = ("messages", "delivered", "vnd", "unknown")
    return Line(key, name, *(sum(row[field] for row in rows) for field in numbers))


def _taken(day: dt.date, branches: Sequence[Branch]) -> QuerySet[Message]:
    first, following = costs.month_of(day)
    return Message.objects.filter(
        branch__in=branches, accepted_at__gte=first, accepted_at__lt=following
    )


def months(branches: Sequence[Branch]) -> list[tuple[dt.date, int]]:
    """The latest months that cost something, the newest first: its first day and VND."""
    day = clock.today().replace(day=1)
    for _ in range(MONTHS - 1):
        day = (day - dt.timedelta(days=1)).replace(day=1)
    rows = (
        Message.objects.filter(branch__in=branches, accepted_at__gte=costs.month_of(day)[0])
        .annotate(month=TruncMonth("accepted_at", tzinfo=clock.CLINIC_ZONE))
        .values_list("month")
        .annotate(vnd=Sum("cost", default=0))
        .order_by("-month")
    )
    return [(month.date(), vnd) for month, vnd in rows]


def behind(
    day: dt.date, branches: Sequence[Branch], by: str, key: str, number: int
) -> tuple[list[Message], bool]:
    """A page of the messages of a sum, the latest first, and whether there is another. Raises
    KeyError for a way to tell that does not exist."""
    wanted: object = key == "True" if by == "class" else key
    rows = _taken(day, branches).filter(**{_BY[by]: wanted}).select_related("branch", "template")
    start = (max(1, number) - 1) * PAGE
    found = list(rows.order_by("-accepted_at", "-id")[start : start + PAGE + 1])
    return found[:PAGE], len(found) > PAGE
