"""A patient's values for reading a text beforehand: the words her real messages would have."""

from __future__ import annotations

from clinics import clock
from clinics.public import places
from followup import tongues, wording
from messaging.public import samples
from patients.public import appointments, guardians, phones, treatments


@samples.asked.handler
def fill(wanted: samples.Sample) -> None:
    """Her next appointment and her last treatment, where she has them."""
    patient = wanted.patient
    to = guardians.receivers([patient.pk]).get(patient.pk)
    coming = appointments.glance([patient.pk])[patient.pk].next
    done = treatments.of_patient(patient)
    say = tongues.of(wanted.language or tongues.read_by(patient, to))
    found = wording.of_patient(patient, to, say) | {
        "branch": patient.branch.name,
        "hotline": phones.national(patient.branch.hotline or places.profile().hotline),
    }
    if done:
        last = max(done, key=lambda line: line.done_at)
        found["dentist"] = last.dentist
        day = say.date(clock.day_of(last.done_at))
        found["treated_on"] = say.treated(patient, to, day)
    if coming is not None:
        found["day"] = say.day(coming.on_date)
        found["branch"] = coming.branch
        found["dentist"] = coming.dentist or found.get("dentist", "")
        if coming.start is not None:
            found["time"] = f"{clock.local(coming.start):%H:%M}"
    wanted.values.update({name: value for name, value in found.items() if value})
