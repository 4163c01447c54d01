"""Advertising that a provider takes only for many numbers at once (docs/providers.md).

The outbox has one row a person; a request of eSMS carries one text to 30 to 5,000 numbers and is
approved by people. So rows of one text wait for each other: where enough are due they go together,
where too few are due they wait for the next quarter of an hour, until their time is over. Nothing
reports on them: the provider is asked what became of all that went out.

Such a request is never repeated: an answer that was lost is found again by the label it went with.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, Min, QuerySet

from clinics import clock
from messaging import accounts, receipts, texts
from messaging.fallbacks import pass_on
from messaging.models import Message, MessageState, ProviderAccount
from messaging.providers import bundling_kinds, provider_of
from messaging.providers.abilities import BundlingProvider
from messaging.providers.base import (
    NotSent,
    Outcome,
    OutcomeUnknown,
    ProviderError,
    Reply,
    Scope,
    Sending,
)
from messaging.providers.bundled import Bundling, Fate
from messaging.providers.http import call
from messaging.providers.news import Receipt

#: Rows of one text that are too few leave together, on the quarter of an hour.
MEETS_EVERY = dt.timedelta(minutes=15)
#: Without a limit of its own, so long an advertisement waits for others.
WAITS = dt.timedelta(hours=24)
#: Pages read of one account's look-up; more wait for the next look.
PAGES = 100


def hand_over(account: ProviderAccount) -> None:
    """Hand over what is due of an account's advertising, text by text."""
    provider = provider_of(account.kind)
    if not isinstance(provider, BundlingProvider) or not _due(account).exists():
        return
    opening = _next_opening(provider.bundling, clock.now())
    if opening is not None:
        _due(account).update(due_at=opening)
        return
    for template, text, points in _texts(account):
        mine = _due(account).filter(template_id=template, text=text)
        if texts.LINK in text:
            _end(mine, "own_link")
            continue
        if not _send_all(account, provider, mine, points):
            return
        _wait_for_more(mine)


