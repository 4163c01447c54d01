"""What holds due messages back before they are claimed: night, caps a person, pace, quota.

See docs/messages.md, "Limits". Nothing is dropped: a message waits with its reason, or fails with
it and goes the next way.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Least

from clinics import clock
from clinics.public import alerts, quiet
from messaging import accounts, costs, sql
from messaging.fallbacks import pass_on
from messaging.models import Message, MessageState, ProviderAccount
from messaging.models.outbox import NO_ANSWER
from messaging.pace import Pace
from messaging.providers.base import Provider

#: The code of a message that its reader's share of advertising holds back.
CAP = "ad_cap"
QUOTA = "quota"
#: The code of a message that waits because the month's money is spent.
BUDGET = "budget"
#: Claimed at once while nobody knows yet what a message costs.
FIRST_CLAIM = 25


def put_off_at_night() -> None:
    """What came due in the quiet hours waits for the morning; safety messages have an hour more."""
    now = clock.now()
    if not quiet.is_quiet(now):
        return
    opening, everything = quiet.next_opening(now), quiet.is_quiet(now, safety=True)
    sql.put_off(now=now, opening=opening, jitter=quiet.JITTER, everything=everything)


@transaction.atomic
def hold_ads(account: ProviderAccount, provider: Provider) -> bool:
    """Advertising beyond a person's share: in a window it waits until there is room, in a month
    it fails and goes the next way she allows. True when any advertising was due."""
    due = Message.objects.filter(account=account, state=MessageState.QUEUED, is_ad=True)
    now = clock.now()
    if not due.filter(due_at__lte=now).exists():
        return False
    within = provider.ads_within
    since = now - within if within else clock.at(clock.day_of(now).replace(day=1), dt.time())
    cap = account.ads_per_month if within is None else None
    over = sql.over_cap(
        account=account.pk,
        channel=provider.channel,
        now=now,
        since=since,
        cap=provider.ads_at_most if cap is None else cap,
    )
    if within is None:
        _fail([each.id for each in over], now)
        return True
    until: dict[dt.datetime, list[int]] = defaultdict(list)
    for each in over:
        until[quiet.awake((each.oldest or now) + within)].append(each.id)
    for moment, ids in until.items():
        Message.objects.filter(pk__in=ids).update(due_at=moment, error_code=CAP)
    return True


def _fail(ids: list[int], now: dt.datetime) -> None:
    rows = Message.objects.filter(pk__in=ids, state=MessageState.QUEUED)
    rows.update(state=MessageState.FAILED, due_at=None, ended_at=now, error_code=CAP)
    pass_on(ids)


def pace_of(account: ProviderAccount, provider: Provider) -> Pace:
    """What the account may send now, as far as rows and answers say."""
    now = clock.now()
    per_minute = provider.per_minute if account.per_minute is None else account.per_minute
    read = account.quota_at
    fresh = read is not None and clock.day_of(read) == clock.day_of(now)
    return Pace(
        per_minute,
        0.0 if account.pace_left is None else account.pace_left,
        account.pace_at or now - dt.timedelta(minutes=1),
        account.quota_left if fresh else None,
    )


def keep(account: ProviderAccount, pace: Pace, daily_quota: int | None) -> None:
    """Remember for the next visit what is left; with the day's quota gone the account rests until
    the next morning."""
    now = clock.now()
    account.pace_left, account.pace_at = pace.left, pace.at
    fields = ["pace_left", "pace_at"]
    if pace.quota_left is not None:
        account.quota_left, account.quota_at = pace.quota_left, now
        account.daily_quota = daily_quota or account.daily_quota
        fields += ["quota_left", "quota_at", "daily_quota"]
    account.save(update_fields=fields)
    if pace.used_up and not account.paused_reason:
        accounts.pause(account, code=QUOTA, text="", until=quiet.next_opening(now))


@dataclass(slots=True)
class Budget:
    """What is left of the month's money while a visit sends, over all accounts. What is under way
    is taken at its price until it is settled, so a limit is passed by one message at most, once
    a price is known."""

    stand: costs.Stand
    dearest: int = 0

    def allow(self, number: int, *, ads: bool) -> int:
        """How many of so many may be claimed. Beyond the limit only safety messages are, so
        their number is not cut."""
        if self.stand.stops_ads if ads else self.stand.stops_care:
            return 0 if ads else number
        if not self.dearest:
            return min(number, FIRST_CLAIM)
        until = self.stand.limit * costs.ADS_UNTIL if ads else self.stand.limit * 100
        left = until - self.stand.spent * 100
        return min(number, -(-left // (self.dearest * 100)))

    def took(self, prices: Sequence[int | None]) -> None:
        """Claimed at these prices."""
        known = [each for each in prices if each]
        self.dearest = max([self.dearest, *known])
        self._spend(sum(known))

    def settled(self, price: int | None, state: str, cost: int | None) -> None:
        """How it ended: its cost, or nothing where it was certainly not taken."""
        if state == MessageState.ACCEPTED:
            self._spend((cost or 0) - (price or 0))
            self.dearest = max(self.dearest, cost or 0)
        elif state in (MessageState.FAILED, MessageState.QUEUED):
            self._spend(-(price or 0))

    def _spend(self, vnd: int) -> None:
        self.stand = costs.Stand(self.stand.spent + vnd, self.stand.limit)


def spent_in(day: dt.date) -> int:
    """VND charged in a day's month on the clinic's clock, as far as it is known."""
    return sql.spent(*costs.month_of(day))


def hold_to_budget(sending: Sequence[ProviderAccount]) -> Budget | None:
    """From 80 % of the month's limit on due advertising waits for the next month, from 100 % on
    care does too, except safety messages. None, and no statement, where there is no limit."""
    limit = getattr(sending[0], "spending_limit", None) if sending else None
    if limit is None:
        return None
    now = clock.now()
    stand = costs.Stand(spent_in(clock.day_of(now)), limit)
    if stand.stops_ads:
        _hold(now, care=stand.stops_care)
        if not alerts.has_open(alert_of(stand), month_word(clock.day_of(now))):
            alerts.wake()
    return Budget(stand)


#: Alerts about the month's limit: advertising waits; care waits too.
NEAR, REACHED = "limit_near", "limit_reached"


def alert_of(stand: costs.Stand) -> str:
    """Which alert a stand deserves; "" = none."""
    return REACHED if stand.stops_care else NEAR if stand.stops_ads else ""


def month_word(day: dt.date) -> str:
    """A day's month as an alert's subject: 2026-11."""
    return f"{day:%Y-%m}"


@transaction.atomic
def _hold(now: dt.datetime, *, care: bool) -> None:
    # What a provider may have taken already is settled with its own key, not held.
    due = Message.objects.filter(state=MessageState.QUEUED, due_at__lte=now)
    due = due.exclude(error_code=NO_ANSWER)
    following = quiet.awake(costs.month_of(clock.day_of(now))[1])
    due.filter(is_ad=True).update(due_at=following, error_code=BUDGET)
    if not care:
        return
    waiting = due.filter(is_ad=False, safety=False)
    latest = Value(following, output_field=DateTimeField())
    # Until it is out of date: then sweep.py ends it.
    waiting.update(due_at=Least(F("valid_until"), latest), error_code=BUDGET)


def release_budget() -> int:
    """The limit was changed: what waits for money is looked at again, at once."""
    waiting = Message.objects.filter(state=MessageState.QUEUED, error_code=BUDGET)
    return waiting.update(due_at=clock.now())
