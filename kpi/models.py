"""The units behind every number: never overwritten, only closed (docs/kpi.md)."""

from __future__ import annotations

import uuid

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


class LeakKind(models.TextChoices):
    """What a case is about; the first four are losses, seen in the trail of changes."""

    DELETED = "deleted"
    VOIDED = "voided"
    IDENTITY = "identity"
    CONTACT = "contact"
    BULK_READ = "bulk_read"
    CROSS_BRANCH = "cross_branch"
    EXPORT = "export"


class LeakCase(models.Model):
    """One happening in which records were lost, or may have come into wrong hands.

    Found in the trails, never typed; `key` names the rows it was found in, so looking again
    finds the same case. A burst that goes on moves `until_at`.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=LeakKind.choices)
    key = models.CharField(max_length=80, unique=True)
    actor = models.ForeignKey("clinics.Staff", null=True, on_delete=models.PROTECT)
    happened_at = models.DateTimeField()
    until_at = models.DateTimeField()
    off_hours = models.BooleanField(default=False)  # no branch of hers was open
    found_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["happened_at"], name="leak_case_day")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=LeakKind.values), name="leak_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(until_at__gte=models.F("happened_at")),
                name="leak_ends_after_it_began",
            ),
        ]


class LeakRecord(models.Model):
    """A patient's record that a case touches; `patient_id` may be of a row that is gone."""

    case = models.ForeignKey(LeakCase, on_delete=models.PROTECT)
    patient_id = models.BigIntegerField()
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "patient_id"], name="leak_record_once")
        ]


class Verdict(models.TextChoices):
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class LeakVerdict(models.Model):
    """What a person says of a case, and why. Said again it is another row; the last one holds."""

    case = models.ForeignKey(LeakCase, on_delete=models.PROTECT)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey("clinics.Staff", on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=Verdict.values), name="leak_verdict_known"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="leak_verdict_says_why"),
        ]


class LeakWatch(models.Model):
    """How far a trail has been looked at: its newest row then, and where the next look begins."""

    trail = models.CharField(max_length=10, primary_key=True)  # change, entry
    last_id = models.BigIntegerField()
    from_id = models.BigIntegerField()
    at = models.DateTimeField()


class ChainCheck(models.Model):
    """One proof of the audit trails' chain of hashes, and whether they were whole."""

    at = models.DateTimeField()
    passed = models.BooleanField()
    sealed = models.BigIntegerField()
    faults = models.PositiveIntegerField()
    first_fault = models.CharField(max_length=300, blank=True)
