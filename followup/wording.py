"""What fills a text: names, days and hours as its reader reads them (followup/tongues.py)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import pgettext

from clinics import clock
from clinics.public import Profile
from followup import sequences, tongues
from followup.contacts import start_of
from followup.models import Contact, ContactKind, SequenceKind
from messaging.public import outbox
from patients.public import Language, Patient, Relation, guardians, people, phones


def says_who(to: guardians.Receiver) -> str:
    """chị Hoa (mẹ): who is called for a minor, in the language of the page."""
    words = pgettext("call", "%(called)s (%(relation)s)")
    relation = str(Relation(to.relation).label).lower()
    return words % {"called": people.called(to.patient), "relation": relation}


def values(
    contact: Contact, profile: Profile, to: guardians.Receiver | None = None
) -> dict[str, str]:
    """The values of a contact's text, by the names the templates use; `to` reads it for a minor.

    Who reads another language than Vietnamese has them in both: not every text stands in hers.
    """
    language = tongues.read_by(contact.patient, to)
    times = _offered(contact)
    found = {
        each: _said(contact, profile, to, tongues.of(each), times)
        for each in dict.fromkeys((language, Language.VI))
    }
    return found[language] if len(found) == 1 else outbox.in_languages(found)


def _said(
    contact: Contact,
    profile: Profile,
    to: guardians.Receiver | None,
    say: tongues.Tongue,
    times: list[dt.datetime],
) -> dict[str, str]:
    branch = contact.branch
    found = of_patient(contact.patient, to, say) | {
        "clinic": profile.name,
        "branch": branch.name,
        "hotline": phones.national(branch.hotline or profile.hotline),
    }
    found |= _slot(contact, say) | _treatment(contact, to, say) | _missed(contact, say)
    found |= {f"slot_{n}": say.time(at) for n, at in enumerate(times, start=1)}
    return {name: value for name, value in found.items() if value}


def of_patient(
    patient: Patient, to: guardians.Receiver | None, say: tongues.Tongue
) -> dict[str, str]:
    """How who reads it is addressed and called."""
    return {
        "salutation": say.salutation(patient, to),
        "name": say.name(patient),
        "full_call": say.call(patient, to),
    }


def _treatment(
    contact: Contact, to: guardians.Receiver | None, say: tongues.Tongue
) -> dict[str, str]:
    """When she was treated and by whom; of a long absence the last visit, with its year."""
    found = {}
    plan, sequence = contact.enrolment, contact.sequence
    if plan is not None:
        day = say.date(clock.day_of(plan.t0))
        found["dentist"] = say.dentist(plan.treatment.dentist)
        found["treated_on"] = say.treated(contact.patient, to, day)
    if sequence is not None and sequence.kind == SequenceKind.LAPSED:
        day = say.date(clock.day_of(sequence.t0), year=True)
        found["treated_on"] = say.treated(contact.patient, to, day)
    return found


def _is_missed(contact: Contact) -> bool:
    return contact.sequence is not None and contact.sequence.kind != SequenceKind.LAPSED


def _missed(contact: Contact, say: tongues.Tongue) -> dict[str, str]:
    """The slot she missed."""
    slot = contact.sequence.appointment if contact.sequence and _is_missed(contact) else None
    found = {"day": say.day(slot.on_date)} if slot else {}
    if slot is not None and slot.dentist is not None:
        found["dentist"] = say.dentist(slot.dentist)
    return found


def _offered(contact: Contact) -> list[dt.datetime]:
    """The free times of an offer after a missed slot."""
    offers = _is_missed(contact) and contact.kind == ContactKind.OFFER
    return sequences.two_times(contact) if offers else []


def _slot(contact: Contact, say: tongues.Tongue) -> dict[str, str]:
    appointment = contact.appointment
    if appointment is None:
        return {}
    found = {"day": say.day(appointment.on_date)}
    if appointment.during is not None:
        found["time"] = f"{clock.local(start_of(appointment)):%H:%M}"
    if appointment.dentist is not None:
        found["dentist"] = say.dentist(appointment.dentist)
    return found
