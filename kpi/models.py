"""The units behind every number: never overwritten, only closed (docs/kpi.md)."""

from __future__ import annotations

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q


class Role(models.TextChoices):
    COUNTED = "counted"
    NOT_COUNTED = "not_counted"
    EXCLUDED = "excluded"
    MISSING = "missing"  # unresolved: nobody said yet how it ended


class KpiUnit(models.Model):
    """One unit of one number as it was known during `recorded`.

    `days` is the time to the event in days (`any_days`: to the next visit of
    any kind; of loyalty to the first return),
    `exit_days` the time to a competing exit; whether a unit is mature follows from `index_day`,
    the metric's horizon and the instant asked for, or from `mature_at` where hours matter. A row
    with `role` missing whose day is not over yet is read as "not yet due": time alone changes no
    row.
    """

    metric = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField()
    unit = models.UUIDField()  # uid of the appointment, episode or person, or a message's intent
    person_id = models.BigIntegerField()
    patient_id = models.BigIntegerField()
    branch_id = models.BigIntegerField()
    service_id = models.BigIntegerField(null=True)
    dentist_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=10, blank=True)
    index_day = models.DateField()
    role = models.CharField(max_length=12, choices=Role.choices)
    reason = models.CharField(max_length=40, blank=True)
    days = models.PositiveIntegerField(null=True)
    any_days = models.PositiveIntegerField(null=True)
    exit_days = models.PositiveIntegerField(null=True)
    mature_at = models.DateTimeField(null=True)  # until then nothing is concluded from it
    recorded = DateTimeRangeField()
    import_batch_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "kpi_unit"
        indexes = [
            models.Index(fields=["metric", "index_day", "branch_id"], name="unit_day"),
            models.Index(fields=["metric", "unit"], name="unit_history"),
            models.Index(
                fields=["metric", "person_id"],
                condition=Q(recorded__upper_inf=True),
                name="unit_person",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "unit"],
                condition=Q(recorded__upper_inf=True),
                name="one_open_unit",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="unit_role_known"),
        ]


class Dirty(models.Model):
    """What must be counted again: a day of a metric, or a person of it. Appended by triggers.

    With `due_at` it waits until then: a fact that is dated later than now has not happened yet.
    """

    metric = models.CharField(max_length=30)
    day = models.DateField(null=True)
    person_id = models.BigIntegerField(null=True)
    due_at = models.DateTimeField(null=True)


class Refreshed(models.Model):
    """When a metric last took in everything that was dirty."""

    metric = models.CharField(max_length=30, primary_key=True)
    at = models.DateTimeField()
