"""The way of a reminder when the worker is killed between send and settle.

Web, worker, beat and gateway are the product's own processes; the judge is the gateway's book:
one accepted message, or one expired Zalo message and then one SMS; never two, never none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clinics import clock
from messaging.public import Message
from tests.way.stage import Stage, accepted

pytestmark = pytest.mark.live

ANSWERS, SILENT = "+84903418276", "+84903418277"


def said(stage: Stage, phone: str) -> list[tuple[str, str]]:
    """Channel and state of all that was accepted for a phone."""
    return [(row["channel"], row["state"]) for row in stage.book(phone=phone)]


def attempts(stage: Stage, phone: str) -> list[tuple[str, str]]:
    """Channel and state of every attempt to remind the owner of this phone."""
    with stage.inside():
        rows = Message.objects.filter(contact_point__value=phone, template__key="reminder")
        return list(rows.order_by("attempt").values_list("channel", "state"))


def reaches(
    stage: Stage, expected: list[tuple[str, str]], read: Callable[..., Any], phone: str
) -> None:
    stage.live.wait(lambda: read(stage, phone) == expected, f"{expected} for {phone}", 40)


def test_a_killed_worker_says_it_once_and_in_the_end(stage: Stage) -> None:
    stage.clock("2026-06-01T09:00")
    for phone, name in ((ANSWERS, "Đặng Thị Thu Trang"), (SILENT, "Lê Thu Hà")):
        patient = stage.patient(name, phone)
        stage.slot(patient, "2026-06-04T10:00", minutes=30)
    for phone in (ANSWERS, SILENT):
        reaches(stage, [("zalo", "delivered")], said, phone)  # the confirmation
    stage.gateway(f"phones/{SILENT}", {"zalo": "never_delivers"})
    stage.gateway("mode", {"channel": "zalo", "slow_ms": 60_000})

    stage.clock("2026-06-03T09:30")  # both reminders are due; Zalo takes them and keeps silent
    stage.live.wait(lambda: len(stage.book()) == 4, "Zalo took both reminders", 40)
    stage.kill_worker()
    for phone in (ANSWERS, SILENT):
        assert attempts(stage, phone) == [("zalo", "calling")]
    stage.gateway("mode", {"channel": "zalo"})
    stage.start_worker()

    # Where the receipt comes, it alone says what became of the message.
    reaches(stage, [("zalo", "delivered")], attempts, ANSWERS)
    assert attempts(stage, SILENT) == [("zalo", "calling")]

    stage.clock("2026-06-03T11:39")  # Zalo gives it up; nobody but Zalo can know yet
    stage.live.wait(lambda: said(stage, SILENT)[1] == ("zalo", "expired"), "Zalo gives it up")
    stage.clock("2026-06-03T11:41")  # 2 h 10 min after it was handed over
    reaches(stage, [("zalo", "unknown"), ("sms", "delivered")], attempts, SILENT)
    assert said(stage, SILENT) == [
        ("zalo", "delivered"),
        ("zalo", "expired"),
        ("esms", "delivered"),
    ]
    assert accepted(stage.book(phone=SILENT)[2]) >= clock.parse("2026-06-03T11:40")
    assert said(stage, ANSWERS) == [("zalo", "delivered"), ("zalo", "delivered")]

    stage.live.wait(lambda: not waiting(stage), "nothing waits in the outbox any more")
    assert len(said(stage, SILENT)) == 3
    assert len(said(stage, ANSWERS)) == 2
    assert stage.gateway("book?summary=1")["repeated"] == {"zalo": {}, "esms": {}}


def waiting(stage: Stage) -> int:
    with stage.inside():
        return Message.objects.filter(due_at__isnull=False).count()
