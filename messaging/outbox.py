"""The outbox: what is queued to be said, what may still be taken back, how it went.

One row is one attempt; all attempts to say one intended thing share its `intent`. How a row
moves: docs/messages.md. Handing over is dispatch.py, waiting too long is sweep.py, the next
way is fallbacks.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, DateTimeField, F, Min, Q, When
from django.db.models.functions import Greatest, Least

from clinics import clock
from clinics.public import Branch
from messaging import composing, events, fallbacks, links, mapping
from messaging.models import Language, Message, MessageState, Template
from messaging.models.outbox import (
    CARE_KEEPS,
    KEY_LIVES,
    NO_ANSWER,
    NO_CONNECTION,
    NO_REPORT,
    OPEN_STATES,
    PAUSE_LIMIT,
    PAUSED,
)
from messaging.routes import Route
from messaging.texts import in_languages, is_wanted_in
from patients.public import Patient

__all__ = [
    "NO_REPORT",
    "AlreadyQueued",
    "Saying",
    "attempts",
    "in_languages",
    "is_due",
    "language_missed",
    "next_due",
    "queue",
    "refused",
    "withdraw",
]


class AlreadyQueued(Exception):
    """The intent was queued before: an intent is said once."""


@dataclass(frozen=True, kw_only=True)
class Saying:
    """The first attempt to say an intended thing.

    `route`: from routes.reach. `allowed_channels`: those with a basis, in which a fallback may
    look for its way. `limit_at`: when a fallback is tried although the first attempt may still
    arrive. `valid_until`: from when it is not worth saying any more, by any way; without one care
    is out of date after CARE_KEEPS, and advertising never. `values` fill the template, in one
    language or several (`in_languages`); the link is made when it is queued.
    """

    intent: uuid.UUID
    patient: Patient
    branch: Branch
    route: Route
    values: Mapping[str, str]
    safety: bool = False
    limit_at: dt.datetime | None = None
    valid_until: dt.datetime | None = None
    allowed_channels: Sequence[str] = ()
    purpose: str = "care"
    due_at: dt.datetime | None = None


@transaction.atomic
def queue(sayings: Sequence[Saying]) -> list[Message]:
    """Queue many at once: five statements for any number. Raises AlreadyQueued."""
    intents = [saying.intent for saying in sayings]
    for known in Message.objects.filter(intent__in=intents).values_list("intent", flat=True):
        raise AlreadyQueued(str(known))
    templates = composing.in_bulk({saying.route.template_id for saying in sayings})
    links.make_all(
        [
            links.Wanted(saying.intent, 1, saying.patient.pk, template.purpose)
            for saying in sayings
            if mapping.wants_link(template := templates[saying.route.template_id])
        ]
    )
    now, link = clock.now(), composing.link_of(templates.values())
    queued = Message.objects.bulk_create(
        _message(saying, templates[saying.route.template_id], now, link) for saying in sayings
    )
    refused = [each.pk for each in queued if each.state == MessageState.FAILED]
    if refused:
        fallbacks.pass_on(refused)
    return queued


def _message(saying: Saying, template: Template, now: dt.datetime, link: str) -> Message:
    route = saying.route
    due_at = saying.due_at or now
    fields = {"due_at": due_at} | composing.composed(template, saying.values, now, link=link)
    keeps = None if fields["is_ad"] else due_at + CARE_KEEPS
    return Message(
        intent=saying.intent,
        patient=saying.patient,
        branch=saying.branch,
        contact_point_id=route.contact_point_id,
        account_id=route.account_id,
        template=template,
        channel=route.channel,
        safety=saying.safety,
        purpose=saying.purpose,
        allowed_channels=",".join(saying.allowed_channels),
        limit_at=saying.limit_at,
        valid_until=saying.valid_until or keeps,
        queued_at=now,
        **fields,
    )


@transaction.atomic
def withdraw(intents: Collection[uuid.UUID]) -> bool:
    """Take intents back: what still waits is not sent, and nothing follows what went out.

    True when nothing of them had gone out.
    """
    if not intents:
        return True
    now = clock.now()
    rows = Message.objects.filter(intent__in=intents)
    rows.filter(state=MessageState.QUEUED).update(
        state=MessageState.CANCELLED, due_at=None, ended_at=now, error_code="withdrawn"
    )
    rows.filter(state__in=OPEN_STATES).update(allowed_channels="", limit_at=None)
    return not rows.exclude(state=MessageState.CANCELLED).exists()


@transaction.atomic
def refused(*, patient_id: int, purpose: str, channel: str) -> int:
    """A refusal stands from now on: nothing more leaves on that channel ("" = all).

    What waited is withdrawn and told as unreached. Returns how many messages that were.
    """
    mine = Message.objects.select_for_update().filter(
        patient_id=patient_id, purpose=purpose, state__in=OPEN_STATES
    )
    withdrawn = 0
    for row in mine:
        left = [each for each in row.allowed_channels.split(",") if channel and each != channel]
        Message.objects.filter(pk=row.pk).update(allowed_channels=",".join(left))
        if row.state == MessageState.QUEUED and channel in ("", row.channel):
            withdrawn += 1
            Message.objects.filter(pk=row.pk).update(
                state=MessageState.CANCELLED,
                due_at=None,
                ended_at=clock.now(),
                error_code="refused",
            )
            events.unreached.tell(
                events.Unreached(row.intent, row.uid, patient_id, row.branch_id, "refused")
            )
    return withdrawn


def attempts(intents: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Message]]:
    """The attempts of each intent, the first one first; one statement."""
    found: dict[uuid.UUID, list[Message]] = defaultdict(list)
    rows = Message.objects.filter(intent__in=list(intents)).select_related(
        "account", "contact_point", "template"
    )
    for row in rows.order_by("intent", "attempt"):
        found[row.intent].append(row)
    return dict(found)


def language_missed(message: Message) -> str:
    """The language she was to be written to in, where there was no such text; else ""."""
    others = [each for each in Language.values if each != Language.VI]
    wanted = next((each for each in others if is_wanted_in(message.values, each)), "")
    return "" if wanted == message.template.language else wanted


def is_due() -> bool:
    """Whether anything in this clinic's outbox must be looked at now."""
    now = clock.now()
    waiting = Message.objects.filter(due_at__isnull=False)
    held = Q(account__paused_until__gt=now, queued_at__lte=now - PAUSE_LIMIT)
    return waiting.filter(Q(due_at__lte=now) | Q(limit_at__lte=now) | held).exists()


