"""What is said to whom and when after a service: versioned, approved by a dentist."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Protocol(models.Model):
    """A care plan of one kind of service (docs/protocols.md)."""

    key = models.CharField(max_length=40, unique=True)  # implant, filling
    name = models.CharField(max_length=120)


class ProtocolVersion(models.Model):
    """One approved wording and timing. Enrolments stay on the version they started with."""

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    approved_by = models.ForeignKey("clinics.Staff", null=True, on_delete=models.PROTECT)
    approved_at = models.DateTimeField(null=True)
    active = models.BooleanField(default=False)
    #: each treatment of a plan begins it anew and ends what waited from the one before
    restarts = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["protocol", "number"], name="version_once"),
            models.UniqueConstraint(
                fields=["protocol"], condition=Q(active=True), name="one_active_version"
            ),
            models.CheckConstraint(
                condition=Q(active=False) | Q(approved_at__isnull=False),
                name="active_is_approved",
            ),
        ]


class OverWhen(models.TextChoices):
    """What ends a step besides a visit."""

    RESTORED = "restored", _("The tooth has its filling or crown")
    HEALED = "healed", _("Healing is recorded")
    CLOSED = "plan_closed", _("The plan is finished")


class StepKind(models.TextChoices):
    ASK = "ask", _("Question or guide")
    REVISIT = "revisit", _("Visit the plan asks for")
    RECALL = "recall", _("Periodic check")
    HINT = "hint", _("Hint, for who agreed to them")


class ProtocolStep(models.Model):
    """One row of the protocol's table; days count from T0, when the treatment was done."""

    version = models.ForeignKey(ProtocolVersion, on_delete=models.CASCADE)
    key = models.CharField(max_length=10)  # I1, F4
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    purpose = models.CharField(max_length=40)  # "care_guide", "suture", "recall" …
    template = models.CharField(max_length=40)  # key of the text
    day = models.PositiveSmallIntegerField(null=True)  # ask: D+n
    window_from = models.PositiveSmallIntegerField(null=True)  # revisit, recall, hint: days
    window_to = models.PositiveSmallIntegerField(null=True)
    every_months = models.PositiveSmallIntegerField(null=True)  # recall: and again
    mandatory = models.BooleanField(default=True)
    safety = models.BooleanField(default=False)
    skip_if_fine = models.BooleanField(default=False)  # not asked when the last answer was "fine"
    only_if_asked = models.BooleanField(default=False)  # needs an uneasy answer or a deep cavity
    silence_hours = models.PositiveSmallIntegerField(null=True)  # no answer by then: a call task
    by_call = models.BooleanField(default=False)  # a periodic check the desk also calls about
    counts_as_return = models.BooleanField(default=False)
    #: revisit: the months after T0 at which the dentist may want it, "3,4,5,6"; "" = as it is
    may_move_to = models.CharField(max_length=20, blank=True, default="", db_default="")
    #: of a course: the steps (patients.Stage) after which it is planned, "session,obturation";
    #: "" = after every treatment
    stages = models.CharField(max_length=60, blank=True, default="", db_default="")
    #: revisit, recall: the contacts it gets, "invite,call"; "" = all of its kind
    says = models.CharField(max_length=40, blank=True, default="", db_default="")
    #: days before the window of the invitation, and after it of the others; none = as usual
    invite_days = models.PositiveSmallIntegerField(null=True)
    nudge_days = models.PositiveSmallIntegerField(null=True)
    call_days = models.PositiveSmallIntegerField(null=True)
    clinician_days = models.PositiveSmallIntegerField(null=True)
    unsealed_days = models.PositiveSmallIntegerField(null=True)  # clinician, tooth left unsealed
    over_when = models.CharField(
        max_length=12, choices=OverWhen.choices, blank=True, default="", db_default=""
    )
    rounds = models.PositiveSmallIntegerField(null=True)  # recall: so often; none = for life
    #: recall: not said by itself when another periodic check of hers lies within 30 days
    rides = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="step_once"),
            models.CheckConstraint(
                condition=Q(kind="ask", day__isnull=False)
                | ~Q(kind="ask") & Q(window_from__isnull=False, window_to__isnull=False),
                name="step_has_its_time",
            ),
        ]


class ServiceProtocol(models.Model):
    """Which protocol a service starts."""

    service = models.OneToOneField("clinics.Service", on_delete=models.CASCADE)
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT)


class EnrolmentState(models.TextChoices):
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    STOPPED = "stopped", _("Stopped")


class Enrolment(models.Model):
    """One patient on one version because of one treatment."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT)
    treatment = models.ForeignKey("patients.Treatment", on_delete=models.PROTECT)
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT)
    t0 = models.DateTimeField()  # when the treatment was done
    state = models.CharField(
        max_length=10, choices=EnrolmentState.choices, default=EnrolmentState.RUNNING
    )
    stopped_reason = models.CharField(max_length=60, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "state"], name="enrolment_patient")]
        constraints = [
            models.UniqueConstraint(fields=["treatment", "version"], name="enrolment_once"),
        ]
