"""Messages of which nobody can say whether a provider took them, and what they may have cost
(docs/messages.md, "Money"). They were handed over and no answer came; none was ever accepted, so
no other sum holds them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet

from clinics.public import Branch
from messaging import costs
from messaging.models import Message, MessageState

#: What the price lists ask for.
_PRICED_BY = (
    "contact_point__kind",
    "parts",
    "template__price_phone",
    "template__price_user",
    "account__part_price_care",
    "account__part_price_ads",
)


def of_month(day: dt.date, branches: Sequence[Branch]) -> QuerySet[Message]:
    """Those handed over in a day's month on the clinic's clock."""
    first, following = costs.month_of(day)
    return Message.objects.filter(
        branch__in=branches,
        state=MessageState.UNKNOWN,
        accepted_at__isnull=True,
        called_at__gte=first,
        called_at__lt=following,
    )


def rows(day: dt.date, branches: Sequence[Branch], by: Sequence[str]) -> list[dict[str, Any]]:
    """How many there are, told by these fields; `maybe`: VND if they were all taken, `unpriced`:
    of how many even that is not known. One statement."""
    names = dict.fromkeys((*by, "channel", "is_ad", *_PRICED_BY))
    told = of_month(day, branches).values(*names).annotate(unsure=Count("id"))
    return [each | _maybe(each) for each in told]


def possible(message: Message) -> int | None:
    """What one may have cost, VND; it comes with its account, template and contact point."""
    prices = costs.Prices(
        message.template.price_phone,
        message.template.price_user,
        message.account.part_price(is_ad=message.is_ad),
    )
    return costs.price(message.channel, message.contact_point.kind, message.parts, prices)


def _maybe(row: dict[str, Any]) -> dict[str, int]:
    by_part = row["account__part_price_ads" if row["is_ad"] else "account__part_price_care"]
    prices = costs.Prices(row["template__price_phone"], row["template__price_user"], by_part)
    each = costs.price(row["channel"], row["contact_point__kind"], row["parts"], prices)
    number = row["unsure"]
    return {"maybe": (each or 0) * number, "unpriced": number if each is None else 0}
