"""One press that ends messages of a purpose on a channel (docs/providers.md, "E-mail").

The address is a message's uid and a keyed hash over the clinic and it: it names nobody, cannot be
guessed, and opens nothing in another clinic.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings

from clinics.public import directory
from messaging.models import Message
from messaging.sql import here
from patients.public import Patient, Purpose, basis

MAC_BYTES = 12
UID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Ending:
    """What an address of ours ends."""

    patient: Patient
    purpose: str
    channel: str
    language: str  # of the letter she has before her

    @property
    def purpose_label(self) -> str:
        return str(Purpose(self.purpose).label)


def urls(uids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The address of each message; one statement for any number."""
    host = directory.address_of(here()) if uids else ""
    return {uid: f"{host}/u/{token(uid)}/" for uid in uids}


def token(uid: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(uid.bytes + _mac(uid)).decode().rstrip("=")


def resolve(said: str) -> Ending | None:
    """What an address ends; None for an altered one or one of another clinic."""
    uid = _uid(said)
    row = (
        Message.objects.filter(uid=uid).select_related("patient", "template").first()
        if uid
        else None
    )
    return (
        None
        if row is None
        else Ending(row.patient, row.purpose, row.channel, row.template.language)
    )


def is_ended(ending: Ending) -> bool:
    """Whether she has refused it already."""
    found = basis.verdicts([ending.patient.pk], ending.purpose)[ending.patient.pk]
    return found[ending.channel].reason == "refused"


def end(ending: Ending) -> None:
    """Record the refusal: nothing of this purpose leaves on this channel from now on."""
    if not is_ended(ending):
        basis.refuse(
            patient=ending.patient, purpose=ending.purpose, channel=ending.channel, source="link"
        )


def _mac(uid: uuid.UUID) -> bytes:
    text = f"unsubscribe|{here()}|".encode() + uid.bytes
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).digest()[:MAC_BYTES]


def _uid(said: str) -> uuid.UUID | None:
    """The message of a genuine address of this clinic."""
    try:
        raw = base64.b64decode(said.encode("ascii") + b"=" * (-len(said) % 4), b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    if len(raw) != UID_BYTES + MAC_BYTES:
        return None
    uid = uuid.UUID(bytes=raw[:UID_BYTES])
    return uid if hmac.compare_digest(raw[UID_BYTES:], _mac(uid)) else None
