"""What follows an attempt that failed, expired or stayed unknown: the next way, once.

No number is tried twice on a channel, and no channel is tried again once it took the message:
it may still arrive there.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction

from clinics import clock
from clinics.public import quiet
from messaging import accounts, composing, events, links, mapping
from messaging.models import Message, MessageState, Template
from messaging.models.outbox import CARE_KEEPS, NO_CONNECTION, PAUSED
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


def pass_on(ended: Iterable[int], *, overlapped: bool = False) -> int:
    """Queue the next way of each ended attempt, or tell that none is left.

    `ended`: ids of messages whose state says so. `overlapped`: their limit has come while they
    may still arrive; nobody is told then. Returns how many were queued.
    """
    ids = list(ended)
    return _pass_on(ids, overlapped=overlapped) if ids else 0


@transaction.atomic
def _pass_on(ids: list[int], *, overlapped: bool) -> int:
    # A receipt may have been faster than whoever says that it ended.
    rows = [row for row in _rows(ids) if overlapped or row.state not in _MAY_ARRIVE]
    rows = [row for row in rows if row.state != MessageState.CANCELLED]  # taken back meanwhile
    chosen: list[tuple[Message, Route, int]] = []
    for row, route, attempt in _following_ways(rows):
        if route is not None:
            chosen.append((row, route, attempt))
        elif not overlapped:
            _tell(row)
    return _queue(chosen, overlapped=overlapped) if chosen else 0


def with_another_way(waiting: Iterable[int]) -> list[int]:
    """Which of these queued messages could go on by another account."""
    return [row.pk for row, route, _ in _following_ways(_rows(waiting)) if route is not None]


def _rows(ids: Iterable[int]) -> list[Message]:
    found = Message.objects.filter(pk__in=list(ids)).select_related("template")
    return list(found.order_by("pk"))


def _following_ways(rows: Sequence[Message]) -> Iterator[tuple[Message, Route | None, int]]:
    """Each attempt beside which no other one may still arrive, its next way and that one's number.

    There is no next way for what is out of date.
    """
    if not rows:
        return
    history: dict[uuid.UUID, list[Message]] = defaultdict(list)
    for each in Message.objects.filter(intent__in={row.intent for row in rows}):
        history[each.intent].append(each)
    ways, now = reach(_want(row) for row in rows), clock.now()
    resting = set(accounts.paused().values_list("pk", flat=True))
    for row in {each.intent: each for each in rows}.values():
        earlier = history[row.intent]
        if any(each.state in _MAY_ARRIVE for each in earlier if each.pk != row.pk):
            continue
        late = row.valid_until is not None and row.valid_until <= now
        route = None if late else _next(row, earlier, ways[_want(row)], resting)
        yield row, route, max(each.attempt for each in earlier) + 1


def _want(row: Message) -> Want:
    return Want(row.patient_id, row.branch_id, row.template.key)


def _next(
    row: Message, earlier: Sequence[Message], found: Reach, resting: Collection[int]
) -> Route | None:
    """The first way left, rather by an account that works; only so where one has held it before."""
    allowed = set(row.allowed_channels.split(","))
    tried = {(each.contact_point_id, each.channel) for each in earlier}
    taken = {
        each.channel
        for each in earlier
        if each.accepted_at is not None
        or each.state in (MessageState.UNKNOWN, MessageState.CALLING, MessageState.ACCEPTED)
    }
    held_by = {each.account_id for each in earlier if each.error_code in (PAUSED, NO_CONNECTION)}
    if row.state == MessageState.QUEUED:
        held_by.add(row.account_id)
    left = [
        route
        for route in found.routes
        if route.channel in allowed - taken
        and route.account_id not in held_by  # it would hold another number as well
        and (route.contact_point_id, route.channel) not in tried
    ]
    working = [route for route in left if route.account_id not in resting]
    return next(iter(working if held_by else working + left), None)


def _queue(chosen: Sequence[tuple[Message, Route, int]], *, overlapped: bool) -> int:
    templates = composing.in_bulk({route.template_id for _, route, _ in chosen})
    links.make_all(
        [
            links.Wanted(row.intent, attempt, row.patient_id, template.purpose)
            for row, route, attempt in chosen
            if mapping.wants_link(template := templates[route.template_id])
        ]
    )
    now, link = clock.now(), composing.link_of(templates.values())
    queued = Message.objects.bulk_create(
        _following(
            row, route, attempt, templates[route.template_id], now, link, overlapped=overlapped
        )
        for row, route, attempt in chosen
    )
    refused = [each.pk for each in queued if each.state == MessageState.FAILED]
    if refused:
        pass_on(refused)
    return len(chosen)


def _following(
    row: Message,
    route: Route,
    attempt: int,
    template: Template,
    now: dt.datetime,
    link: str,
    *,
    overlapped: bool,
) -> Message:
    fields: dict[str, Any] = {
        "due_at": quiet.spread(now) if quiet.is_quiet(now, safety=row.safety) else now
    }
    fields |= composing.composed(template, row.values, now, link=link)
    fields["is_ad"] = fields["is_ad"] or row.is_ad  # it stays what it was begun as
    return Message(
        intent=row.intent,
        attempt=attempt,
        patient_id=row.patient_id,
        branch_id=row.branch_id,
        contact_point_id=route.contact_point_id,
        account_id=route.account_id,
        template=template,
        channel=route.channel,
        safety=row.safety,
        purpose=row.purpose,
        allowed_channels=row.allowed_channels,
        # The version before queued without it.
        valid_until=row.valid_until or (None if fields["is_ad"] else now + CARE_KEEPS),
        overlapped=overlapped,
        queued_at=now,
        **fields,
    )


def _tell(row: Message) -> None:
    reason = row.error_code if row.state in (MessageState.FAILED, MessageState.CANCELLED) else ""
    events.unreached.tell(
        events.Unreached(
            row.intent, row.uid, row.patient_id, row.branch_id, reason or str(row.state)
        )
    )
