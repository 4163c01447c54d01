"""Calls a person made or took, written down by hand (a telephone exchange comes later)."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import pgettext_lazy


class Direction(models.TextChoices):
    OUT = "out", pgettext_lazy("call", "We called")
    IN = "in", pgettext_lazy("call", "Called us")


class CallResult(models.TextChoices):
    """How a call ended."""

    REACHED = "reached", pgettext_lazy("call", "Spoke with the patient")
    RELATIVE = "relative", pgettext_lazy("call", "Spoke with a relative")
    NO_ANSWER = "no_answer", pgettext_lazy("call", "Nobody answered")
    CALL_BACK = "call_back", pgettext_lazy("call", "Asked to be called later")
    WRONG_NUMBER = "wrong_number", pgettext_lazy("call", "Wrong number")


class Call(models.Model):
    """One call. `uid` comes from the form, so pressed twice it is one call."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT)
    contact_point = models.ForeignKey(
        "patients.ContactPoint", null=True, on_delete=models.PROTECT
    )  # none: no number of hers was called
    direction = models.CharField(max_length=3, choices=Direction.choices)
    result = models.CharField(max_length=12, choices=CallResult.choices)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey("clinics.Staff", on_delete=models.PROTECT)
    happened_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "happened_at"], name="call_of_patient")]