def _send_all(
    account: ProviderAccount, provider: BundlingProvider, rows: QuerySet[Message], points: int
) -> bool:
    """Requests for one text while enough numbers are left. False when the account is refused."""
    rules = provider.bundling
    while points >= rules.least:
        # The last two requests share what is left, so that neither is too small.
        size = rules.most if points >= rules.most + rules.least else points
        bundle = _claim(rows, size if size <= rules.most else points // 2, rules)
        if bundle is None:
            return True
        distinct = list({each.to: each for each in map(_sending, bundle.rows)}.values())
        outcome = call(provider.bundle(account, distinct, bundle.label))
        refused = _settle(provider, rules, bundle, outcome)
        if refused is not None and refused.retry_at is not None:
            accounts.pause(account, code=refused.code, text=refused.text, until=refused.retry_at)
            return False
        if account.paused_reason and bundle.taken:
            accounts.resume(account)
            account.paused_until, account.paused_reason = None, ""
        points -= len(distinct)
    return True


def _due(account: ProviderAccount) -> QuerySet[Message]:
    return Message.objects.filter(
        account=account, is_ad=True, state=MessageState.QUEUED, due_at__lte=clock.now()
    )


def _texts(account: ProviderAccount) -> list[tuple[int, str, int]]:
    """The texts that are due, with how many numbers each has; one statement."""
    rows = _due(account).values("template_id", "text")
    found = rows.annotate(points=Count("contact_point_id", distinct=True), first=Min("due_at"))
    return [
        (row["template_id"], row["text"], row["points"]) for row in found.order_by("first", "text")
    ]


def _next_opening(rules: Bundling, now: dt.datetime) -> dt.datetime | None:
    """When advertising may leave next; None = now."""
    local, day = clock.local(now).time(), clock.day_of(now)
    if rules.opens <= local < rules.closes:
        return None
    return clock.at(day if local < rules.opens else day + dt.timedelta(days=1), rules.opens)


def _wait_for_more(rows: QuerySet[Message]) -> None:
    """Too few: until the next meeting, and those whose time is over go another way."""
    now = clock.now()
    over = rows.filter(limit_at__lte=now) | rows.filter(
        limit_at__isnull=True, queued_at__lte=now - WAITS
    )
    _end(over, "too_few")
    rows.update(due_at=_meeting(now), error_code="too_few")


def _meeting(now: dt.datetime) -> dt.datetime:
    """The next quarter of an hour."""
    since = (now - dt.datetime(2026, 1, 1, tzinfo=dt.UTC)) // MEETS_EVERY
    return dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + (since + 1) * MEETS_EVERY


@transaction.atomic
def _end(rows: QuerySet[Message], code: str) -> None:
    ids = list(rows.values_list("pk", flat=True))
    if ids:
        Message.objects.filter(pk__in=ids, state=MessageState.QUEUED).update(
            state=MessageState.FAILED, due_at=None, ended_at=clock.now(), error_code=code
        )
        pass_on(ids)


# ---------------------------------------------------------------------- one request


@dataclass(frozen=True, slots=True)
class Bundle:
    """The rows of one request, and the label by which it is found again."""

    label: str
    rows: list[Message]

    @property
    def ids(self) -> list[int]:
        return [row.pk for row in self.rows]

    @property
    def taken(self) -> bool:
        """Whether the provider took it."""
        ours = Message.objects.filter(pk__in=self.ids[:1])
        return ours.exclude(accepted_at=None).exists()


@transaction.atomic
def _claim(rows: QuerySet[Message], size: int, rules: Bundling) -> Bundle | None:
    """Commit `size` numbers' rows as being handed over, under a label of their own.

    A number that a family shares is written to once, and all its rows follow that one.
    """
    points = rows.order_by("due_at", "id").values_list("contact_point_id", flat=True)
    chosen = list(dict.fromkeys(points))[:size]
    mine = list(
        rows.filter(contact_point_id__in=chosen)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("contact_point", "template")
        .order_by("id")
    )
    if len({row.contact_point_id for row in mine}) < rules.least:
        return None
    label, now = uuid.uuid4().hex, clock.now()
    Message.objects.filter(pk__in=[row.pk for row in mine]).update(
        state=MessageState.CALLING, called_at=now, tries=F("tries") + 1, error_code="",
        due_at=now + rules.look_every, provider_ref=label,
    )  # fmt: skip
    return Bundle(label, mine)


def _sending(row: Message) -> Sending:
    point = row.contact_point
    return Sending(
        row.uid, point.value, point.kind, row.template.provider_id, {}, row.text,
        is_ad=True, keeps_accents=not row.text.isascii(),
    )  # fmt: skip


@transaction.atomic
def _settle(
    provider: BundlingProvider, rules: Bundling, bundle: Bundle, outcome: Outcome
) -> ProviderError | None:
    """Write how a request ended for all its rows. Returns a refusal about the account."""
    now = clock.now()
    rows = Message.objects.filter(pk__in=bundle.ids, state=MessageState.CALLING)
    if isinstance(outcome, NotSent):
        rows.update(
            state=MessageState.QUEUED, provider_ref="", due_at=_meeting(now),
            error_code="no_connection", error_text=outcome.reason[:300],
        )  # fmt: skip
        return None
    try:
        taken = provider.accepted(outcome, now) if isinstance(outcome, Reply) else None
    except OutcomeUnknown:
        taken = None
    except ProviderError as error:
        return _refused(rows, bundle, error)
    if taken is not None:
        rows.update(
            state=MessageState.ACCEPTED, accepted_at=now, provider_ref=taken.ref[:80],
            due_at=now + rules.look_every,
        )  # fmt: skip
    return None  # else nobody knows: it is found by its label, and never handed over again


def _refused(rows: QuerySet[Message], bundle: Bundle, error: ProviderError) -> ProviderError | None:
    now = clock.now()
    said = {"error_code": error.code[:40], "error_text": error.text, "provider_ref": ""}
    if error.permanent:
        rows.update(state=MessageState.FAILED, due_at=None, ended_at=now, **said)
        pass_on(bundle.ids)
        return None
    again = max(error.retry_at or now, _meeting(now))
    rows.update(state=MessageState.QUEUED, due_at=again, **said)
    return error if error.scope is Scope.ACCOUNT else None


# ---------------------------------------------------------------------- what became of them


def look() -> None:
    """Ask what became of bundles that are due to be looked at, and end those whose time is over."""
    for account, rows in _to_look_at():
        provider = provider_of(account.kind)
        if not isinstance(provider, BundlingProvider):
            continue
        rules = provider.bundling
        found = list(_fates(account, provider, rows))
        found += _last_questions(account, provider, _over(rows, rules), found)
        with transaction.atomic():
            _accept_found(rows, found)
            receipts.apply([(account, each) for each in _receipts(rows, found)])
            _later_or_over(rows, rules)


def _to_look_at() -> Iterator[tuple[ProviderAccount, list[Message]]]:
    under_way = (MessageState.CALLING, MessageState.ACCEPTED)
    rows = Message.objects.filter(
        is_ad=True, account__kind__in=bundling_kinds(), state__in=under_way, due_at__lte=clock.now()
    ).select_related("account", "contact_point")
    by_account: dict[int, list[Message]] = defaultdict(list)
    for row in rows.order_by("id"):
        by_account[row.account_id].append(row)
    for mine in by_account.values():
        yield mine[0].account, mine


def _fates(
    account: ProviderAccount, provider: BundlingProvider, rows: Sequence[Message]
) -> Iterator[Fate]:
    """What the provider knows of everything sent since the oldest of these rows, page by page."""
    since = min(row.called_at or row.queued_at for row in rows)
    for page in range(1, PAGES + 1):
        reply = call(provider.bundle_look_up(account, since, clock.now(), page))
        if not isinstance(reply, Reply):
            return
        try:
            fates, more = provider.bundle_looked_up(reply, page)
        except (OutcomeUnknown, ProviderError):
            return
        yield from fates
        if not more:
            return


def _over(rows: Sequence[Message], rules: Bundling) -> list[Message]:
    """Those whose time is over."""
    now = clock.now()
    return [row for row in rows if now - (row.called_at or row.queued_at) > rules.expires_after]


def _last_questions(
    account: ProviderAccount,
    provider: BundlingProvider,
    over: Sequence[Message],
    found: Sequence[Fate],
) -> list[Fate]:
    """Before a bundle's time is over, number by number, what nothing was said of."""
    known = {(fate.ref, fate.to) for fate in found if fate.news}
    refs = {
        row.provider_ref
        for row in over
        if row.accepted_at is not None and (row.provider_ref, row.contact_point.value) not in known
    }
    fates: list[Fate] = []
    for ref in sorted(refs):
        reply = call(provider.receivers(account, ref))
        if isinstance(reply, Reply):
            with suppress(OutcomeUnknown, ProviderError):
                fates += provider.received(reply, ref)
    return fates


def _accept_found(rows: Sequence[Message], found: Sequence[Fate]) -> None:
    """The answer of these was lost; they had taken it all the same."""
    refs = {fate.label: fate.ref for fate in found if fate.label and fate.ref}
    for label, ref in refs.items():
        lost = [
            row.pk
            for row in rows
            if row.state == MessageState.CALLING and row.provider_ref == label
        ]
        if lost:
            Message.objects.filter(pk__in=lost, state=MessageState.CALLING).update(
                state=MessageState.ACCEPTED, accepted_at=F("called_at"), provider_ref=ref[:80]
            )


def _receipts(rows: Sequence[Message], found: Sequence[Fate]) -> list[Receipt]:
    """What is settled, by number; a number's price stands at the first of its rows."""
    fates: dict[tuple[str, str], Fate] = {}
    for fate in found:
        for name in filter(None, (fate.ref, fate.label)):
            if fate.news or (name, fate.to) not in fates:
                fates[name, fate.to] = fate
    told: list[Receipt] = []
    paid: set[tuple[str, str]] = set()
    for row in rows:
        number = (row.provider_ref, row.contact_point.value)
        known = fates.get(number)
        if known is None or not known.news:
            continue
        cost = 0 if number in paid and known.cost is not None else known.cost
        paid.add(number)
        told.append(Receipt(known.news, row.uid, "", known.at, code=known.code, cost=cost))
    return told


def _later_or_over(rows: Sequence[Message], rules: Bundling) -> None:
    """What is still under way is looked at again, or its time is over."""
    now = clock.now()
    over = [row.pk for row in _over(rows, rules)]
    left = Message.objects.filter(pk__in=over)
    for before, after in (
        (MessageState.ACCEPTED, MessageState.EXPIRED),
        (MessageState.CALLING, MessageState.UNKNOWN),
    ):
        left.filter(state=before).update(state=after, due_at=None, ended_at=now)
    pass_on(over)
    under_way = Message.objects.filter(
        pk__in=[row.pk for row in rows],
        state__in=(MessageState.CALLING, MessageState.ACCEPTED),
    )
    under_way.update(due_at=now + rules.look_every)
