"""The clinic's accounts at its providers."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.secrets import EncryptedTextField


class AccountKind(models.TextChoices):
    ZALO = "zalo", _("Zalo Official Account")
    ESMS = "esms", _("eSMS brand name")


class ProviderAccount(models.Model):
    """One OA or brand name; serves all branches, or the ones named."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=AccountKind.choices)
    name = models.CharField(max_length=120)
    account_id = models.CharField(max_length=80)  # OA id, or brand name
    credentials = EncryptedTextField()  # JSON, read only by the provider's client
    callback_token = models.CharField(max_length=64, unique=True)  # in our own callback addresses
    branches = models.ManyToManyField("clinics.Branch", blank=True)  # none = all
    in_flight_cap = models.PositiveIntegerField(null=True)  # None = no cap (retry-safe)
    is_active = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "account_id"], name="account_once"),
            models.CheckConstraint(
                condition=Q(kind__in=AccountKind.values), name="account_kind_known"
            ),
        ]
