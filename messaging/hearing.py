"""What people and providers tell us beside receipts. See docs/messages.md."""

from __future__ import annotations

from messaging.models import Inbound
from messaging.providers.news import News


def take(row: Inbound, news: News) -> None:
    """Do what a piece of news says; what nobody here listens to is kept to be seen."""
    Inbound.objects.filter(pk=row.pk).update(unknown=True)
