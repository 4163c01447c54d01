"""Reports that prove nothing: who sends them does not sign, so they only make us ask.

eSMS calls a secret address, and an address can leak. What it says moves no message; the provider
is asked what became of that message, and its answer counts. Many reports about one message are
one question. A report that lies costs one question and changes nothing (docs/messages.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q

from clinics import clock
from messaging.asking import ask
from messaging.models import Inbound, Message, MessageState, ProviderAccount
from messaging.providers import bundling_kinds
from messaging.providers.news import Look, Receipt

Asked = tuple[Inbound, Look]
Told = tuple[ProviderAccount, Receipt]

#: A provider may tell of an end before its own look-up knows it.
AGAIN_AFTER = dt.timedelta(minutes=1)
#: After this the look-up at the end of the message's own time is left to ask.
PATIENCE = dt.timedelta(minutes=30)
#: What an answer may still move.
_OPEN = (
    MessageState.QUEUED,
    MessageState.CALLING,
    MessageState.ACCEPTED,
    MessageState.EXPIRED,
    MessageState.UNKNOWN,
)


def keep(asked: Sequence[Asked]) -> None:
    """Leave reports waiting in case whoever asks is killed."""
    if asked:
        rows = Inbound.objects.filter(pk__in=[row.pk for row, _look in asked])
        rows.update(due_at=clock.now() + AGAIN_AFTER, understood_at=None)


def answers(asked: Sequence[Asked]) -> tuple[list[Told], list[int]]:
    """Ask about every message these reports name, once each, outside transactions.

    What the providers said, and the reports that need not be asked about again.
    """
    about = _about(asked)
    known = {message.pk: message for message in about.values() if message.provider_ref}
    told = [
        (message, answer)
        for message, answer in ask(list(known.values()))
        if isinstance(answer, Receipt)
    ]
    settled = {message.pk for message, _receipt in told}
    late = clock.now() - PATIENCE
    done = [
        row.pk
        for row, _look in asked
        if row.pk not in about or about[row.pk].pk in settled or row.received_at < late
    ]
    return [(message.account, receipt) for message, receipt in told], done


def _about(asked: Sequence[Asked]) -> dict[int, Message]:
    """By report, the message it is about, when an answer may still move that message."""
    uids = [look.uid for _row, look in asked if look.uid]
    refs = [look.ref for _row, look in asked if look.ref]
    accounts = {row.account_id for row, _look in asked}
    named = Q(uid__in=uids) | Q(provider_ref__in=refs)
    rows = Message.objects.filter(named, account_id__in=accounts, state__in=_OPEN)
    rows = rows.exclude(is_ad=True, account__kind__in=bundling_kinds())
    found: dict[tuple[int, object], Message] = {}
    for message in rows.select_related("account"):
        found[message.account_id, message.uid] = message
        if message.provider_ref:
            found[message.account_id, message.provider_ref] = message
    about: dict[int, Message] = {}
    for row, look in asked:
        for name in (look.uid, look.ref):
            if name and (row.account_id, name) in found:
                about.setdefault(row.pk, found[row.account_id, name])
    return about
