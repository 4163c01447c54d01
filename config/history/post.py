"""The clinic's messages while its history is made: they arrive before time goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

from clinics import schemas
from clinics.public import due
from messaging.public import Message, MessageState

#: What is counted, sealed and looked at once, when the history has come to the present.
AT_THE_END = ("kpi", "audit", "lapsed", "account", "alert")
#: What comes in is waited for so often, so long (seconds): most arrives together.
LOOKS, PAUSE = 30, 0.06


def work_off() -> int:
    """Do what is due now. Returns the number of visits this took; 0 = nothing was due."""
    return due.work_off(schemas.current(), leave_out=AT_THE_END)


def send_and_wait() -> int:
    """Let the clinic's messages be decided and sent, and arrive before the clock moves on.

    Returns the number of visits this took; 0 = nothing was due.
    """
    visits = work_off()
    if visits:
        visits += _look_until(lambda _heard: not _under_way())
    return visits


def hear() -> None:
    """Wait until something that was done on a phone has come in, and do what is due by it."""
    _look_until(lambda heard: heard > 0)


def _look_until(done: Callable[[int], bool]) -> int:
    """Look again until it is done, which is told of the visits so far, or nobody expects more.
    Returns the visits."""
    visits = 0
    for _ in range(LOOKS):
        if done(visits):
            break
        time.sleep(PAUSE)
        visits += work_off()
    return visits


def _under_way() -> bool:
    """Whether a message that will arrive has not arrived yet (…000 never receives)."""
    return (
        Message.objects.filter(state__in=(MessageState.CALLING, MessageState.ACCEPTED))
        .exclude(contact_point__value__endswith="000")
        .exists()
    )
