"""What a person must do, by when."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TaskKind(models.TextChoices):
    DANGER = "danger", _("Danger sign")  # an open one holds other messages back
    SILENCE = "silence", _("No answer after treatment")
    CALL_BACK = "call_back", _("Asked for a call")
    MOVE = "move", _("Asked for another time")
    CALL = "call", _("Call about a revisit")
    CLINICIAN = "clinician", _("Dentist decides")
    UNDELIVERED = "undelivered", _("Could not be reached")
    UNSIGNED = "unsigned", _("Treatment not signed")


class Task(models.Model):
    """Something a person must do by a time. Its clock is on the row, and somebody is told after."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=TaskKind.choices)
    tier = models.CharField(max_length=2, blank=True)  # R1, R2, R3 for danger signs
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT)
    contact = models.ForeignKey("followup.Contact", null=True, on_delete=models.PROTECT)
    appointment = models.ForeignKey("patients.Appointment", null=True, on_delete=models.PROTECT)
    treatment = models.ForeignKey("patients.Treatment", null=True, on_delete=models.PROTECT)
    role = models.CharField(max_length=20)  # who must: dentist, reception, manager
    assignee = models.ForeignKey(
        "clinics.Staff", null=True, on_delete=models.PROTECT, related_name="tasks"
    )
    why = models.CharField(max_length=300, blank=True)  # the patient's words, or a reason
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    escalate_at = models.DateTimeField(null=True)  # when the manager is told; none = told or done
    escalated_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("clinics.Staff", null=True, on_delete=models.PROTECT)
    result = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["branch", "due_at"], condition=Q(done_at__isnull=True), name="task_open"
            ),
            models.Index(
                fields=["escalate_at"], condition=Q(escalate_at__isnull=False), name="task_clock"
            ),
            models.Index(fields=["patient", "opened_at"], name="task_patient"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "kind"],
                condition=Q(contact__isnull=False),
                name="task_once_a_contact",
            ),
            models.UniqueConstraint(
                fields=["treatment", "kind"],
                condition=Q(treatment__isnull=False),
                name="task_once_a_treatment",
            ),
        ]
