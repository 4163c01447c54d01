"""What is typed on the rota's page: a shift, a week's shifts, how far it is copied, a day off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinics.fields import hour_field, weekdays_field
from clinics.models import Shift, Staff
from clinics.rota import MOST_WEEKS


class ShiftForm(forms.Form):
    """From when until when; the verb checks the two against the person's other shifts."""

    starts_at = hour_field(pgettext_lazy("rota", "From"))
    ends_at = hour_field(pgettext_lazy("rota", "Until"))

    @classmethod
    def of(cls, shift: Shift) -> ShiftForm:
        """The form with what stands; its fields are told apart from another shift's."""
        return cls(
            prefix=str(shift.uid),
            initial={"starts_at": shift.starts_at, "ends_at": shift.ends_at},
        )


class WeekForm(ShiftForm):
    """The same shift of one dentist on several days of the week."""

    dentist = forms.ChoiceField(label=_("Dentist"))
    weekdays = weekdays_field(pgettext_lazy("rota", "On"))

    field_order = ("dentist", "weekdays", "starts_at", "ends_at")

    def __init__(self, *args: Any, people: Iterable[Staff], **more: Any) -> None:
        super().__init__(*args, **more)
        self._people = {str(person.uid): person for person in people}
        self.fields["dentist"].choices = [  # type: ignore[attr-defined]
            (uid, str(person)) for uid, person in self._people.items()
        ]

    def person(self) -> Staff:
        """Who was chosen."""
        return self._people[self.cleaned_data["dentist"]]


class CopyForm(forms.Form):
    """For how many weeks more."""

    weeks = forms.IntegerField(
        label=pgettext_lazy("rota", "Weeks"),
        min_value=1,
        max_value=MOST_WEEKS,
        initial=4,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class OffForm(forms.Form):
    """Why she does not work on a day."""

    reason = forms.CharField(
        label=pgettext_lazy("rota", "Why she is off"),
        max_length=80,
        error_messages={"required": pgettext_lazy("rota", "Write why, for example leave.")},
    )
