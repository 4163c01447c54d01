"""Facts about an address on a channel: what a refusal tells for longer than one message."""

from __future__ import annotations

import datetime as dt

from clinics import clock
from clinics.public import quiet
from messaging.models import Unreachable


def learn(contact_point_id: int, channel: str, code: str, days: int | None) -> None:
    """Keep that an address receives nothing, for so many days (0 not at all, None for good)."""
    if days == 0:
        return
    now = clock.now()
    Unreachable.objects.update_or_create(
        contact_point_id=contact_point_id,
        channel=channel,
        defaults={
            "code": code[:40],
            "learned_at": now,
            "until": None if days is None else quiet.awake(now + dt.timedelta(days=days)),
        },
    )
