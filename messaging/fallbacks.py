"""What follows an attempt that failed, expired or stayed unknown: the next way, once.

No number is tried twice on a channel, and no channel is tried again once it took the message:
it may still arrive there.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction

from clinics import clock
from messaging import events, texts
from messaging.models import Message, MessageState, Template
from messaging.quiet import is_quiet, spread
from messaging.routes import Reach, Route, Want, reach

#: The attempt may have reached her, or still may.
_MAY_ARRIVE = frozenset(
    {
        MessageState.QUEUED,
        MessageState.CALLING,
        MessageState.ACCEPTED,
        MessageState.DELIVERED,
        MessageState.SEEN,
        MessageState.ACTED,
    }
)


@transaction.atomic
def pass_on(ended: Iterable[int], *, overlapped: bool = False) -> int:
    """Queue the next way of each ended attempt, or tell that none is left.

    `ended`: ids of messages whose state says so. `overlapped`: their limit has come while they
    may still arrive; nobody is told then. Returns how many were queued.
    """
    found = Message.objects.filter(pk__in=list(ended)).select_related("template").order_by("pk")
    # A receipt may have been faster than whoever says that it ended.
    rows = [row for row in found if overlapped or row.state not in _MAY_ARRIVE]
    if not rows:
        return 0
    history: dict[uuid.UUID, list[Message]] = defaultdict(list)
    for each in Message.objects.filter(intent__in={row.intent for row in rows}):
        history[each.intent].append(each)
    ways = reach(_want(row) for row in rows)
    chosen: list[tuple[Message, Route, int]] = []
    for row in rows:
        earlier = history[row.intent]
        others = [each for each in earlier if each.pk != row.pk]
        if any(each.state in _MAY_ARRIVE for each in others):
            continue
        route = _next(row, earlier, ways[_want(row)])
        if route is not None:
            chosen.append((row, route, max(each.attempt for each in earlier) + 1))
        elif not overlapped:
            _tell(row)
    return _queue(chosen, overlapped=overlapped)


def _want(row: Message) -> Want:
    return Want(row.patient_id, row.branch_id, row.template.key)


def _next(row: Message, earlier: Sequence[Message], found: Reach) -> Route | None:
    allowed = set(row.allowed_channels.split(","))
    tried = {(each.contact_point_id, each.channel) for each in earlier}
    taken = {
        each.channel
        for each in earlier
        if each.accepted_at is not None
        or each.state in (MessageState.UNKNOWN, MessageState.CALLING, MessageState.ACCEPTED)
    }
    for route in found.routes:
        if route.channel not in allowed or route.channel in taken:
            continue
        if (route.contact_point_id, route.channel) not in tried:
            return route
    return None


def _queue(chosen: Sequence[tuple[Message, Route, int]], *, overlapped: bool) -> int:
    bodies = dict(
        Template.objects.filter(pk__in={route.template_id for _, route, _ in chosen}).values_list(
            "pk", "body"
        )
    )
    now = clock.now()
    Message.objects.bulk_create(
        Message(
            intent=row.intent,
            attempt=attempt,
            patient_id=row.patient_id,
            branch_id=row.branch_id,
            contact_point_id=route.contact_point_id,
            account_id=route.account_id,
            template_id=route.template_id,
            channel=route.channel,
            values=row.values,
            text=texts.render(bodies[route.template_id], row.values, sms=route.channel == "sms"),
            safety=row.safety,
            purpose=row.purpose,
            is_ad=row.is_ad,
            allowed_channels=row.allowed_channels,
            due_at=spread(now) if is_quiet(now, safety=row.safety) else now,
            overlapped=overlapped,
            queued_at=now,
        )
        for row, route, attempt in chosen
    )
    return len(chosen)


def _tell(row: Message) -> None:
    reason = row.error_code if row.state in (MessageState.FAILED, MessageState.CANCELLED) else ""
    events.unreached.tell(
        events.Unreached(
            row.intent, row.uid, row.patient_id, row.branch_id, reason or str(row.state)
        )
    )
