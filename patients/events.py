"""News of this app. Each is told inside the transaction of the verb that made it.

Imports tell no news (docs/decisions/events.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from clinics.events import Event
from clinics.public import Staff
from patients.models import (
    Appointment,
    Basis,
    Episode,
    Patient,
    Treatment,
    Visit,
)


@dataclass(frozen=True)
class AppointmentNews:
    """Something happened to one appointment; `by` is None when the patient did it herself."""

    appointment: Appointment
    by: Staff | None


@dataclass(frozen=True)
class MoveNews:
    """`old` ended as moved (or moved late), `new` stands in its place."""

    old: Appointment
    new: Appointment
    by: Staff | None


@dataclass(frozen=True)
class TreatmentNews:
    treatment: Treatment
    by: Staff | None


@dataclass(frozen=True)
class EpisodeNews:
    episode: Episode
    by: Staff | None


@dataclass(frozen=True)
class VisitNews:
    visit: Visit
    by: Staff | None


@dataclass(frozen=True)
class BasisNews:
    """A basis was noted, or a refusal: `basis.kind` says which."""

    patient: Patient
    basis: Basis
    by: Staff | None


#: A new slot stands: booked, or the new one of a move (then `appointment.moved_from` is set).
appointment_booked: Event[AppointmentNews] = Event("appointment_booked")
appointment_confirmed: Event[AppointmentNews] = Event("appointment_confirmed")
appointment_checked_in: Event[AppointmentNews] = Event("appointment_checked_in")
#: It has its outcome, whichever of the eight. A move tells, in this order: ended(old),
#: booked(new), moved(old, new).
appointment_ended: Event[AppointmentNews] = Event("appointment_ended")
#: An outcome was taken back: the slot stands again as it did before.
appointment_reopened: Event[AppointmentNews] = Event("appointment_reopened")
appointment_moved: Event[MoveNews] = Event("appointment_moved")
#: She asked for another time: `appointment.move_wish` says which.
move_asked: Event[AppointmentNews] = Event("move_asked")
#: It was noted and waits for its dentist's signature (or is signed in the same breath).
treatment_recorded: Event[TreatmentNews] = Event("treatment_recorded")
treatment_signed: Event[TreatmentNews] = Event("treatment_signed")
treatment_voided: Event[TreatmentNews] = Event("treatment_voided")
episode_closed: Event[EpisodeNews] = Event("episode_closed")
#: A visit became complete (told once a visit, not at each later change of it).
visit_completed: Event[VisitNews] = Event("visit_completed")
basis_changed: Event[BasisNews] = Event("basis_changed")
