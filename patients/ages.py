"""When somebody is of age: at 18, on the clinic's clock."""

from __future__ import annotations

import datetime as dt

from patients.models import Patient

OF_AGE = 18


def of_age_on(patient: Patient) -> dt.date | None:
    """The day of her 18th birthday; None when neither birth date nor age is known.

    Born on 29 February it is 1 March of a common year. From an age that was told it is the day
    from which `people.age_of` says 18; of who was of age when asked, the first day there is.
    """
    born = patient.birth_date
    if born is not None:
        try:
            return born.replace(year=born.year + OF_AGE)
        except ValueError:
            return dt.date(born.year + OF_AGE, 3, 1)
    if patient.age_years is None or patient.age_on is None:
        return None
    years = OF_AGE - patient.age_years
    if years <= 0:
        return dt.date.min
    return patient.age_on + dt.timedelta(days=-(-years * 36525 // 100))


def is_minor(patient: Patient, day: dt.date) -> bool:
    """Whether she is under 18 on a day; of unknown age she is not."""
    from_day = of_age_on(patient)
    return from_day is not None and day < from_day
