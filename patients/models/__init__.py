"""The tables of whom it is about, one noun a file."""

from patients.models.appointments import Appointment, Outcome, Status
from patients.models.families import CareAssignment, CareJob, Household, Relation, Tie
from patients.models.imports import ImportBatch, ImportChange, ImportKind
from patients.models.people import (
    Basis,
    BasisKind,
    Channel,
    ContactPoint,
    ContactPointKind,
    Language,
    NameSuffix,
    Patient,
    PatientContactPoint,
    Person,
    Purpose,
    Source,
)
from patients.models.treatments import Episode, Stage, ToothLeft, Treatment, TreatmentStatus, Visit

__all__ = [
    "Appointment",
    "Basis",
    "BasisKind",
    "CareAssignment",
    "CareJob",
    "Channel",
    "ContactPoint",
    "ContactPointKind",
    "Episode",
    "Household",
    "ImportBatch",
    "ImportChange",
    "ImportKind",
    "Language",
    "NameSuffix",
    "Outcome",
    "Patient",
    "PatientContactPoint",
    "Person",
    "Purpose",
    "Relation",
    "Source",
    "Stage",
    "Status",
    "Tie",
    "ToothLeft",
    "Treatment",
    "TreatmentStatus",
    "Visit",
]
