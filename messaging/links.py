"""The address in a message: it opens one page for one patient, without signing in.

A token is seven random bytes and five bytes of a keyed hash over the clinic and them, sixteen
letters in all: it cannot be guessed, names nobody, and opens nothing in another clinic. How safe
that is: docs/messages.md, "Links".
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import ngettext, pgettext

from clinics import clock
from clinics.public import directory
from messaging import events
from messaging.models import Link, LinkOpen, Message, MessageState, TemplatePurpose, Visitor
from messaging.sql import here

NONCE_BYTES = 7
MAC_BYTES = 5
#: (nonce, hash) of the addresses that the version before sent; they open until they end.
_BEFORE = (9, 9)
OPEN_FOR = dt.timedelta(days=30)
#: Where a purpose wants another time: what is about a day to come opens until then, an invitation
#: as long as its "later" may last.
OPENS_FOR = {
    TemplatePurpose.CONFIRMATION: dt.timedelta(days=180),
    TemplatePurpose.REMINDER: dt.timedelta(days=14),
    TemplatePurpose.RECALL: dt.timedelta(days=60),
    TemplatePurpose.REPLY: dt.timedelta(days=14),
}
#: So many openings of one link are kept; more tell nothing, and cannot fill the disk.
MOST_OPENS = 200

#: An attempt: its intent, and which one it is.
Way = tuple[uuid.UUID, int]


@dataclass(frozen=True)
class OpenedLink:
    """What a link is about."""

    id: int
    intent: uuid.UUID
    attempt: int
    patient_id: int
    opens_until: dt.datetime
    opened_before: bool


@dataclass(frozen=True)
class Wanted:
    """A link that an attempt wants; `purpose` (of its text) says how long it opens."""

    intent: uuid.UUID
    attempt: int
    patient_id: int
    purpose: str


def opens_for(purpose: str) -> dt.timedelta:
    """How long a link opens in a message of this purpose."""
    return OPENS_FOR.get(TemplatePurpose(purpose), OPEN_FOR) if purpose else OPEN_FOR


@transaction.atomic
def make(
    *,
    intent: uuid.UUID,
    patient_id: int,
    opens_until: dt.datetime | None = None,
    attempt: int = 1,
) -> Link:
    """The link of an attempt, made when it is first wanted."""
    link, _made = Link.objects.get_or_create(
        intent=intent,
        attempt=attempt,
        defaults={
            "nonce": secrets.token_bytes(NONCE_BYTES),
            "patient_id": patient_id,
            "opens_until": opens_until or clock.now() + OPEN_FOR,
        },
    )
    return link


def make_all(wanted: Sequence[Wanted]) -> None:
    """The links of many attempts in one statement; those made stay."""
    now = clock.now()
    Link.objects.bulk_create(
        (
            Link(
                intent=each.intent,
                attempt=each.attempt,
                nonce=secrets.token_bytes(NONCE_BYTES),
                patient_id=each.patient_id,
                opens_until=now + opens_for(each.purpose),
            )
            for each in wanted
        ),
        ignore_conflicts=True,
    )


def url_for(
    intent: uuid.UUID,
    *,
    patient_id: int,
    opens_until: dt.datetime | None = None,
    attempt: int = 1,
) -> str:
    """The address of an attempt's page on the clinic's own host."""
    link = make(intent=intent, patient_id=patient_id, opens_until=opens_until, attempt=attempt)
    return address(directory.address_of(here()), bytes(link.nonce))


class Addresses:
    """The addresses of many links of the clinic we are in: what all of them share is looked up
    once, when the first one is wanted."""

    def __init__(self) -> None:
        self._host = ""
        self._key = self._clinic = b""

    def of(self, nonce: bytes) -> str:
        if not self._host:
            self._host = directory.address_of(here())
            self._key, self._clinic = _keys()
        mac = hmac.digest(self._key, self._clinic + nonce, "sha256")[: _mac_bytes(nonce)]
        return _written(self._host, nonce + mac)


def sample() -> str:
    """An address as long as every other here, to count the parts of an SMS with."""
    return address(directory.address_of(here()), bytes(NONCE_BYTES))


def resolve(token: str) -> OpenedLink | None:
    """What a token opens here and now; None for an altered, an outdated or another clinic's one.
    Changes nothing."""
    nonce = _nonce(token)
    if nonce is None:
        return None
    link = Link.objects.filter(nonce=nonce, opens_until__gt=clock.now()).first()
    if link is None:
        return None
    return OpenedLink(
        link.pk,
        link.intent,
        link.attempt,
        link.patient_id,
        link.opens_until,
        link.first_opened_at is not None,
    )


@transaction.atomic
def note(opened: OpenedLink, *, kind: Visitor, clicked: bool = False) -> None:
    """A link's page was asked for, or a button on it was pressed; only a person's counts."""
    now = clock.now()
    if LinkOpen.objects.filter(link_id=opened.id).count() < MOST_OPENS:
        action = "clicked" if clicked else "opened"
        LinkOpen.objects.create(link_id=opened.id, at=now, kind=kind, action=action)
    if kind == Visitor.PERSON and not opened.opened_before:
        Link.objects.filter(pk=opened.id, first_opened_at__isnull=True).update(first_opened_at=now)


@dataclass(frozen=True, slots=True)
class Opens:
    """How often the page of one attempt's link was asked for, by whom."""

    people: int = 0
    previews: int = 0
    staff: int = 0

    @property
    def says(self) -> str:
        """For people: opened once (not counted: 2 times by a preview, once by staff)."""
        opened = ngettext("opened %(n)s time", "opened %(n)s times", self.people)
        said = opened % {"n": self.people} if self.people else pgettext("link", "not opened yet")
        left_out = []
        if self.previews:
            words = ngettext("%(n)s time by a preview", "%(n)s times by a preview", self.previews)
            left_out.append(words % {"n": self.previews})
        if self.staff:
            words = ngettext("%(n)s time by staff", "%(n)s times by staff", self.staff)
            left_out.append(words % {"n": self.staff})
        if not left_out:
            return said
        return pgettext("link", "%(opened)s (not counted: %(others)s)") % {
            "opened": said,
            "others": ", ".join(left_out),
        }


