"""Celery: tasks run in their clinic's schema; beat knocks, rows say what is due."""

from __future__ import annotations

import os

from celery.schedules import crontab
from celery.signals import task_prerun
from django.db import connection
from tenant_schemas_celery.app import CeleryApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = CeleryApp("tai_kham")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def drop_dead_connection(**_news: object) -> None:
    """A database that was restarted leaves a dead connection behind. Celery would only look again
    when it recycles the connection, hundreds of tasks later."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


#: Seconds between two looks at the due hints.
TICK = 5.0

app.conf.beat_schedule = {
    # A knock nobody heard is worth nothing once the next one comes, so it expires.
    "tick": {"task": "config.tasks.tick", "schedule": TICK, "options": {"expires": TICK}},
    "repair hints": {
        "task": "config.tasks.repair",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"expires": 3600},
    },
    "forget unrouted webhooks": {
        "task": "messaging.tasks.forget_unrouted",
        "schedule": crontab(hour="3", minute="27"),
        "options": {"expires": 3600},
    },
}
