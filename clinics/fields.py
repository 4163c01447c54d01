"""Fields of forms that stand on several pages: an hour as people write it, days of the week."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

HOURS = ["%H:%M", "%Hh%M", "%Hh", "%H.%M", "%H:%M:%S"]


class HourInput(forms.TimeInput):
    """17:30, on a clock of 24 hours whatever the machine's."""

    def __init__(self) -> None:
        super().__init__(
            attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "17:30"},
            format="%H:%M",
        )


def hour_field(label: Any) -> forms.TimeField:
    """An hour as people write it."""
    return forms.TimeField(
        label=label,
        input_formats=HOURS,
        widget=HourInput(),
        error_messages={
            "required": _("Choose an hour."),
            "invalid": _("Write the hour like 17:30."),
        },
    )


def weekdays_field(label: Any) -> forms.TypedMultipleChoiceField:
    """One or more days of the week, Monday = 0."""
    return forms.TypedMultipleChoiceField(
        label=label,
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": pgettext_lazy("settings", "Choose at least one day.")},
    )
