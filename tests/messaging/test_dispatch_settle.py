"""Settling a batch: what many have in common is sent once, and each row still ends as its own."""

from __future__ import annotations

import datetime as dt
import random

from messaging import sql
from messaging.models import Message
from messaging.sql import Settled
from tests.messaging.outposts import Outpost

NOON = dt.datetime(2026, 6, 1, 5, tzinfo=dt.UTC)


def test_every_row_of_a_mixed_batch_ends_as_its_own(outpost: Outpost) -> None:
    patient = outpost.patient()
    ids = [outpost.say(patient).pk for _ in range(9)]
    Message.objects.filter(pk__in=ids).update(state="calling", due_at=NOON)
    wanted = [
        Settled(ids[0], "accepted", "a", due_at=NOON, accepted_at=NOON, cost=300),
        Settled(ids[1], "failed", "", "-118", "no account", None, None, NOON),
        Settled(ids[2], "accepted", "b", due_at=NOON, accepted_at=NOON),
        Settled(ids[3], "failed", "", "-119", "no account", None, None, NOON),
        Settled(ids[4], "accepted", "c", due_at=NOON + dt.timedelta(hours=1), accepted_at=NOON),
        Settled(ids[5], "failed", "", "-118", "no account", None, None, NOON),
        Settled(ids[6], "queued", "", "-100", '{it\'s}, "late"', NOON + dt.timedelta(minutes=1)),
        Settled(ids[7], "unknown", "", "no_answer", "", None, None, NOON),
        Settled(ids[8], "accepted", "d", due_at=NOON, accepted_at=NOON, cost=0),
    ]
    random.Random(7).shuffle(wanted)
    assert sql.settle(wanted) == {row.id: row.state for row in wanted}
    found = Message.objects.filter(pk__in=ids).values_list(
        "pk", "state", "provider_ref", "error_code", "error_text",
        "due_at", "accepted_at", "ended_at", "cost",
    )  # fmt: skip
    assert sorted(map(tuple, found)) == sorted(map(tuple, wanted))


def test_a_row_that_moved_on_only_learns_its_providers_id(outpost: Outpost) -> None:
    fast, slow = outpost.say().pk, outpost.say().pk
    Message.objects.filter(pk=fast).update(state="delivered", due_at=None)
    Message.objects.filter(pk=slow).update(state="calling")
    each = [Settled(pk, "accepted", f"r{pk}", due_at=NOON, accepted_at=NOON) for pk in (fast, slow)]
    assert sql.settle(each) == {fast: "delivered", slow: "accepted"}
    row = Message.objects.get(pk=fast)
    assert (row.provider_ref, row.due_at, row.accepted_at) == (f"r{fast}", None, NOON)