def _next_look() -> Case:
    """When one that is queued is next looked at, in the words of sweep.py: each instant here is one
    at which that does something, or a visit would follow the other."""
    pause = Greatest("due_at", "account__paused_until")
    begun = Q(error_code=NO_ANSWER)
    limit = Case(
        When(limit_at__isnull=False, then="limit_at"),
        When(begun, then=F("queued_at") + KEY_LIVES),
        When(Q(error_code=PAUSED) | Q(is_ad=True), then=pause),
        When(tries__gt=0, then=F("queued_at") + PAUSE_LIMIT),
        default=F("due_at") + PAUSE_LIMIT,
        output_field=DateTimeField(),
    )
    never = begun | Q(valid_until=None)
    end = Case(When(never, then=pause), default=Greatest("due_at", "valid_until"))
    return Case(
        When(account__paused_until__gt=clock.now(), then=Least(pause, limit, end)),
        When(error_code=NO_CONNECTION, then=Least("due_at", "limit_at")),
        default="due_at",
        output_field=DateTimeField(),
    )


def next_due() -> dt.datetime | None:
    """When something in this clinic's outbox must next be looked at; None = all is at rest.

    What waits for a paused account waits as long as the pause, but not beyond its limit, nor until
    it is out of date.
    """
    waiting = Message.objects.filter(due_at__isnull=False)
    others = waiting.exclude(state=MessageState.QUEUED).aggregate(at=Min("due_at"))["at"]
    queued = waiting.filter(state=MessageState.QUEUED).aggregate(at=Min(_next_look()))["at"]
    return min((at for at in (others, queued) if at is not None), default=None)
