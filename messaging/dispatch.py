"""Handing messages over: claim a batch, commit it as calling, send outside, settle in one go.

A worker may die at any point. Before the commit the rows are still queued; after it they say
"calling", and sweep.py finds them. See docs/messages.md.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from django.db import transaction

from clinics import clock
from clinics.public import alerts, quiet
from messaging import (
    accounts,
    bundles,
    costs,
    letters,
    limits,
    links,
    mapping,
    outbox,
    sql,
    sweep,
    texts,
)
from messaging.fallbacks import pass_on
from messaging.models import Message, MessageState, ProviderAccount, Template, Unreachable
from messaging.pace import Pace
from messaging.providers import provider_of
from messaging.providers.abilities import AnyProvider, BundlingProvider, SendingProvider
from messaging.providers.base import (
    Outcome,
    Provider,
    ProviderError,
    Request,
    Scope,
    Sending,
)
from messaging.providers.http import Burst
from messaging.sql import Claimed
from messaging.verdicts import LIMIT_AFTER, MARGIN, Verdict, judge, refused
from messaging.wordings import LINK

BATCH = 500
#: Under way at once for an account: when sending again is safe, and when it is not.
IN_FLIGHT = 200
IN_FLIGHT_UNSAFE = 50
LANES = 2
#: When somebody must look at a batch whose worker was killed, if it may simply be sent again.
LEASE = dt.timedelta(minutes=2)
#: A visit leaves the rest to the next one, so that what is overdue gets its turn.
VISIT_SECONDS = 120.0


def deliver_due() -> None:
    """Do all that is due in this clinic's outbox: look after old attempts, send queued ones.

    Mostly an attempt has arrived long before somebody was to look after it: then one statement.
    """
    if not outbox.is_due():
        return
    sweep.sweep()
    bundles.look()
    limits.put_off_at_night()
    until = time.monotonic() + VISIT_SECONDS
    sending = accounts.sending()
    budget = limits.hold_to_budget(sending)
    with Burst() as burst:
        outing = Outing(burst, links.Addresses(), until, budget)
        for account in sending:
            while _work_off(account, outing, ads=False):
                pass
            if limits.hold_ads(account, provider_of(account.kind)):  # care goes before it
                _advertise(account, outing)


@dataclass(frozen=True, slots=True)
class Outing:
    """What the accounts of one visit share; `until` on the monotonic clock."""

    burst: Burst
    addresses: links.Addresses
    until: float
    budget: limits.Budget | None = None


def _advertise(account: ProviderAccount, outing: Outing) -> None:
    if isinstance(provider_of(account.kind), BundlingProvider):
        bundles.hand_over(account)
        return
    while _work_off(account, outing, ads=True):
        pass


@dataclass(frozen=True, slots=True)
class Plan:
    """How an account is worked on: while one lane is under way, the other one is settled."""

    lanes: int
    in_flight: int  # of each lane
    limit: int  # messages a lane claims at once


def plan_for(account: ProviderAccount, provider: Provider) -> Plan:
    """What a killed worker leaves behind of an unsafe account is in doubt, so its lanes together
    claim no more than may be under way. After a pause one message asks whether it works."""
    cap = account.in_flight_cap or (IN_FLIGHT if provider.retry_safe else IN_FLIGHT_UNSAFE)
    if account.paused_reason or cap < LANES:
        return Plan(1, 1, 1)
    each = min(cap // LANES, BATCH)
    return Plan(LANES, each, BATCH if provider.retry_safe else each)


@dataclass(frozen=True, slots=True)
class Lane:
    """Claimed messages on their way to the provider, and the credentials they went with.

    `refused`: by place, those that our own side of the provider does not let leave.
    """

    claimed: list[Claimed]
    credentials: str
    outcomes: Future[list[Outcome]]
    refused: Mapping[int, ProviderError] = field(default_factory=dict)


def _work_off(account: ProviderAccount, outing: Outing, *, ads: bool) -> bool:
    """Hand over what is due by an account. True when a pause has just proved to be over."""
    provider, asking, budget = provider_of(account.kind), bool(account.paused_reason), outing.budget
    plan, visit = plan_for(account, provider), Visit(limits.pace_of(account, provider), budget)
    under_way: deque[Lane] = deque()
    more = True
    while True:
        while more and len(under_way) < plan.lanes:
            most = visit.most(plan.limit, ads=ads) if time.monotonic() < outing.until else 0
            room = visit.pace.allow(most, clock.now()) if most else 0
            claimed = _claim(account, provider, room, budget, ads=ads) if room else []
            more = bool(claimed) and len(claimed) == most and not asking
            if claimed:
                visit.took(claimed)
                under_way.append(start_lane(account, provider, claimed, outing, plan))
        if not under_way:
            if visit.sent:
                limits.keep(account, visit.pace, visit.daily_quota)
            return asking and not account.paused_reason
        if _finish(account, provider, under_way.popleft(), outing, plan, visit):
            more = False


@dataclass(slots=True)
class Visit:
    """What one visit has sent by an account, and what the answers said of its quota."""

    pace: Pace
    budget: limits.Budget | None = None  # of all accounts together
    sent: int = 0
    daily_quota: int | None = None

    def most(self, number: int, *, ads: bool) -> int:
        return number if self.budget is None else self.budget.allow(number, ads=ads)

    def took(self, claimed: Sequence[Claimed]) -> None:
        self.sent += len(claimed)
        self.pace.took(len(claimed))
        if self.budget is not None:
            self.budget.took([row.price for row in claimed])

    def learn(self, verdicts: Sequence[Verdict]) -> None:
        for each in verdicts:
            if self.budget is not None:
                self.budget.settled(each.row.price, each.settled.state, each.settled.cost)
            if each.accepted is not None:
                self.pace.learn(each.accepted.quota_left)
                self.daily_quota = each.accepted.daily_quota or self.daily_quota


def _claim(
    account: ProviderAccount,
    provider: Provider,
    limit: int,
    budget: limits.Budget | None,
    *,
    ads: bool,
) -> list[Claimed]:
    now = clock.now()
    by_part = account.part_price(is_ad=ads)
    claimed = sql.claim(
        account=account.pk,
        ads=ads,
        limit=limit,
        now=now,
        until=now + (LEASE if provider.retry_safe else provider.expires_after + MARGIN),
        soonest=now + LIMIT_AFTER,
        safety_only=budget is not None and budget.stand.stops_care,
    )
    for row in claimed:
        lists = costs.Prices(row.price_phone, row.price_user, by_part)
        row.price = costs.price(provider.channel, row.to_kind, row.parts, lists)
    return claimed


def start_lane(
    account: ProviderAccount,
    provider: AnyProvider,
    claimed: list[Claimed],
    outing: Outing,
    plan: Plan,
) -> Lane:
    batch = [_sending(row, outing.addresses) for row in claimed]
    if isinstance(provider, SendingProvider):
        sends, dressed = provider, letters.dress(batch)
        outcomes = outing.burst.beside(lambda: sends.hand_over(account, dressed))
        return Lane(claimed, account.credentials, outcomes)
    requests: list[Request] = []
    refused: dict[int, ProviderError] = {}
    for place, sending in enumerate(batch):
        try:
            requests.append(provider.request(account, sending))
        except ProviderError as error:
            refused[place] = error
    outcomes = outing.burst.start(requests, in_flight=plan.in_flight)
    return Lane(claimed, account.credentials, outcomes, refused)


def _finish(
    account: ProviderAccount,
    provider: AnyProvider,
    lane: Lane,
    outing: Outing,
    plan: Plan,
    visit: Visit,
) -> bool:
    """Settle a lane. True when the account is paused by what it met."""
    verdicts = judged(provider, lane)
    stale = [each.row for each in verdicts if each.error is not None and each.error.renew]
    if stale and _renewed(account, provider, lane):
        # Refused for the token's sake, so certainly not taken: exactly those once more.
        second = judged(provider, start_lane(account, provider, stale, outing, plan))
        again = {each.row.id: each for each in second}
        verdicts = [again.get(each.row.id, each) for each in verdicts]
    visit.learn(verdicts)
    return settle(account, verdicts)


def judged(provider: Provider, lane: Lane) -> list[Verdict]:
    sent = iter(lane.outcomes.result())
    now = clock.now()
    return [
        Verdict(row, refused(row, lane.refused[place], now), lane.refused[place])
        if place in lane.refused
        else judge(provider, row, next(sent), now)
        for place, row in enumerate(lane.claimed)
    ]


def _renewed(account: ProviderAccount, provider: Provider, lane: Lane) -> bool:
    """Whether there is another token than the one the lane went with."""
    if account.credentials != lane.credentials:
        return True  # the other lane has renewed it
    if not provider.renew(account.pk, account):
        return False
    account.refresh_from_db(fields=["credentials"])
    return True


def _sending(row: Claimed, addresses: links.Addresses) -> Sending:
    url = "" if row.nonce is None else addresses.of(row.nonce)
    values = {**row.values, LINK: url}
    # Under a provider's own name the address still stands open (messaging/mapping.py).
    wanted = {
        name: texts.with_link(mapping.value_of(values, name), url)
        for name in row.params.split(",")
        if name
    }
    return Sending(
        row.uid,
        row.to,
        row.to_kind,
        row.template_id,
        wanted,
        texts.with_link(row.text, url),
        title=row.title,
        is_ad=row.is_ad,
        keeps_accents=row.keeps_accents,
    )


@transaction.atomic
def settle(account: ProviderAccount, verdicts: Sequence[Verdict]) -> bool:
    """Write how a batch ended and start what follows from it. True when the account is paused."""
    states = sql.settle([verdict.settled for verdict in verdicts])
    errors = [each for each in verdicts if each.error is not None]
    _learn(errors)
    _disable_templates(errors)
    ended = [
        each.settled.id
        for each in verdicts
        if each.settled.state in (MessageState.FAILED, MessageState.UNKNOWN)
        and states.get(each.settled.id) == each.settled.state
    ]
    if ended:
        pass_on(ended)
    return _pause_or_resume(account, verdicts)


def _pause_or_resume(account: ProviderAccount, verdicts: Sequence[Verdict]) -> bool:
    stops = [v.error for v in verdicts if v.error is not None and v.error.scope is Scope.ACCOUNT]
    if stops:
        until = max(stop.retry_at for stop in stops if stop.retry_at is not None)
        accounts.pause(account, code=stops[0].code, text=stops[0].text, until=until)
        return True
    if account.paused_reason and any(v.settled.state == MessageState.ACCEPTED for v in verdicts):
        accounts.resume(account)
        account.paused_until, account.paused_reason = None, ""
    return False


def _learn(errors: Sequence[Verdict]) -> None:
    """Keep what a refusal says about a number, for as long as it is likely to hold."""
    now = clock.now()
    telling = {
        each.row.id: each.error for each in errors if each.error and each.error.fact_days != 0
    }
    if not telling:
        return
    rows = Message.objects.filter(pk__in=telling).values_list("pk", "contact_point_id", "channel")
    facts: dict[tuple[int, str], Unreachable] = {}
    for pk, point, channel in rows:
        error = telling[pk]
        until = None if error.fact_days is None else now + dt.timedelta(days=error.fact_days)
        facts[point, channel] = Unreachable(
            contact_point_id=point,
            channel=channel,
            code=error.code,
            learned_at=now,
            until=until and quiet.awake(until),
        )
    Unreachable.objects.bulk_create(
        facts.values(),
        update_conflicts=True,
        unique_fields=["contact_point", "channel"],
        update_fields=["code", "learned_at", "until"],
    )


def _disable_templates(errors: Sequence[Verdict]) -> None:
    stopped = 0
    for each in errors:
        if each.error is not None and each.error.disable:
            rows = Template.objects.filter(pk=each.row.template_pk, disabled_reason="")
            reason = f"{each.error.code}: {each.error.text}"[:200]
            stopped += rows.update(disabled_reason=reason)
    if stopped:
        alerts.wake()
