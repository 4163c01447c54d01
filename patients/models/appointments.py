"""Appointments: where a visit is agreed, and the one outcome each slot ends with."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """How far the day has come. How it ended is the outcome."""

    BOOKED = "booked", _("Booked")
    CONFIRMED = "confirmed", _("Confirmed")
    CHECKED_IN = "checked_in", _("Waiting")
    IN_CHAIR = "in_chair", _("In the chair")
    DONE = "done", _("Done")


class Outcome(models.TextChoices):
    """The eight ends of a slot (docs/kpi.md, no_show). "Unresolved" is none of them, and past."""

    ON_TIME = "on_time", _("Came on time")
    LATE = "late", _("Came late")
    CANCELLED = "cancelled", _("Cancelled in time")
    LATE_CANCEL = "late_cancel", _("Cancelled late")
    NO_SHOW = "no_show", _("Did not come")
    MOVED = "moved", _("Moved in time")
    LATE_MOVE = "late_move", _("Moved late")
    CLINIC_CANCELLED = "clinic_cancelled", _("Cancelled by the clinic")


#: Outcomes that free the dentist and the chair.
FREEING = (
    Outcome.CANCELLED,
    Outcome.LATE_CANCEL,
    Outcome.NO_SHOW,
    Outcome.MOVED,
    Outcome.LATE_MOVE,
    Outcome.CLINIC_CANCELLED,
)

_HOLDS = (
    Q(during__isnull=False)
    & Q(voided_at__isnull=True)
    & Q(overbooked=False)
    & (Q(outcome__isnull=True) | ~Q(outcome__in=[str(value) for value in FREEING]))
)


def _no_double(field: str, name: str) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=name,
        expressions=[(field, RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
        condition=_HOLDS,
    )


class Appointment(models.Model):
    """One agreed slot. `during` is absent when only the day is known (imports)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    external_id = models.CharField(max_length=80, null=True, unique=True)  # noqa: DJ001
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT)
    dentist = models.ForeignKey("clinics.Staff", null=True, on_delete=models.PROTECT)
    chair = models.ForeignKey("clinics.Chair", null=True, on_delete=models.PROTECT)
    service = models.ForeignKey("clinics.Service", null=True, on_delete=models.PROTECT)
    on_date = models.DateField()  # the clinic's day
    during = DateTimeRangeField(null=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.BOOKED)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, null=True)  # noqa: DJ001
    reason = models.CharField(max_length=200, blank=True)  # why cancelled, as the patient said
    # The visit a care protocol asked for ("suture", "recall" …); empty for a plain booking.
    purpose = models.CharField(max_length=40, blank=True)
    counts_as_return = models.BooleanField(default=False)
    moved_from = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="moved_to"
    )
    overbooked = models.BooleanField(default=False)  # allowed by a person, see the audit entry
    move_asked_at = models.DateTimeField(null=True)  # she asked for another time
    move_wish = models.CharField(max_length=200, blank=True)
    booked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    checked_in_at = models.DateTimeField(null=True)
    in_chair_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    outcome_at = models.DateTimeField(null=True)  # when it happened
    voided_at = models.DateTimeField(null=True)
    sms_received = models.BooleanField(null=True)  # imported: a reminder had been sent elsewhere
    import_batch = models.ForeignKey("patients.ImportBatch", null=True, on_delete=models.PROTECT)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["branch", "on_date"], name="appointment_day"),
            models.Index(fields=["patient", "on_date"], name="appointment_patient"),
            models.Index(fields=["on_date"], name="appointment_date"),
            models.Index(
                fields=["import_batch"],
                condition=Q(import_batch__isnull=False),
                name="appointment_batch",
            ),
        ]
        constraints = [
            _no_double("dentist", "dentist_not_double"),
            _no_double("chair", "chair_not_double"),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="appointment_status_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__isnull=True) | Q(outcome__in=Outcome.values),
                name="appointment_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome__isnull=True, outcome_at__isnull=True)
                | Q(outcome__isnull=False, outcome_at__isnull=False),
                name="outcome_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(outcome__in=["on_time", "late"]),
                name="done_means_came",
            ),
            models.CheckConstraint(
                condition=Q(during__isnull=True) | Q(during__isempty=False),
                name="during_not_empty",
            ),
        ]
