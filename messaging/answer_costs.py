"""What our own answers cost: the desk's and the automatic ones (docs/messages.md, "Money").

An answer has a price when it is written and a cost once a provider took it. Pressed again after a
network dropped it, it is one answer with the cost of both, in the month in which it was first
taken; where one of the two is not known, neither is the sum.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Case, Count, DateTimeField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from clinics import clock
from clinics.public import Branch
from messaging import costs
from messaging.models import LineState, TalkLine, TemplatePurpose, ZaloPerson

_ARRIVED = Q(state__in=[LineState.DELIVERED, LineState.SEEN])


def taken(said: int | None = None) -> dict[str, Any]:
    """What to write on an answer that its provider has taken. `said`: VND, by the provider."""
    each = F("price") if said is None else Value(said)
    return {
        "accepted_at": Coalesce("accepted_at", Value(clock.now(), DateTimeField())),
        "cost": Case(When(accepted_at__isnull=True, then=each), default=F("cost") + each),
    }


def corrected(said: int) -> dict[str, Any]:
    """A report was faster than the provider's answer and has booked the price; `said` holds."""
    return {"cost": Coalesce(F("cost") - F("price"), 0) + said}


def of_last(who: ZaloPerson, since: dt.datetime) -> int | None:
    """VND of the last answer to somebody since then; None = there is none, or nobody knows."""
    lines = TalkLine.objects.filter(
        account=who.account_id, person=who.user_id, accepted_at__gte=since
    )
    return lines.order_by("-accepted_at").values_list("cost", flat=True).first()


def of_month(day: dt.date, branches: Sequence[Branch]) -> QuerySet[TalkLine]:
    """The answers a provider took in a day's month on the clinic's clock."""
    first, following = costs.month_of(day)
    return TalkLine.objects.filter(
        branch__in=branches, accepted_at__gte=first, accepted_at__lt=following
    )


def unsure_of_month(day: dt.date, branches: Sequence[Branch]) -> QuerySet[TalkLine]:
    """Those handed over in it of which nobody knows whether a provider took them; one that was
    taken before and sent again stands in both."""
    first, following = costs.month_of(day)
    return TalkLine.objects.filter(
        branch__in=branches,
        state=LineState.UNKNOWN,
        called_at__gte=first,
        called_at__lt=following,
    )


def rows(day: dt.date, branches: Sequence[Branch]) -> list[dict[str, Any]]:
    """A month's answers, told by branch and channel as the sums of messages are; two statements."""
    fields = ("branch__code", "branch__name", "channel")
    told = of_month(day, branches).values(*fields)
    sums = told.annotate(
        messages=Count("id"),
        delivered=Count("id", filter=_ARRIVED),
        vnd=Sum("cost", default=0),
        unknown=Count("id", filter=Q(cost__isnull=True)),
    )
    maybe = (
        unsure_of_month(day, branches)
        .values(*fields)
        .annotate(
            unsure=Count("id"),
            maybe=Sum("price", default=0),
            unpriced=Count("id", filter=Q(price__isnull=True)),
        )
    )
    return [{**row, **_ANSWER} for row in (*sums, *maybe)]


#: How a sum by purpose and by class knows an answer.
_ANSWER: Mapping[str, object] = {"template__purpose": TemplatePurpose.REPLY.value, "is_ad": False}


def matches(by: str, key: str) -> dict[str, object] | None:
    """What picks the answers of a sum (`by`: a way to tell, "all" = all); None = it holds none."""
    if by in ("branch", "channel"):
        return {"branch__code" if by == "branch" else "channel": key}
    holds = {"all": True, "purpose": key == TemplatePurpose.REPLY, "class": key == "False"}
    return {} if holds[by] else None