def opens(intents: Iterable[uuid.UUID]) -> dict[Way, Opens]:
    """The openings of each attempt whose link was asked for at all; one statement."""
    wanted = list(intents)
    if not wanted:
        return {}
    rows = (
        LinkOpen.objects.filter(link__intent__in=wanted, action="opened")
        .values("link__intent", "link__attempt")
        .annotate(
            people=Count("id", filter=Q(kind=Visitor.PERSON)),
            previews=Count("id", filter=Q(kind=Visitor.PREVIEW)),
            staff=Count("id", filter=Q(kind=Visitor.STAFF)),
        )
    )
    return {
        (row["link__intent"], row["link__attempt"]): Opens(
            row["people"], row["previews"], row["staff"]
        )
        for row in rows
    }


def _came_by(intent: uuid.UUID) -> int | None:
    """The attempt whose link she used last; a button pressed says more than a look."""
    found: int | None = (
        LinkOpen.objects.filter(link__intent=intent, kind=Visitor.PERSON)
        .order_by("action", "-at", "-id")  # "clicked" comes before "opened"
        .values_list("link__attempt", flat=True)
        .first()
    )
    return found


@transaction.atomic
def mark_acted(intent: uuid.UUID) -> bool:
    """She answered: the attempt whose link she used has reached her (else the last one that went
    out), what still waits is withdrawn.

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
    if any(each.state == MessageState.ACTED for each in out):
        return True
    used = _came_by(intent)
    reached = next((each for each in out if each.attempt == used), out[-1])
    Message.objects.filter(pk=reached.pk).update(
        state=MessageState.ACTED,
        due_at=None,
        acted_at=now,
        ended_at=None,
        delivered_at=reached.delivered_at or now,  # at the latest by now
    )
    events.acted.tell(events.Acted(intent, reached.patient_id, now))
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
    return _written(host, nonce + _mac(nonce))


def _written(host: str, token: bytes) -> str:
    return f"{host}/k/{base64.urlsafe_b64encode(token).decode()}/"


def _mac(nonce: bytes) -> bytes:
    key, clinic = _keys()
    return hmac.digest(key, clinic + nonce, "sha256")[: _mac_bytes(nonce)]


def _keys() -> tuple[bytes, bytes]:
    """What the hash of a link takes in beside its nonce: our key, and the clinic."""
    return settings.SECRET_KEY.encode(), f"{here()}|".encode()


def _mac_bytes(nonce: bytes) -> int:
    return _BEFORE[1] if len(nonce) == _BEFORE[0] else MAC_BYTES


def _nonce(token: str) -> bytes | None:
    """The nonce of a genuine token of this clinic."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    if base64.urlsafe_b64encode(raw).decode() != token:  # one spelling a link
        return None
    for size, mac_size in ((NONCE_BYTES, MAC_BYTES), _BEFORE):
        if len(raw) == size + mac_size:
            nonce, mac = raw[:size], raw[size:]
            return nonce if hmac.compare_digest(mac, _mac(nonce)) else None
    return None
