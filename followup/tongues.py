"""How patients are addressed and days are said, in each language they may be written to in
(docs/templates.md, "Languages").

These words are data for patients, whatever language the staff work in, so they stand here.
"""

from __future__ import annotations

import datetime as dt

from clinics import clock
from clinics.public import Staff
from messaging.public import days
from patients.public import Language, Patient, Relation, guardians, names, people

#: From this age on a child is "em" and no "bé" any more.
BIG = 12
#: An SMS takes so many letters of a value (messaging/texts.py).
_WHOLE_CALL = 40


class Vietnamese:
    """By the person's own address: chị Trang."""

    unknown = "anh/chị"
    _parent: dict[str, str] = {Relation.MOTHER: "chị", Relation.FATHER: "anh"}
    _is: dict[str, str] = {
        Relation.MOTHER: "mẹ",
        Relation.FATHER: "bố",
        Relation.GRANDPARENT: "ông bà",
    }

    def day(self, day: dt.date) -> str:
        """thứ Ba 17/11"""
        return days.said(day)

    def date(self, day: dt.date, *, year: bool = False) -> str:
        """17/11, or with its year 17/11/2026"""
        return f"{day:%d/%m/%Y}" if year else f"{day:%d/%m}"

    def on(self, day: dt.date) -> str:
        """17/11, within a sentence"""
        return self.date(day)

    def time(self, at: dt.datetime) -> str:
        """09:30 thứ Ba 17/11"""
        return f"{clock.local(at):%H:%M} {self.day(clock.day_of(at))}"

    def salutation(self, patient: Patient, to: guardians.Receiver | None) -> str:
        """How who reads it is addressed, from her record: of a minor, who speaks for her."""
        if to is None:
            return patient.salutation or self.unknown
        return to.patient.salutation or self._parent.get(to.relation, self.unknown)

    def name(self, patient: Patient) -> str:
        """Trang"""
        return patient.given_name

    def call(self, patient: Patient, to: guardians.Receiver | None) -> str:
        """chị Trang; of a minor, who reads it and whom it is about: chị Hoa (mẹ bé Na)"""
        whose = to.patient if to else patient
        name = f"{self.salutation(patient, to)} {whose.given_name}".strip()
        if to is None:
            return name
        return f"{name} ({self._is.get(to.relation, 'người nhà')} {self._child(patient)})"

    def treated(self, patient: Patient, to: guardians.Receiver | None, day: str) -> str:
        """ngày 12/03, or for who reads it for a minor: của bé Na ngày 12/03"""
        return f"của {self._child(patient)} ngày {day}" if to else f"ngày {day}"

    def dentist(self, dentist: Staff) -> str:
        """BS. Khôi"""
        return dentist.short_name

    def _child(self, patient: Patient) -> str:
        """bé Na; of an older child without a salutation, em Na"""
        age = people.age_of(patient, clock.today())
        word = patient.salutation or ("bé" if age is not None and age < BIG else "em")
        return f"{word} {patient.given_name}".strip()


class English:
    """By the name as it is written, since nobody knows which word of it is the given name; there
    is no salutation to choose."""

    unknown = "dear patient"
    _days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    _months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    _is: dict[str, str] = {
        Relation.MOTHER: "mother",
        Relation.FATHER: "father",
        Relation.GRANDPARENT: "grandparent",
    }

    def day(self, day: dt.date) -> str:
        """Tue 17 Nov: 5/6 is another day to an American."""
        return f"{self._days[day.weekday()]} {self.date(day)}"

    def date(self, day: dt.date, *, year: bool = False) -> str:
        """17 Nov, or with its year 17 Nov 2026"""
        short = f"{day.day} {self._months[day.month - 1]}"
        return f"{short} {day.year}" if year else short

    def on(self, day: dt.date) -> str:
        """on 17 Nov, within a sentence"""
        return f"on {self.date(day)}"

    def time(self, at: dt.datetime) -> str:
        """09:30 Tue 17 Nov"""
        return f"{clock.local(at):%H:%M} {self.day(clock.day_of(at))}"

    def salutation(self, patient: Patient, to: guardians.Receiver | None) -> str:
        return "you"

    def name(self, patient: Patient) -> str:
        """John Smith; a long name by its last word"""
        return names.in_english(patient.full_name, patient.given_name)

    def call(self, patient: Patient, to: guardians.Receiver | None) -> str:
        """John Smith; for a minor: Ann Smith (mother of Tom Smith)"""
        if to is None:
            return patient.full_name or self.unknown
        relation = self._is.get(to.relation, "family")
        names = (
            (to.patient.full_name or self.unknown, self.name(patient)),
            (to.patient.given_name, patient.given_name),
        )
        said = [f"{reader} ({relation} of {child})" for reader, child in names]
        return next((one for one in said if len(one) <= _WHOLE_CALL), said[-1])

    def treated(self, patient: Patient, to: guardians.Receiver | None, day: str) -> str:
        """on 12 Mar, or for who reads it for a minor: of Tom Smith on 12 Mar"""
        return f"of {self.name(patient)} on {day}" if to else f"on {day}"

    def dentist(self, dentist: Staff) -> str:
        """Dr. Khôi"""
        name = dentist.short_name
        return f"Dr.{name.removeprefix('BS.')}" if name.startswith("BS.") else name


Tongue = Vietnamese | English
_TONGUES: dict[str, Tongue] = {Language.VI: Vietnamese(), Language.EN: English()}


def of(language: str) -> Tongue:
    """How a language says it; of one we do not speak, Vietnamese."""
    return _TONGUES.get(language[:2], _TONGUES[Language.VI])


def read_by(patient: Patient, to: guardians.Receiver | None) -> str:
    """The language of who reads what is said to her: of a minor, of who speaks for her."""
    return (to.patient if to else patient).language
