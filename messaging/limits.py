"""What holds due messages back before they are claimed: night, caps a person, pace, quota.

See docs/messages.md, "Limits". Nothing is dropped: a message waits with its reason, or fails with
it and goes the next way.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db import transaction

from clinics import clock
from messaging import accounts, sql
from messaging.fallbacks import pass_on
from messaging.models import Message, MessageState, ProviderAccount
from messaging.pace import Pace
from messaging.providers.base import Provider
from messaging.quiet import JITTER, awake, is_quiet, next_opening

#: The code of a message that its reader's share of advertising holds back.
CAP = "ad_cap"
QUOTA = "quota"


def put_off_at_night() -> None:
    """What came due in the quiet hours waits for the morning; safety messages have an hour more."""
    now = clock.now()
    if not is_quiet(now):
        return
    everything = is_quiet(now, safety=True)
    sql.put_off(now=now, opening=next_opening(now), jitter=JITTER, everything=everything)


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
        until[awake((each.oldest or now) + within)].append(each.id)
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
        accounts.pause(account, code=QUOTA, text="", until=next_opening(now))
