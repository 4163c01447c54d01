"""What providers told us, stored raw before it is understood."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from messaging.secrets import EncryptedTextField


class Inbound(models.Model):
    """One verified webhook or callback. The same news twice is one row."""

    account = models.ForeignKey("messaging.ProviderAccount", on_delete=models.PROTECT)
    dedupe_key = models.CharField(max_length=200)
    body = EncryptedTextField()
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # none = understood
    understood_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "dedupe_key"], name="inbound_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="inbound_due")
        ]
