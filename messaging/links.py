"""The address in a message: it opens one page for one patient, without signing in.

A token is nine random bytes and nine bytes of a keyed hash over the clinic and them: it cannot be
guessed, names nobody, and opens nothing in another clinic.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from clinics import clock
from clinics.public import directory
from messaging import events
from messaging.models import Link, Message, MessageState
from messaging.sql import here

NONCE_BYTES = 9
MAC_BYTES = 9
OPEN_FOR = dt.timedelta(days=30)


@dataclass(frozen=True)
class OpenedLink:
    """What a link is about."""

    intent: uuid.UUID
    patient_id: int
    opens_until: dt.datetime


@transaction.atomic
def make(*, intent: uuid.UUID, patient_id: int, opens_until: dt.datetime | None = None) -> Link:
    """The one link of an intent, made when it is first wanted."""
    link, _made = Link.objects.get_or_create(
        intent=intent,
        defaults={
            "nonce": secrets.token_bytes(NONCE_BYTES),
            "patient_id": patient_id,
            "opens_until": opens_until or clock.now() + OPEN_FOR,
        },
    )
    return link


def make_all(wanted: Mapping[uuid.UUID, int]) -> None:
    """The links of many intents (each with its patient) in one statement; those made stay."""
    opens_until = clock.now() + OPEN_FOR
    Link.objects.bulk_create(
        (
            Link(
                intent=intent,
                nonce=secrets.token_bytes(NONCE_BYTES),
                patient_id=patient_id,
                opens_until=opens_until,
            )
            for intent, patient_id in wanted.items()
        ),
        ignore_conflicts=True,
    )


def url_for(intent: uuid.UUID, *, patient_id: int, opens_until: dt.datetime | None = None) -> str:
    """The address of an intent's page on the clinic's own host."""
    link = make(intent=intent, patient_id=patient_id, opens_until=opens_until)
    return address(directory.address_of(here()), bytes(link.nonce))


def urls(intents: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The addresses of intents that have a link: two statements for any number."""
    nonces = dict(Link.objects.filter(intent__in=list(intents)).values_list("intent", "nonce"))
    if not nonces:
        return {}
    host = directory.address_of(here())
    return {intent: address(host, bytes(nonce)) for intent, nonce in nonces.items()}


def resolve(token: str) -> OpenedLink | None:
    """What a token opens here and now; None for an altered, an outdated or another clinic's one."""
    nonce = _nonce(token)
    if nonce is None:
        return None
    now = clock.now()
    link = Link.objects.filter(nonce=nonce, opens_until__gt=now).first()
    if link is None:
        return None
    if link.first_opened_at is None:
        Link.objects.filter(pk=link.pk, first_opened_at__isnull=True).update(first_opened_at=now)
    return OpenedLink(link.intent, link.patient_id, link.opens_until)


@transaction.atomic
def mark_acted(intent: uuid.UUID) -> bool:
    """She answered: the last attempt that went out has reached her, what still waits is withdrawn.

    False when nothing of this intent was ever sent.
    """
    attempts = list(Message.objects.select_for_update().filter(intent=intent).order_by("attempt"))
    out = [each for each in attempts if each.state in _WENT_OUT]
    now = clock.now()
    waiting = [each.pk for each in attempts if each.state == MessageState.QUEUED]
    if waiting and out:
        Message.objects.filter(pk__in=waiting).update(
            state=MessageState.CANCELLED, due_at=None, ended_at=now, error_code="answered"
        )
    if not out:
        return False
    last = out[-1]
    if last.state != MessageState.ACTED:
        Message.objects.filter(pk=last.pk).update(
            state=MessageState.ACTED,
            due_at=None,
            acted_at=now,
            ended_at=None,
            delivered_at=last.delivered_at or now,  # at the latest by now
        )
        events.acted.tell(events.Acted(intent, last.patient_id, now))
    return True


_WENT_OUT = frozenset(
    {
        MessageState.CALLING,
        MessageState.ACCEPTED,
        MessageState.DELIVERED,
        MessageState.SEEN,
        MessageState.ACTED,
        MessageState.EXPIRED,
        MessageState.UNKNOWN,
    }
)


def address(host: str, nonce: bytes) -> str:
    return f"{host}/k/{base64.urlsafe_b64encode(nonce + _mac(nonce)).decode()}/"


def _mac(nonce: bytes) -> bytes:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"{here()}|".encode() + nonce, hashlib.sha256).digest()[:MAC_BYTES]


def _nonce(token: str) -> bytes | None:
    """The nonce of a genuine token of this clinic."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    if base64.urlsafe_b64encode(raw).decode() != token:  # one spelling a link
        return None
    nonce, mac = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
    return nonce if len(mac) == MAC_BYTES and hmac.compare_digest(mac, _mac(nonce)) else None
