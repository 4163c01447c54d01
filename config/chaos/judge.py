"""Two books compared: what the gateway accepted, and what the product says about it.

*lost*: said to be sent and not in the gateway's book, or due and neither decided nor visibly
waiting. *doubled*: two accepted on one channel, or a second channel before the first had failed
or died. *overlapped*: a second channel because the purpose could wait no longer. *after_stop*:
accepted more than a second after she had refused. *unseen_unknown*: an end nobody can see.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clinics import clock
from followup.models import Contact
from messaging.models import Message, MessageState

Row = Mapping[str, Any]
_OUT = ("accepted", "delivered", "seen", "acted")
_OPEN = ("queued", "calling", "accepted")
#: The first had failed or died, so the second way was right.
_ENDED = ("failed", "expired")
#: A refusal stops what leaves a second later.
STOP = dt.timedelta(seconds=1)


@dataclass
class Verdicts:
    lost: int = 0
    doubled: int = 0
    overlapped: int = 0
    after_stop: int = 0
    unseen_unknown: int = 0
    numbers_equal: int = 1
    said: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        names = ("lost", "doubled", "overlapped", "after_stop", "unseen_unknown", "numbers_equal")
        return {name: float(getattr(self, name)) for name in names}

    def note(self, what: str, about: object) -> None:
        setattr(self, what, getattr(self, what) + 1)
        if len(self.said) < 10:
            self.said.append(f"{what}: {about}")


def judge(book: Sequence[Row], refusals: Mapping[int, dt.datetime]) -> Verdicts:
    """Compare the gateway's book with the clinic we are in."""
    found = Verdicts()
    messages = {message.uid: message for message in Message.objects.all()}
    accepted: dict[uuid.UUID, list[Row]] = defaultdict(list)  # by our message
    for row in book:
        accepted[uuid.UUID(row.get("tracking_id") or row["request_id"])].append(row)
    for uid in accepted.keys() - messages.keys():
        found.note("unseen_unknown", f"the gateway has {uid}, the product does not")
    _lost(found, messages, accepted)
    _doubled(found, messages, accepted)
    _stopped(found, messages, accepted, refusals)
    delivered = sum(row["state"] == "delivered" for row in book)
    ours = Message.objects.filter(delivered_at__isnull=False).count()
    if delivered != ours:
        found.numbers_equal = 0
        found.said.append(f"delivered: {delivered} by the gateway, {ours} by the product")
    return found


def _lost(
    found: Verdicts,
    messages: Mapping[uuid.UUID, Message],
    accepted: Mapping[uuid.UUID, Sequence[Row]],
) -> None:
    for uid, message in messages.items():
        if message.state in _OUT and uid not in accepted:
            found.note("lost", f"{message.channel} {message.state} {uid}")
        if message.state in _OPEN and message.due_at is None:
            found.note("unseen_unknown", f"{message.channel} {message.state} {uid} for ever")
    undecided = Contact.objects.filter(decision__isnull=True, planned_for__lte=clock.now())
    for contact in undecided.filter(due_at__isnull=True):
        found.note("lost", f"contact {contact.uid} is neither decided nor due")
    said = set(Message.objects.values_list("intent", flat=True))
    sent = Contact.objects.filter(decision__end="sent").values_list("uid", flat=True)
    for uid in set(sent) - said:
        found.note("lost", f"contact {uid} was decided and has no message")


def _doubled(
    found: Verdicts,
    messages: Mapping[uuid.UUID, Message],
    accepted: Mapping[uuid.UUID, Sequence[Row]],
) -> None:
    intents: dict[uuid.UUID, list[tuple[Message, Row]]] = defaultdict(list)
    for uid, rows in accepted.items():
        if uid in messages:
            intents[messages[uid].intent] += [(messages[uid], row) for row in rows]
    for pairs in intents.values():
        pairs.sort(key=lambda pair: float(pair[1]["accepted_at"]))
        for (_first, before), (message, row) in itertools.pairwise(pairs):
            if message.overlapped:
                found.note("overlapped", message.uid)
            elif before["channel"] == row["channel"] or before["state"] not in _ENDED:
                found.note("doubled", f"{before['channel']} and {row['channel']} {message.uid}")


def _stopped(
    found: Verdicts,
    messages: Mapping[uuid.UUID, Message],
    accepted: Mapping[uuid.UUID, Sequence[Row]],
    refusals: Mapping[int, dt.datetime],
) -> None:
    for uid, rows in accepted.items():
        message = messages.get(uid)
        at = refusals.get(message.patient_id) if message else None
        if message is None or at is None or message.state == MessageState.CANCELLED:
            continue
        for row in rows:
            if row["accepted_at"] > (at + STOP).timestamp():
                found.note("after_stop", f"{row['channel']} {uid}")
