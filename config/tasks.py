"""What beat knocks for. The rows say what is due; a knock that is lost costs five seconds."""

from __future__ import annotations

from celery import shared_task
from django.core.cache import cache

from clinics import due
from config.health import BEAT_KEY, BEAT_LIFE

#: A visit that waits longer than this in the queue is left to a later knock.
EXPIRES = 10


@shared_task
def tick() -> None:
    """Look once at the due hints of all clinics and have those visited that have work."""
    cache.set(BEAT_KEY, "1", timeout=BEAT_LIFE)
    for schema in sorted({waiting.schema for waiting in due.due_now()}):
        visit.apply_async(args=(schema,), expires=EXPIRES)


@shared_task
def visit(schema: str) -> None:
    """Do what is due in one clinic; somebody else at the same work is left alone."""
    due.work_off(schema)


@shared_task
def repair() -> None:
    """Leave the hints that got lost (nightly)."""
    due.repair()
