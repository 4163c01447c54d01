"""The clinic's messages while its history is made: they arrive before time goes on."""

from __future__ import annotations

import time

from clinics import schemas
from clinics.public import due
from messaging.public import Message, MessageState

#: What is counted, sealed and looked at once, when the history has come to the present.
AT_THE_END = ("kpi", "audit", "lapsed", "account", "alert")
#: Receipts are waited for so often, so long (seconds): most arrive together and are heard at once.
LOOKS, PAUSE = 30, 0.06


def send_and_wait() -> int:
    """Let the clinic's messages be decided and sent, and arrive before the clock moves on.

    Returns the number of visits this took; 0 = nothing was due.
    """
    visits = due.work_off(schemas.current(), leave_out=AT_THE_END)
    for _ in range(LOOKS if visits else 0):
        if not _under_way():
            break
        time.sleep(PAUSE)
        visits += due.work_off(schemas.current(), leave_out=AT_THE_END)
    return visits


def _under_way() -> bool:
    """Whether a message that will arrive has not arrived yet (…000 never receives)."""
    return (
        Message.objects.filter(state__in=(MessageState.CALLING, MessageState.ACCEPTED))
        .exclude(contact_point__value__endswith="000")
        .exists()
    )
