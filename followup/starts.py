"""Starting future steps of imported rows: previewed, asked for, never by itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from clinics import clock
from followup import sql
from patients.public import ImportBatch


@dataclass(frozen=True)
class StartSummary:
    """What starting does: reminders planned, appointments that are past, not booked yet at this
    moment of the clock, or booked less than a day ahead (their booking was the reminder)."""

    planned: int
    past: int
    not_booked_yet: int
    booked_short: int = 0
    written: int = 0


@transaction.atomic
def start_imported(*, batch: ImportBatch, dry_run: bool) -> StartSummary:
    """Write reminders for the batch's appointments that are still ahead; a dry run only counts.

    Due by the reminder's rule; where that time has passed, now. Started again it adds nothing.
    """
    now = clock.now()
    planned, past, unbooked, short = sql.count_imported(batch.pk, now)
    written = 0 if dry_run else sql.start_imported(batch.pk, now)
    return StartSummary(planned, past, unbooked, short, written)
