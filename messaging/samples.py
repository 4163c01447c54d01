"""The values of a text for one real patient, so that it can be read before anybody gets it.

Who says things fills them: a higher app hears `asked` and writes into the values, by the same
words its messages use.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from clinics.public import Event, places
from messaging import placeholders
from messaging.wordings import LINK
from patients.public import Patient, phones


@dataclass(frozen=True)
class Sample:
    """Whose values are wanted, and in which language; handlers write what they know."""

    patient: Patient
    language: str = ""  # "" = hers
    values: dict[str, str] = field(default_factory=dict)


#: Somebody wants to read a text as this patient would get it.
asked: Event[Sample] = Event("sample asked")


def values_for(patient: Patient | None, language: str = "") -> dict[str, str]:
    """A value for every blank: hers where there is one, else an example; the link's is one."""
    profile = places.profile()
    known = {"clinic": profile.name, "hotline": phones.national(profile.hotline)}
    if patient is not None:
        sample = Sample(patient, language)
        asked.tell(sample)
        known |= sample.values
    filled = {name: value for name, value in known.items() if value}
    return {
        **placeholders.examples(language),
        LINK: placeholders.PLACEHOLDERS[LINK].example,
        **filled,
    }
