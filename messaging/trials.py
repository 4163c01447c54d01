"""A test message to ourselves: by a chosen account and text, for real, to a number of our own.

It is no message to a patient: it stands in no outbox and in no number, only among the deeds.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import pgettext

from clinics import clock
from clinics.public import Staff, audit, directory, places
from messaging import mapping, texts
from messaging.models import ProviderAccount, Template, TemplateStatus
from messaging.providers import provider_of
from messaging.providers.abilities import SendingProvider
from messaging.providers.base import (
    Lost,
    NotSent,
    Outcome,
    OutcomeUnknown,
    ProviderError,
    Sending,
)
from messaging.providers.http import call
from messaging.sql import here
from messaging.wordings import LINK

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Which kinds of texts can be tried: those a provider may know.
USABLE = (TemplateStatus.APPROVED, TemplateStatus.PENDING, TemplateStatus.DRAFT)


@dataclass(frozen=True)
class Tried:
    """How a test ended, in words; `code`: the provider's, "" where it gave none."""

    taken: bool
    words: StrOrPromise
    code: str = ""


def choices(account: ProviderAccount) -> list[Template]:
    """The texts that can be tried by an account."""
    rows = Template.objects.filter(account=account, status__in=USABLE)
    return list(rows.order_by("key", "status"))


def send(account: ProviderAccount, text: Template, to: str, *, by: Staff) -> Tried:
    """Hand one message over, now, outside of any transaction. `to`: E.164 or an e-mail address."""
    provider = provider_of(account.kind)
    kind = "email" if "@" in to else "phone"
    if not provider.takes(account, kind, to):
        return Tried(False, pgettext("trial", "This account cannot write to such an address."))
    sending = _sending(text, to, kind)
    tried, stale = _judged(account, _outcome(account, sending))
    if stale and provider.renew(account.pk, account):
        account.refresh_from_db(fields=["credentials"])
        tried, _stale = _judged(account, _outcome(account, sending))
    audit.record(
        verb="channel.tried",
        actor=by,
        subject=account.uid,
        note=f"{account.kind} {text.key} {'taken' if tried.taken else tried.code}".strip(),
    )
    return tried


def _outcome(account: ProviderAccount, sending: Sending) -> Outcome:
    provider = provider_of(account.kind)
    if isinstance(provider, SendingProvider):
        return provider.hand_over(account, [sending])[0]
    return call(provider.trial(account, sending))


def _judged(account: ProviderAccount, outcome: Outcome) -> tuple[Tried, bool]:
    """How it ended, and whether another token may help."""
    provider = provider_of(account.kind)
    if isinstance(outcome, NotSent):
        said = pgettext("trial", "The provider could not be reached.")
        return Tried(False, said, "no_connection"), False
    nothing = Tried(False, pgettext("trial", "The provider gave no answer."), "no_answer")
    if isinstance(outcome, Lost):
        return nothing, False
    try:
        provider.accepted(outcome, clock.now())
    except ProviderError as error:
        words = provider.words(error.code) or error.text or error.code
        return Tried(False, words, error.code), error.renew
    except OutcomeUnknown:
        return nothing, False
    said = pgettext("trial", "The provider took it. Look at your phone or mailbox.")
    return Tried(True, said), False


def _sending(text: Template, to: str, kind: str) -> Sending:
    """The text with invented values; the link leads to the clinic's own address."""
    link = directory.address_of(here())
    values = texts.complete(
        {
            "clinic": places.profile().name,
            "full_call": "chị Trang",
            "salutation": "chị",
            "name": "Trang",
            "time": "15:30",
            "day": f"{clock.today():%d/%m/%Y}",
        }
    )
    ours = mapping.read(text)
    names = {name: ours.get(name, name) for name in text.params.split(",") if name}
    wanted = {
        theirs: link if name == LINK else values.get(name) or "An Tâm"
        for theirs, name in names.items()
    }
    body = texts.render(text.body, values | wanted, sms=text.channel == "sms")
    return Sending(
        uuid.uuid4(), to, kind, text.provider_id, wanted, texts.with_link(body, link), text.title
    )
