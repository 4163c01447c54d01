"""The clinic's accounts at its providers."""

from __future__ import annotations

import uuid

from django.db import models

from messaging.secrets import EncryptedTextField


class ProviderAccount(models.Model):
    """One OA, brand name or mailbox; serves all branches, or the ones named.

    `kind` names a folder of messaging/providers; where that is gone, the account rests.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    account_id = models.CharField(max_length=80)  # OA id, or brand name
    credentials = EncryptedTextField()  # JSON, read only by the provider's client
    callback_token = models.CharField(max_length=64, unique=True)  # in our own callback addresses
    branches = models.ManyToManyField("clinics.Branch", blank=True)  # none = all
    in_flight_cap = models.PositiveIntegerField(null=True)  # None = no cap (retry-safe)
    per_minute = models.PositiveIntegerField(null=True)  # None = the provider's own; 0 = no limit
    pace_left = models.FloatField(null=True)  # in the bucket at pace_at (messaging/pace.py)
    pace_at = models.DateTimeField(null=True)
    daily_quota = models.PositiveIntegerField(null=True)  # as the provider last said
    quota_left = models.PositiveIntegerField(null=True)
    quota_read_at = models.DateTimeField(null=True)
    # VND for one part of an SMS, where the text itself has no price. None = nobody has said.
    part_price_care = models.PositiveIntegerField(null=True)
    part_price_ads = models.PositiveIntegerField(null=True)
    ads_per_month = models.PositiveSmallIntegerField(null=True)  # a person; None = the provider's
    is_active = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "account_id"], name="account_once"),
        ]


class SpendingLimit(models.Model):
    """What the clinic's messages may cost in a month of its clock: one row a clinic, or none."""

    vnd = models.PositiveBigIntegerField(null=True)  # None = no limit

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="spending_limit_once"),
            models.CheckConstraint(condition=models.Q(vnd__gt=0), name="spending_limit_range"),
        ]
