"""What providers told us, stored raw before it is understood."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from messaging.secrets import EncryptedTextField


class Inbound(models.Model):
    """One webhook or callback. The same news twice is one row. What is not genuine is kept for
    people to see, and never applied."""

    account = models.ForeignKey("messaging.ProviderAccount", on_delete=models.PROTECT)
    dedupe_key = models.CharField(max_length=200)
    body = EncryptedTextField()
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # none = understood
    understood_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    event = models.CharField(max_length=60, blank=True, db_default="")  # as the provider calls it
    genuine = models.BooleanField(default=True, db_default=True)
    unknown = models.BooleanField(default=False, db_default=False)  # nothing here knows the event

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "dedupe_key"], name="inbound_once"),
            models.CheckConstraint(
                condition=Q(genuine=True) | Q(due_at__isnull=True), name="forged_never_due"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="inbound_due"),
            models.Index(
                fields=["account", "-id"],
                condition=Q(genuine=False) | Q(unknown=True) | ~Q(error=""),
                name="inbound_to_look_at",
            ),
        ]
