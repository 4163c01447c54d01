"""What was done, in which plan, and the visits that came of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

#: FDI numbers: permanent 11-48, milk teeth 51-85.
FDI_TEETH = [
    quadrant * 10 + place
    for quadrant in range(1, 9)
    for place in range(1, 9 if quadrant < 5 else 6)
]


class Episode(models.Model):
    """The visits of one plan. Opened by its first treatment; visits inside it are no returns."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT)
    service = models.ForeignKey("clinics.Service", on_delete=models.PROTECT)
    tooth = models.PositiveSmallIntegerField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("clinics.Staff", null=True, on_delete=models.PROTECT)
    voided_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "opened_at"], name="episode_patient")]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="episode_closes_after_opening",
            )
        ]


class TreatmentStatus(models.TextChoices):
    DONE = "done", _("Done, not signed")
    SIGNED = "signed", _("Signed")
    VOIDED = "voided", _("Voided")


class Stage(models.TextChoices):
    """Which step of its course a treatment was (docs/patients.md, "Courses")."""

    SESSION = "session", _("Session, goes on")
    OBTURATION = "obturation", _("Root filled")
    CONTROL = "control", _("Check only")
    BONDING = "bonding", _("Braces fitted")
    ADJUSTMENT = "adjustment", _("Adjustment")


class ToothLeft(models.TextChoices):
    OPEN = "open", _("Left open")
    TEMPORARY = "temporary", _("Temporary filling")


class Treatment(models.Model):
    """One service on one tooth by one dentist. T0 of its care is `done_at`, never the signature."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    external_id = models.CharField(max_length=80, null=True, unique=True)  # noqa: DJ001
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT)
    appointment = models.ForeignKey("patients.Appointment", null=True, on_delete=models.PROTECT)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT)
    service = models.ForeignKey("clinics.Service", on_delete=models.PROTECT)
    dentist = models.ForeignKey("clinics.Staff", on_delete=models.PROTECT)
    tooth = models.PositiveSmallIntegerField(null=True)  # FDI
    deep_cavity = models.BooleanField(default=False)
    recall_months = models.PositiveSmallIntegerField(null=True)  # the dentist's own interval
    stage = models.CharField(
        max_length=12, choices=Stage.choices, blank=True, default="", db_default=""
    )  # of a course; "" = not one, or not said
    tooth_left = models.CharField(
        max_length=10, choices=ToothLeft.choices, blank=True, default="", db_default=""
    )  # "" = closed for good
    healed = models.BooleanField(default=False, db_default=False)  # found at a control
    revisit_weeks = models.PositiveSmallIntegerField(null=True)  # to the next adjustment
    planned_months = models.PositiveSmallIntegerField(null=True)  # how long braces are worn
    agreed_value = models.PositiveBigIntegerField(null=True)  # VND
    # Who noted it at the chair for the dentist to sign; none = the dentist herself, or an import.
    prepared_by = models.ForeignKey(
        "clinics.Staff",
        null=True,
        on_delete=models.PROTECT,
        related_name="prepared",
        db_index=False,
    )
    remark = models.CharField(max_length=200, blank=True, default="", db_default="")
    status = models.CharField(max_length=10, choices=TreatmentStatus.choices)
    done_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, blank=True)
    import_batch = models.ForeignKey("patients.ImportBatch", null=True, on_delete=models.PROTECT)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["patient", "done_at"], name="treatment_patient"),
            models.Index(
                fields=["dentist", "done_at"], condition=Q(status="done"), name="treatment_unsigned"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(tooth__isnull=True) | Q(tooth__in=FDI_TEETH), name="tooth_is_fdi"
            ),
            models.CheckConstraint(
                condition=Q(status="done", signed_at__isnull=True, voided_at__isnull=True)
                | Q(status="signed", signed_at__gte=F("done_at"), voided_at__isnull=True)
                | Q(status="voided", voided_at__isnull=False),
                name="treatment_status_fits",
            ),
            models.CheckConstraint(
                condition=Q(recall_months__isnull=True)
                | Q(recall_months__gte=3, recall_months__lte=24),
                name="recall_months_allowed",
            ),
            models.CheckConstraint(
                condition=Q(healed=False) | Q(stage="control"), name="healed_found_at_control"
            ),
            models.CheckConstraint(
                condition=Q(tooth_left="") | Q(stage__in=["session", "obturation"]),
                name="tooth_left_by_root_canal",
            ),
            models.CheckConstraint(
                condition=Q(revisit_weeks__isnull=True)
                | Q(revisit_weeks__gte=2, revisit_weeks__lte=12),
                name="revisit_weeks_allowed",
            ),
            models.CheckConstraint(
                condition=Q(planned_months__isnull=True)
                | Q(stage="bonding", planned_months__gte=3, planned_months__lte=60),
                name="planned_months_allowed",
            ),
        ]


class Visit(models.Model):
    """A completed encounter: checked in, at least one signed treatment; one a patient and day."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT)
    appointment = models.ForeignKey("patients.Appointment", null=True, on_delete=models.PROTECT)
    on_date = models.DateField()  # the clinic's day
    started_at = models.DateTimeField()
    # Opens a new plan, or is for a purpose that a protocol counts as a return (docs/kpi.md).
    is_return = models.BooleanField(default=False)
    voided_at = models.DateTimeField(null=True)
    import_batch = models.ForeignKey("patients.ImportBatch", null=True, on_delete=models.PROTECT)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "on_date"], name="visit_patient_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "on_date"],
                condition=Q(voided_at__isnull=True),
                name="visit_once_a_day",
            )
        ]
