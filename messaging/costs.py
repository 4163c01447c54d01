"""What a message costs: the one rule. Pure (docs/messages.md, "Money").

Never a guess: where neither the provider nor a price list says it, the cost is None and the
message is counted apart.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from clinics import clock
from messaging import segments

#: On these a message that is not delivered in its time, or refused later, is not charged.
CHARGED_IF_DELIVERED = frozenset({"zalo"})
#: A letter goes by the clinic's own mail account: nobody charges for it.
FREE = frozenset({"email"})
#: From so many hundredths of the month's limit on advertising waits.
ADS_UNTIL = 80


@dataclass(frozen=True, slots=True)
class Prices:
    """What price lists say, VND; None = nobody has said. `by_part` is the account's, for an SMS
    whose text has no price of its own."""

    phone: int | None = None
    user: int | None = None
    by_part: int | None = None


def price(channel: str, to_kind: str, parts: int | None, prices: Prices) -> int | None:
    """What a message will cost by the price lists. `to_kind`: phone, zalo, email."""
    if channel == "zalo":
        return prices.user if to_kind == "zalo" else prices.phone
    if channel == "sms":
        each = prices.by_part if prices.phone is None else prices.phone
        return None if parts is None else segments.price(parts, each)
    return 0 if channel in FREE and prices.phone is None else prices.phone


def charged(
    channel: str, *, arrived: bool, said: int | None, cost: int | None, price: int | None
) -> int | None:
    """The cost after a report. What the report says holds. Else, where only what arrives is
    charged, what did not arrive costs nothing, and what was taken back and arrives after all
    costs its price again."""
    if said is not None:
        return said
    if channel not in CHARGED_IF_DELIVERED:
        return cost
    if not arrived:
        return 0
    return price if cost == 0 else cost


@dataclass(frozen=True, slots=True)
class Stand:
    """How much of the month's limit is spent, both VND."""

    spent: int
    limit: int

    @property
    def stops_ads(self) -> bool:
        return self.spent * 100 >= self.limit * ADS_UNTIL

    @property
    def stops_care(self) -> bool:
        return self.spent >= self.limit

    @property
    def percent(self) -> int:
        """Whole hundredths, rounded down: 79.9 is not 80."""
        return self.spent * 100 // self.limit


def month_of(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """First instant of a day's month on the clinic's clock, and of the next month."""
    first = day.replace(day=1)
    following = (first + dt.timedelta(days=31)).replace(day=1)
    return clock.at(first, dt.time()), clock.at(following, dt.time())
