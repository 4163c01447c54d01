"""Shared tables: which clinics exist and where news for them must go. No person is here."""

from __future__ import annotations

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Clinic(TenantMixin):
    """One customer, one schema. Routable only once `ready_at` is set."""

    name = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)

    auto_create_schema = False  # a clinic is opened by replay (clinics/opening.py)
    auto_drop_schema = False

    def __str__(self) -> str:
        return str(self.schema_name)


class Domain(DomainMixin):
    """A host name of a clinic."""


class DueHint(models.Model):
    """ "Something of this kind is due in this clinic at this time": append-only knocks.

    Too early costs an empty visit; too late is a missed reminder. Rows are written by
    statement triggers and removed after the visit they caused has committed.
    """

    schema = models.CharField(max_length=63)
    kind = models.CharField(max_length=20)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="duehint_due"),
            models.Index(
                fields=["schema"], condition=models.Q(kind="audit"), name="duehint_audit"
            ),  # each noted change asks whether the sealer is called already
        ]


class ProviderRoute(models.Model):
    """Which clinic a provider's account belongs to: the way of a webhook to its clinic."""

    provider = models.CharField(max_length=20)
    account_id = models.CharField(max_length=80)
    schema = models.CharField(max_length=63)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "account_id"], name="route_once")
        ]


class UnroutedWebhook(models.Model):
    """A webhook nobody could be found for: kept encrypted for 7 days, operators only."""

    provider = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    payload = models.BinaryField()


class BenchmarkCell(models.Model):
    """A number a clinic agreed to share with others, without any person in it."""

    metric = models.CharField(max_length=40)
    month = models.DateField()
    schema = models.CharField(max_length=63)
    value = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "month", "schema"], name="cell_once")
        ]


class Lease(models.Model):
    """Who does a thing that only one process may do, and beat's last tick."""

    name = models.CharField(max_length=60, primary_key=True)
    holder = models.CharField(max_length=120)
    renewed_at = models.DateTimeField()
    until = models.DateTimeField()


class ReadyScript(models.Model):
    """The SQL that makes a new clinic's schema: dumped from `zz_ready` at deploy, replayed at
    sign-up, so the web needs neither pg_dump nor a run of migrations."""

    fingerprint = models.CharField(max_length=64, unique=True)  # of the migrations it holds
    sql = models.TextField()
    made_at = models.DateTimeField()
