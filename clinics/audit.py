"""Who did it, and who saw it: entries that are appended and never changed (docs/audit.md)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from clinics import acting, clock
from clinics.models import AuditEntry, Staff


def record(
    *, verb: str, actor: Staff | None, subject: uuid.UUID | None = None, note: str = ""
) -> AuditEntry:
    """Note that somebody did something; `note` holds no names, phones or diagnoses."""
    return AuditEntry.objects.create(
        happened_at=clock.now(),
        actor=actor,
        verb=verb,
        subject=subject,
        note=note,
        request=acting.request_id(),
    )


def saw(
    *, what: str, actor: Staff, subjects: Iterable[uuid.UUID | str], note: str = ""
) -> AuditEntry | None:
    """Note whose records a person was shown, one row for a whole list; never what stood in them.

    `what` is "patient", "search", "list" …; nobody was shown: nothing is noted.
    """
    whose = list(dict.fromkeys(subjects))
    if not whose:
        return None
    return AuditEntry.objects.create(
        happened_at=clock.now(),
        actor=actor,
        verb=f"{what}.seen",
        subject=whose[0] if len(whose) == 1 else None,
        subjects=whose if len(whose) > 1 else None,
        note=note[:300],
        request=acting.request_id(),
    )


def took(*, actor: Staff, subjects: Iterable[uuid.UUID | str], note: str) -> AuditEntry:
    """Note that a list was taken out as a file: whose records, by which filter, how many rows."""
    return AuditEntry.objects.create(
        happened_at=clock.now(),
        actor=actor,
        verb="list.exported",
        subjects=list(dict.fromkeys(subjects)),
        note=note[:300],
        request=acting.request_id(),
    )


def ever(*, verb: str, actor: Staff) -> bool:
    """Whether this person has done this before."""
    return AuditEntry.objects.filter(actor=actor, verb=verb).exists()


def ever_by(*, verb: str, role: str) -> bool:
    """Whether anybody of this role has done this before."""
    return AuditEntry.objects.filter(actor__role=role, verb=verb).exists()
