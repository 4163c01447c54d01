"""What fills a text: names, days and hours as patients in Vietnam read them.

Messages are Vietnamese whatever language the staff work in, so these words stand here.
"""

from __future__ import annotations

import datetime as dt

from clinics import clock
from clinics.public import Profile
from followup import sequences
from followup.contacts import start_of
from followup.models import Contact, ContactKind, SequenceKind
from patients.public import Patient, Relation, guardians, people, phones

WEEKDAYS = (
    "thứ Hai",
    "thứ Ba",
    "thứ Tư",
    "thứ Năm",
    "thứ Sáu",
    "thứ Bảy",
    "Chủ nhật",
)
UNKNOWN = "anh/chị"
#: From this age on a child is "em" and no "bé" any more.
BIG = 12
_PARENT: dict[str, str] = {Relation.MOTHER: "chị", Relation.FATHER: "anh"}
_IS: dict[str, str] = {Relation.MOTHER: "mẹ", Relation.FATHER: "bố", Relation.GRANDPARENT: "ông bà"}


def say_day(day: dt.date) -> str:
    """thứ Ba 17/11"""
    return f"{WEEKDAYS[day.weekday()]} {day:%d/%m}"


def salutation(patient: Patient) -> str:
    """How she is addressed: from her record, else anh/chị."""
    return patient.salutation or UNKNOWN


def full_call(patient: Patient) -> str:
    """chị Trang"""
    return f"{salutation(patient)} {patient.given_name}".strip()


def child_call(patient: Patient) -> str:
    """bé Na; of an older child without a salutation, em Na"""
    age = people.age_of(patient, clock.today())
    word = patient.salutation or ("bé" if age is not None and age < BIG else "em")
    return f"{word} {patient.given_name}".strip()


def to_salutation(patient: Patient, to: guardians.Receiver | None) -> str:
    """How who reads it is addressed: of a minor, who speaks for her."""
    if to is None:
        return salutation(patient)
    return to.patient.salutation or _PARENT.get(to.relation, UNKNOWN)


def to_call(patient: Patient, to: guardians.Receiver | None) -> str:
    """chị Hoa (mẹ bé Na): who reads it, and whom it is about"""
    if to is None:
        return full_call(patient)
    name = f"{to_salutation(patient, to)} {to.patient.given_name}".strip()
    return f"{name} ({_IS.get(to.relation, 'người nhà')} {child_call(patient)})"


def values(
    contact: Contact, profile: Profile, to: guardians.Receiver | None = None
) -> dict[str, str]:
    """The values of a contact's text, by the names the templates use; `to` reads it for a minor."""
    patient, branch = contact.patient, contact.branch
    found = {
        "salutation": to_salutation(patient, to),
        "name": patient.given_name,
        "full_call": to_call(patient, to),
        "clinic": profile.name,
        "branch": branch.name,
        "hotline": phones.national(branch.hotline or profile.hotline),
    }
    if contact.appointment is not None:
        found |= _slot(contact)
    if contact.enrolment is not None:
        found["dentist"] = contact.enrolment.treatment.dentist.short_name
        found["treated_on"] = treated(patient, to, f"{clock.local(contact.enrolment.t0):%d/%m}")
    if contact.sequence is not None and contact.sequence.kind == SequenceKind.LAPSED:
        last = f"{clock.local(contact.sequence.t0):%d/%m/%Y}"
        found["treated_on"] = treated(patient, to, last)
    elif contact.sequence is not None:
        found |= _missed(contact)
    return {name: value for name, value in found.items() if value}


def treated(patient: Patient, to: guardians.Receiver | None, day: str) -> str:
    """ngày 12/03, or for who reads it for a minor: của bé Na ngày 12/03"""
    return f"của {child_call(patient)} ngày {day}" if to else f"ngày {day}"


def _missed(contact: Contact) -> dict[str, str]:
    """The slot she missed, and for an offer the next two free times: 09:30 thứ Ba 17/11."""
    slot = contact.sequence.appointment if contact.sequence else None
    found = {"day": say_day(slot.on_date)} if slot else {}
    if slot is not None and slot.dentist is not None:
        found["dentist"] = slot.dentist.short_name
    if contact.kind == ContactKind.OFFER:
        times = [say_time(at) for at in sequences.two_times(contact)]
        found |= {f"slot_{n}": words for n, words in enumerate(times, start=1)}
    return found


def say_time(at: dt.datetime) -> str:
    """09:30 thứ Ba 17/11"""
    return f"{clock.local(at):%H:%M} {say_day(clock.day_of(at))}"


def _slot(contact: Contact) -> dict[str, str]:
    appointment = contact.appointment
    if appointment is None:
        return {}
    found = {"day": say_day(appointment.on_date)}
    if appointment.during is not None:
        found["time"] = f"{clock.local(start_of(appointment)):%H:%M}"
    if appointment.dentist is not None:
        found["dentist"] = appointment.dentist.short_name
    return found
