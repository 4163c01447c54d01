"""Who did it: entries that are appended and never changed."""

from __future__ import annotations

import uuid

from clinics import clock
from clinics.models import AuditEntry, Staff


def record(
    *, verb: str, actor: Staff | None, subject: uuid.UUID | None = None, note: str = ""
) -> AuditEntry:
    """Note that somebody did something; `note` holds no names, phones or diagnoses."""
    return AuditEntry.objects.create(
        happened_at=clock.now(), actor=actor, verb=verb, subject=subject, note=note
    )
