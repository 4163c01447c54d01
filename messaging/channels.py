"""A clinic's accounts as its settings show them: how each stands, in words, and what it heard.

Writing is accounts.py; here is only reading. Nothing here shows a secret or what a patient wrote.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import pgettext

from clinics import clock
from messaging.models import Inbound, Message, ProviderAccount, Template, TemplateStatus
from messaging.providers import NoSuchProvider, provider_of, providers
from messaging.providers.abilities import AnyProvider, AsksConsent

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: After so long a sent message should have been reported.
REPORTS_TAKE = dt.timedelta(hours=3)
#: So long after its time a renewal is late.
RENEWAL_TAKES = dt.timedelta(hours=2)
#: So long before what is paid for at the provider ends it is said.
PACKAGE_WARNS = dt.timedelta(days=14)
#: So many of the last reports that need a look are shown.
REPORTS = 30


class Standing(StrEnum):
    """How an account stands, the gravest first."""

    RESTING = "resting"  # no folder speaks to its provider any more
    OFF = "off"
    AUTHORISE = "authorise"  # a person must give consent at the provider again
    PAUSED = "paused"
    WORKING = "working"


@dataclass(frozen=True)
class Channel:
    """One account with all that its line and its page say."""

    row: ProviderAccount
    provider: AnyProvider | None
    standing: Standing
    reason: StrOrPromise  # why it is paused, in words
    missing: list[StrOrPromise]  # what a person must still do
    branches: list[str]  # names; none = all

    @property
    def title(self) -> StrOrPromise:
        """What people call this kind of account."""
        return self.provider.title if self.provider else self.row.kind

    @property
    def needs_somebody(self) -> bool:
        """Whether nothing goes on unless a person does something."""
        paused = self.standing in (Standing.AUTHORISE, Standing.PAUSED)
        return paused or (self.standing == Standing.WORKING and bool(self.missing))

    @property
    def asks_consent(self) -> bool:
        """Whether a person gives consent at its provider."""
        return isinstance(self.provider, AsksConsent)

    @property
    def never_allowed(self) -> bool:
        """Whether nobody has ever given consent at the provider."""
        return self.row.must_authorise and self.row.authorised_at is None

    @property
    def address(self) -> str:
        """Where its provider reports."""
        return self.provider.webhook_url(self.row) if self.provider else ""


@dataclass(frozen=True)
class Report:
    """A report that was not simply applied: forged, unknown, or not understood. Never its text."""

    event: str
    at: dt.datetime
    why: str


def every() -> list[Channel]:
    """All accounts, in the order in which their channels are tried; four statements."""
    rows = _rows().order_by("id")
    with_texts = _with_texts()
    found = [_channel(row, with_texts) for row in rows]
    last = max((each.order for each in providers()), default=0) + 1
    return sorted(found, key=lambda one: one.provider.order if one.provider else last)


def one(uid: uuid.UUID) -> Channel:
    """One account. Raises ProviderAccount.DoesNotExist."""
    row = _rows().get(uid=uid)
    return _channel(row, _with_texts())


def waiting_for_somebody() -> int:
    """How many accounts that are switched on do not work unless a person does something."""
    stopped = Q(must_authorise=True) | Q(paused_until__gt=clock.now())
    return ProviderAccount.objects.filter(stopped, is_active=True).count()


def _rows() -> QuerySet[ProviderAccount]:
    """Accounts with their branches, and whether reports that should have come ever did."""
    mine = OuterRef("pk")
    heard = Inbound.objects.filter(account=mine, genuine=True)
    sent = Message.objects.filter(account=mine, accepted_at__lt=clock.now() - REPORTS_TAKE)
    return ProviderAccount.objects.prefetch_related("branches").annotate(
        never_heard=Exists(sent) & ~Exists(heard)
    )


def _with_texts() -> frozenset[int | None]:
    """The accounts that have something to say; None = there are texts any account may say."""
    usable = Template.objects.filter(status=TemplateStatus.APPROVED)
    return frozenset(usable.values_list("account_id", flat=True).distinct())


def _channel(row: ProviderAccount, with_texts: frozenset[int | None]) -> Channel:
    try:
        provider = provider_of(row.kind)
    except NoSuchProvider:
        provider = None
    missing: list[StrOrPromise] = []
    if provider is not None:
        missing += provider.missing(row)
        if row.pk not in with_texts and None not in with_texts:
            missing.append(pgettext("channels", "No text may be sent by it yet."))
        missing += _failing(row, provider)
    branches = [branch.name for branch in row.branches.all()]
    return Channel(row, provider, _standing(row, provider), _why(row, provider), missing, branches)


def _failing(row: ProviderAccount, provider: AnyProvider) -> list[StrOrPromise]:
    """What still goes well, but will not for long."""
    found: list[StrOrPromise] = []
    if never_heard(row, provider):
        found.append(
            pgettext(
                "channels",
                "No report has ever come: is the address below saved at the provider?",
            )
        )
    found += _package(row)
    if renewal_is_late(row, provider):
        found.append(
            pgettext(
                "channels",
                "Its permission could not be renewed and ends soon: allow it again.",
            )
        )
    return found


def _package(row: ProviderAccount) -> list[StrOrPromise]:
    """What is paid for at the provider and ends soon, or has ended: without it nothing goes out."""
    if row.package_until is None or row.package_until > clock.today() + PACKAGE_WARNS:
        return []
    facts = {
        "package": row.package or row.said_name or row.name,
        "day": f"{row.package_until:%d/%m/%Y}",
    }
    if row.package_until < clock.today():
        said = pgettext(
            "channels", "The package %(package)s ended on %(day)s: renew it at the provider."
        )
    else:
        said = pgettext(
            "channels", "The package %(package)s ends on %(day)s: renew it at the provider."
        )
    return [said % facts]


def never_heard(row: ProviderAccount, provider: AnyProvider) -> bool:
    """Whether reports that should have come never did; `row` as `every` reads it."""
    return bool(getattr(row, "never_heard", False) and provider.webhook_url(row))


def renewal_is_late(row: ProviderAccount, provider: AnyProvider) -> bool:
    """Whether its tokens are older than they should ever get."""
    if provider.tend_every is None or row.authorised_at is None:
        return False
    return clock.now() - row.authorised_at - provider.tend_every > RENEWAL_TAKES


def _standing(row: ProviderAccount, provider: AnyProvider | None) -> Standing:
    if provider is None:
        return Standing.RESTING
    if not row.is_active:
        return Standing.OFF
    if row.must_authorise:
        return Standing.AUTHORISE
    if row.paused_until is not None and row.paused_until > clock.now():
        return Standing.PAUSED
    return Standing.WORKING


def _why(row: ProviderAccount, provider: AnyProvider | None) -> StrOrPromise:
    code, _colon, text = row.paused_reason.partition(": ")
    words = provider.words(code) if provider else ""
    return words or text or code


def stored(row: ProviderAccount) -> Mapping[str, str]:
    """What is stored of an account, for its form alone: secrets included, and never shown."""
    return dict(json.loads(row.credentials))


def heard_at(row: ProviderAccount) -> dt.datetime | None:
    """When a genuine report of it came last; None = never."""
    found: dt.datetime | None = Inbound.objects.filter(account=row, genuine=True).aggregate(
        at=Max("received_at")
    )["at"]
    return found


def reports(row: ProviderAccount) -> list[Report]:
    """The last reports somebody may want to look at, the newest first."""
    strange = Q(genuine=False) | Q(unknown=True) | ~Q(error="")
    rows = Inbound.objects.filter(strange, account=row).order_by("-id").defer("body")[:REPORTS]
    return [Report(each.event, each.received_at, _strange(each)) for each in rows]


def _strange(row: Inbound) -> str:
    if not row.genuine:
        return pgettext("channels", "It does not prove where it comes from: nothing was changed.")
    if row.unknown:
        return pgettext("channels", "The product does not know this kind of news: kept, not used.")
    if row.due_at is None and row.understood_at is None:
        return pgettext("channels", "It could not be understood for a day and was given up.")
    return pgettext("channels", "It could not be understood and is tried again.")
