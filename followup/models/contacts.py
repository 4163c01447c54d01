"""Intended things to say, and the one decision each of them ends with."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ContactKind(models.TextChoices):
    CONFIRMATION = "confirmation", _("Booking confirmation")
    REMINDER = "reminder", _("Appointment reminder")
    ASK = "ask", _("Care question")
    INVITE = "invite", _("Revisit invitation")
    NUDGE = "nudge", _("Second invitation")
    CALL = "call", _("Call about a revisit")
    CLINICIAN = "clinician", _("Dentist decides on a revisit")
    CARE = "care", _("Asked after a missed appointment")
    OFFER = "offer", _("Two free times offered")
    HINT = "hint", _("Hint of the month")


class Contact(models.Model):
    """One intended thing to say or ask. Cheap and written ahead; decided when it is due."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the message's intent
    kind = models.CharField(max_length=12, choices=ContactKind.choices)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT)
    enrolment = models.ForeignKey("followup.Enrolment", null=True, on_delete=models.PROTECT)
    step = models.ForeignKey("followup.ProtocolStep", null=True, on_delete=models.PROTECT)
    cycle = models.PositiveSmallIntegerField(default=0)  # of a step that comes again
    sequence = models.ForeignKey("followup.Sequence", null=True, on_delete=models.PROTECT)
    appointment = models.ForeignKey("patients.Appointment", null=True, on_delete=models.PROTECT)
    template = models.CharField(max_length=40)  # key of the text
    safety = models.BooleanField(default=False)
    window_from = models.DateField(null=True)  # when the visit is wanted
    window_to = models.DateField(null=True)
    planned_for = models.DateTimeField()  # as first intended
    due_at = models.DateTimeField(null=True)  # none = decided
    created_at = models.DateTimeField()
    import_batch = models.ForeignKey("patients.ImportBatch", null=True, on_delete=models.PROTECT)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="contact_due"
            ),
            models.Index(fields=["patient", "planned_for"], name="contact_patient"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "step", "kind", "cycle"],
                condition=Q(enrolment__isnull=False),
                name="contact_once_a_step",
            ),
            models.UniqueConstraint(
                fields=["appointment", "kind"],
                condition=Q(appointment__isnull=False, enrolment__isnull=True),
                name="contact_once_an_appointment",
            ),
            models.UniqueConstraint(
                fields=["sequence", "kind", "cycle"],
                condition=Q(sequence__isnull=False),
                name="contact_once_a_sequence",
            ),
            models.CheckConstraint(
                condition=Q(sequence__isnull=True)
                | Q(enrolment__isnull=True, appointment__isnull=True),
                name="contact_of_one_cause",
            ),
            models.CheckConstraint(
                condition=Q(enrolment__isnull=True, step__isnull=True)
                | Q(enrolment__isnull=False, step__isnull=False),
                name="contact_step_of_enrolment",
            ),
        ]


class DecisionEnd(models.TextChoices):
    SENT = "sent", _("Sent")
    MERGED = "merged_into", _("Merged")
    STOPPED = "stopped", _("Not sent")
    FAILED = "failed", _("Could not be sent")
    TASK = "task", _("Given to a person")


class Decision(models.Model):
    """How a contact ended: exactly one row. `reason` is a code of docs/protocols.md."""

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT)
    end = models.CharField(max_length=12, choices=DecisionEnd.choices)
    reason = models.CharField(max_length=40)
    detail = models.CharField(max_length=200, blank=True)  # sent, yet reached nobody: why
    merged_into = models.ForeignKey(
        Contact, null=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    decided_at = models.DateTimeField()
    # To whom it went when not to the patient herself, and what she is to the patient.
    receiver = models.ForeignKey(
        "patients.Patient", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    receiver_is = models.CharField(max_length=12, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end="merged_into", merged_into__isnull=False)
                | ~Q(end="merged_into") & Q(merged_into__isnull=True),
                name="merged_names_its_target",
            )
        ]
        indexes = [
            models.Index(fields=["end", "reason"], name="decision_reason"),
            models.Index(
                fields=["decided_at"],
                condition=Q(end="failed") | ~Q(detail=""),
                name="decision_unreached",
            ),
        ]


class Deferral(models.Model):
    """A wait is not an end: until when a contact was put off, and why."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    from_at = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("from_at")), name="deferral_moves_on")
        ]


class AnswerChoice(models.TextChoices):
    FINE = "fine", _("Fine")
    UNEASY = "uneasy", _("Somewhat uncomfortable")
    CALL_ME = "call_me", _("Please call me")
    URGENT = "urgent", _("Urgent")
    BETTER = "better", _("Better")
    SAME = "same", _("The same")
    WORSE = "worse", _("Worse")


class Answer(models.Model):
    """What she answered to a question. She may answer again; the last one holds."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT)
    choice = models.CharField(max_length=10, choices=AnswerChoice.choices)
    signs = models.CharField(max_length=200, blank=True)  # keys of danger signs, comma separated
    note = models.CharField(max_length=500, blank=True)  # her own words
    pain = models.PositiveSmallIntegerField(null=True)  # 0 none to 10 the worst, where asked
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pain__isnull=True) | Q(pain__lte=10), name="answer_pain_to_ten"
            )
        ]
