"""Who belongs to a patient: her household, who speaks and pays for her, who looks after her."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy


class Household(models.Model):
    """People who live together, as the desk has learned it; one phone may serve all of them."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recorded_at = models.DateTimeField()


class Relation(models.TextChoices):
    """What the relative is to the patient."""

    MOTHER = "mother", pgettext_lazy("relation", "Mother")
    FATHER = "father", pgettext_lazy("relation", "Father")
    SPOUSE = "spouse", pgettext_lazy("relation", "Husband or wife")
    CHILD = "child", pgettext_lazy("relation", "Child")
    SIBLING = "sibling", pgettext_lazy("relation", "Brother or sister")
    GRANDPARENT = "grandparent", pgettext_lazy("relation", "Grandparent")
    GRANDCHILD = "grandchild", pgettext_lazy("relation", "Grandchild")
    OTHER = "other", pgettext_lazy("relation", "Other")


class Tie(models.Model):
    """A relative of a patient, a patient here herself or known by name alone."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.CASCADE)
    relative = models.ForeignKey(
        "patients.Patient", null=True, on_delete=models.PROTECT, related_name="tie_of"
    )
    name = models.CharField(max_length=120, blank=True)  # of a relative who is no patient
    relation = models.CharField(max_length=12, choices=Relation.choices)
    is_guardian = models.BooleanField(default=False)
    pays = models.BooleanField(default=False)
    decides = models.BooleanField(default=False)
    noted_by = models.ForeignKey("clinics.Staff", null=True, on_delete=models.PROTECT)
    recorded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "relative"],
                condition=Q(ended_at__isnull=True, relative__isnull=False),
                name="tie_once",
            ),
            models.CheckConstraint(
                condition=Q(relative__isnull=False, name="")
                | Q(relative__isnull=True) & ~Q(name=""),
                name="tie_to_a_patient_or_a_name",
            ),
            models.CheckConstraint(
                condition=Q(relative__isnull=True) | ~Q(relative=F("patient")),
                name="tie_to_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return str(self.relative) if self.relative else self.name


class CareJob(models.TextChoices):
    DENTIST = "dentist", pgettext_lazy("care job", "Responsible dentist")
    AGENT = "agent", pgettext_lazy("care job", "Care agent")


class CareAssignment(models.Model):
    """Who looks after a patient, from when until when: nobody is overwritten."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.CASCADE)
    job = models.CharField(max_length=8, choices=CareJob.choices)
    staff = models.ForeignKey("clinics.Staff", on_delete=models.PROTECT)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    noted_by = models.ForeignKey(
        "clinics.Staff", null=True, on_delete=models.PROTECT, related_name="care_noted"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "job"],
                condition=Q(until__isnull=True),
                name="one_in_each_care_job",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="care_ends_after_it_began",
            ),
        ]
