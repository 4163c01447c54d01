"""The clinic's accounts at its providers."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Value

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
    # VND for one part of an SMS, where the text itself has no price. None = nobody has said.
    part_price_care = models.PositiveIntegerField(null=True)
    part_price_ads = models.PositiveIntegerField(null=True)
    ads_per_month = models.PositiveSmallIntegerField(null=True)  # a person; None = the provider's
    is_active = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=200, blank=True)
    #: A person must give consent at the provider again; until then it takes nothing.
    must_authorise = models.BooleanField(default=False, db_default=False)
    authorised_at = models.DateTimeField(null=True)  # when its tokens were made; none = unknown
    tend_at = models.DateTimeField(null=True)  # when to look after it next; none = nothing to do
    synced_at = models.DateTimeField(null=True)  # when the provider was last asked what it knows
    daily_quota = models.PositiveIntegerField(null=True)  # messages a day
    quota_left = models.PositiveIntegerField(null=True)  # of them, when last heard
    quota_at = models.DateTimeField(null=True)
    quality = models.CharField(max_length=10, blank=True, db_default="")  # HIGH, MEDIUM, LOW
    # What the provider calls the account and says of it; "" and none = it does not say.
    said_name = models.CharField(max_length=120, blank=True, default="", db_default="")
    is_verified = models.BooleanField(null=True)
    package = models.CharField(max_length=60, blank=True, default="", db_default="")
    package_until = models.DateField(null=True)  # the last day of what is paid for
    balance = models.BigIntegerField(null=True)  # VND, where the provider tells it
    balance_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "account_id"], name="account_once"),
        ]

    def part_price(self, *, is_ad: bool) -> int | None:
        """VND for one part of an SMS of this class; None = nobody has said."""
        return self.part_price_ads if is_ad else self.part_price_care


class Consent(models.Model):
    """One asking for consent at a provider: it comes back once, in time, to who asked."""

    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE)
    nonce = models.CharField(max_length=43, unique=True)  # inside the signed state
    verifier = EncryptedTextField()  # of PKCE
    asked_by = models.ForeignKey("clinics.Staff", null=True, on_delete=models.SET_NULL)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class FoundTemplate(models.Model):
    """A template as its provider lists it, whether or not a text of the clinic goes by it."""

    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE)
    provider_id = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=20)  # the provider's word: ENABLE, REJECT …
    tag = models.CharField(max_length=40, blank=True)
    params = models.TextField(blank=True)  # names of its blanks, comma separated
    # The same with kind and lengths, as the provider says them: messaging/linking.py.
    blanks = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "provider_id"], name="found_template_once")
        ]


class SpendingLimit(models.Model):
    """What the clinic's messages may cost in a month of its clock: one row a clinic, or none."""

    vnd = models.PositiveBigIntegerField(null=True)  # None = no limit

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="spending_limit_once"),
            models.CheckConstraint(condition=models.Q(vnd__gt=0), name="spending_limit_range"),
        ]
