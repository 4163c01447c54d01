"""What is said to a patient without a treatment behind it: she missed a slot, or stays away."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SequenceKind(models.TextChoices):
    MISSED = "missed", _("Missed appointment")
    LAPSED = "lapsed", _("Long away")


class Sequence(models.Model):
    """One patient in a row of contacts, because of one slot she missed or one long absence."""

    kind = models.CharField(max_length=10, choices=SequenceKind.choices)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT)
    appointment = models.OneToOneField("patients.Appointment", null=True, on_delete=models.PROTECT)
    dentist = models.ForeignKey("clinics.Staff", null=True, on_delete=models.PROTECT)  # knows her
    t0 = models.DateTimeField()  # the slot's start or its late cancellation; the last visit
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="missed", appointment__isnull=False)
                | Q(kind="lapsed", appointment__isnull=True),
                name="sequence_has_its_cause",
            ),
            models.UniqueConstraint(
                fields=["patient", "t0"], condition=Q(kind="lapsed"), name="lapsed_once_an_absence"
            ),
        ]
