"""What this app alerts people of: the causes that stand now, read from its own rows
(docs/alerts.md). Nothing here is what a patient wrote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.db.models import Count, Exists, OuterRef, Q

from clinics import clock
from clinics.public import alerts, quiet
from messaging import alert_words, channels, costs, limits, talks
from messaging.alert_words import (
    AUTHORISE,
    DYING,
    FORGED,
    NEVER_HEARD,
    PAUSED,
    TEXT_STOPPED,
    UNREAD,
)
from messaging.channels import Channel, Standing
from messaging.models import (
    Inbound,
    MessageClass,
    ProviderAccount,
    SpendingLimit,
    Talk,
    Template,
    TemplateStatus,
)
from messaging.models.templates import IN_WORK
from messaging.templates import REPLACED
from patients.public import identities

#: A pause shorter than this is the product's own matter.
LONG_PAUSE = dt.timedelta(minutes=30)
#: Reports of an account within a day, from so many on somebody should look.
MANY_FORGED, MANY_UNREAD = 20, 10
WITHIN = dt.timedelta(days=1)
#: By day it is looked this often, for what no deed announces.
LOOK_EVERY = dt.timedelta(hours=1)
#: The code of an account that was never allowed: somebody is just connecting it.
NEW = "new"
#: How soon somebody must have taken a stranger's sign; plain pain (R3) waits in the inbox.
SIGN_CLOCK = {"R1": dt.timedelta(minutes=60), "R2": dt.timedelta(hours=24)}


def look(standing: Collection[alerts.Subject]) -> Iterator[alerts.Cause]:
    """Every cause that stands now; nine statements, whatever the number of causes."""
    yield from _accounts(standing)
    yield from _texts()
    yield from _money()
    yield from _reports()
    yield from _strangers(standing)


def again() -> dt.datetime | None:
    """When to look by itself: a clinic without an account has nothing that could fail."""
    if not ProviderAccount.objects.filter(is_active=True).exists():
        return None
    return quiet.awake(clock.now() + LOOK_EVERY)


def stranger(talk: Talk, tier: str) -> None:
    """Somebody nobody knows named a sign that worries: no patient, so no task says so."""
    if tier in SIGN_CLOCK and talk.account is not None:
        alerts.raise_for(_sign(talk, talk.account, clock.now() + SIGN_CLOCK[tier]))


def _sign(talk: Talk, account: ProviderAccount, act_by: dt.datetime | None) -> alerts.Cause:
    return alerts.Cause(
        talks.STRANGER,
        str(talk.uid),
        "inbox.answer",
        urgent=True,
        act_by=act_by,
        branches=_branches(account),
        facts={"account": account.name, "provider": account.kind},
    )


def _branches(account: ProviderAccount) -> frozenset[int]:
    return frozenset(branch.pk for branch in account.branches.all())


def _accounts(standing: Collection[alerts.Subject]) -> Iterator[alerts.Cause]:
    for one in channels.every():
        row, provider = one.row, one.provider
        if provider is None or one.standing in (Standing.OFF, Standing.RESTING):
            continue
        code, _colon, text = row.paused_reason.partition(": ")
        if one.standing == Standing.AUTHORISE:
            if code != NEW:
                yield _about(one, AUTHORISE, urgent=True)
            continue
        if _pauses(row, standing):
            yield _about(one, PAUSED, code=code, text=text)
        if channels.renewal_is_late(row, provider):
            yield _about(one, DYING)
        if channels.never_heard(row, provider):
            yield _about(one, NEVER_HEARD)


def _pauses(row: ProviderAccount, standing: Collection[alerts.Subject]) -> bool:
    """Whether it is paused for long; over when a message gets through or somebody mends it, not
    when the next try is made."""
    if not row.paused_reason:
        return False
    lasts = row.paused_until is not None and row.paused_until - clock.now() >= LONG_PAUSE
    return lasts or (PAUSED, str(row.uid)) in standing


def _about(one: Channel, kind: str, *, urgent: bool = False, **facts: str) -> alerts.Cause:
    return alerts.Cause(
        kind,
        str(one.row.uid),
        "settings.write",
        urgent=urgent,
        branches=_branches(one.row),
        facts={"account": one.row.name, "provider": one.row.kind, **facts},
    )


def _texts() -> Iterator[alerts.Cause]:
    """Texts a provider refused or stopped, while nobody writes or uses another in their place."""
    slot = {name: OuterRef(name) for name in ("key", "channel", "language", "account")}
    others = Template.objects.filter(**slot, status__in=[TemplateStatus.APPROVED, *IN_WORK])
    stopped = Q(status=TemplateStatus.DISABLED) & ~Q(status_reason=REPLACED) & ~Exists(others)
    rows = Template.objects.filter(
        Q(status=TemplateStatus.REJECTED) | stopped, account__is_active=True
    ).prefetch_related("account__branches")
    for row in rows.select_related("account").order_by("id"):
        ads = row.message_class == MessageClass.ADS
        yield alerts.Cause(
            TEXT_STOPPED,
            str(row.uid),
            "messages.ads" if ads else "messages.write",
            branches=_branches(row.account) if row.account else frozenset(),
            facts={
                "key": row.key,
                "title": row.title,
                "channel": row.channel,
                "status": row.status,
                "reason": row.status_reason,
            },
        )


def _money() -> Iterator[alerts.Cause]:
    limit = SpendingLimit.objects.values_list("vnd", flat=True).first()
    if limit is None:
        return
    stand = costs.Stand(limits.spent_in(clock.today()), limit)
    kind = limits.alert_of(stand)
    if kind:
        yield alerts.Cause(
            kind,
            limits.month_word(clock.today()),
            "costs.set",
            urgent=stand.stops_care,
            facts={"limit": limit},
        )


def _reports() -> Iterator[alerts.Cause]:
    """Accounts in whose name strangers report, or whose reports the product cannot read."""
    unread = Q(genuine=True, understood_at__isnull=True) & ~Q(error="")
    counted = (
        Inbound.objects.filter(Q(genuine=False) | unread, received_at__gte=clock.now() - WITHIN)
        .filter(account__is_active=True)
        .values("account", "genuine")
        .annotate(n=Count("id"))
    )
    many = [
        (row["account"], UNREAD if row["genuine"] else FORGED)
        for row in counted
        if row["n"] >= (MANY_UNREAD if row["genuine"] else MANY_FORGED)
    ]
    rows = ProviderAccount.objects.prefetch_related("branches").in_bulk([pk for pk, _ in many])
    for pk, kind in many:
        row = rows[pk]
        yield alerts.Cause(
            kind,
            str(row.uid),
            "settings.write",
            branches=_branches(row),
            facts={"account": row.name, "provider": row.kind},
        )


def _strangers(standing: Collection[alerts.Subject]) -> Iterator[alerts.Cause]:
    """Signs of people nobody knows, until somebody answers them or says who they are. Of people
    behind a shared number one has the task."""
    rows = Talk.objects.filter(
        patient__isnull=True, merged_into__isnull=True, account__isnull=False, alarm__in=SIGN_CLOCK
    )
    found = list(rows.select_related("account").prefetch_related("account__branches"))
    where = {talk.pk: talks.address(talk.account, talk.sender) for talk in found if talk.account}
    known = identities.many(set(where.values()))
    for talk in found:
        if talk.account is None or known.get(where[talk.pk]):
            continue
        stands = (talks.STRANGER, str(talk.uid)) in standing
        act_by = None if stands else clock.now() + SIGN_CLOCK[talk.alarm]
        yield _sign(talk, talk.account, act_by)


SOURCE = alerts.Source(kinds=alert_words.WORDS, look=look, again=again)
