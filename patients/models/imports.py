from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ImportKind(models.TextChoices):
    PATIENTS = "patients", _("Patients")
    APPOINTMENTS = "appointments", _("Appointments")
    TREATMENTS = "treatments", _("Treatments")
    VISITS = "visits", _("Visits")


class ImportBatch(models.Model):
    """One run of an import: what was read, what it did, and whether it was undone."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=ImportKind.choices)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_created = models.PositiveIntegerField(default=0)
    rows_updated = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_set_aside = models.PositiveIntegerField(default=0)
    basis_text = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ImportKind.values), name="batch_kind_known")
        ]


class ImportChange(models.Model):
    """What a field was before an import corrected it, so that undoing the import gives it back."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT)
    patient = models.ForeignKey("patients.Patient", null=True, on_delete=models.CASCADE)
    appointment = models.ForeignKey("patients.Appointment", null=True, on_delete=models.CASCADE)
    field = models.CharField(max_length=40)
    old = models.TextField(null=True)  # noqa: DJ001 - nothing was known
    new = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(patient__isnull=False, appointment__isnull=True)
                | Q(patient__isnull=True, appointment__isnull=False),
                name="change_of_one_record",
            )
        ]
