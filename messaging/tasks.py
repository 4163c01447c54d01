"""Work at night that crosses clinics: what could not be routed is not kept for ever."""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from clinics import clock
from clinics.registry.models import UnroutedWebhook

KEEP_UNROUTED = dt.timedelta(days=7)


@shared_task
def forget_unrouted() -> int:
    """Delete webhooks that found no clinic within a week."""
    old = clock.now() - KEEP_UNROUTED
    return UnroutedWebhook.objects.filter(received_at__lt=old).delete()[0]
