"""What is typed in the settings: a branch, its closing days and chairs, a service."""

from __future__ import annotations

import datetime as dt
from typing import Any

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinics import dialling
from clinics.fields import hour_field, weekdays_field
from clinics.models import Branch, ClosingDay
from clinics.places import code_of


class BranchForm(forms.Form):
    """What a branch is called, where it is, when it is open."""

    name = forms.CharField(label=pgettext_lazy("settings", "Name"), max_length=120)
    address = forms.CharField(
        label=pgettext_lazy("settings", "Address"), max_length=200, required=False
    )
    hotline = forms.CharField(
        label=pgettext_lazy("settings", "Hotline"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    opens_at = hour_field(pgettext_lazy("settings", "Opens at"))
    closes_at = hour_field(pgettext_lazy("settings", "Closes at"))
    open_weekdays = weekdays_field(pgettext_lazy("settings", "Open on"))

    def clean_hotline(self) -> str:
        """As E.164; a hotline may be a landline, or a 1800 or 1900 number."""
        typed = self.cleaned_data["hotline"].strip()
        if not typed:
            return ""
        try:
            number = phonenumbers.parse(typed, "VN")
        except phonenumbers.NumberParseException as error:
            raise forms.ValidationError(_("This is no phone number.")) from error
        if not phonenumbers.is_possible_number(number):
            raise forms.ValidationError(_("This is no phone number."))
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def clean_name(self) -> str:
        """A name that a code can be made of: with a letter or a figure in it."""
        name = str(self.cleaned_data["name"])
        if not code_of(name):
            raise forms.ValidationError(_("Write the name of the branch."))
        return name

    def clean(self) -> dict[str, Any]:
        """It closes after it opens."""
        said: dict[str, Any] = super().clean() or {}
        opens, closes = said.get("opens_at"), said.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("It closes after it opens."))
        return said

    @classmethod
    def of(cls, branch: Branch) -> BranchForm:
        """The form with what stands."""
        names = ("name", "address", "opens_at", "closes_at")
        days = branch.open_weekdays or list(range(7))
        shown = {"open_weekdays": days, "hotline": dialling.national(branch.hotline)}
        return cls(initial={name: getattr(branch, name) for name in names} | shown)

    @classmethod
    def usual(cls) -> BranchForm:
        """The form of a new branch: most open from Monday to Saturday."""
        return cls(
            initial={
                "opens_at": dt.time(8),
                "closes_at": dt.time(20),
                "open_weekdays": list(range(6)),
            }
        )


class ClosingForm(forms.Form):
    """A day on which nobody is received."""

    day = forms.DateField(
        label=pgettext_lazy("settings", "Closed on"),
        input_formats=["%d/%m/%Y", "%Y-%m-%d", "%d/%m/%y"],
        widget=forms.DateInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "17/02/2027"},
            format="%d/%m/%Y",
        ),
        error_messages={
            "required": _("Choose a day."),
            "invalid": _("Write the day like 17/11/2026."),
        },
    )
    reason = forms.CharField(label=pgettext_lazy("settings", "Why"), max_length=80)
    everywhere = forms.BooleanField(
        label=pgettext_lazy("settings", "All branches are closed"), required=False
    )


class ChairForm(forms.Form):
    """A chair to sit in."""

    name = forms.CharField(label=pgettext_lazy("settings", "Name of the chair"), max_length=40)


class ServiceForm(forms.Form):
    """A line of the price list."""

    name = forms.CharField(label=pgettext_lazy("settings", "Name"), max_length=120)
    duration_min = forms.IntegerField(
        label=pgettext_lazy("settings", "Minutes"), min_value=5, max_value=480
    )
    price = forms.IntegerField(
        label=pgettext_lazy("settings", "Price in VND"), min_value=0, max_value=10_000_000_000
    )
    single_visit = forms.BooleanField(
        label=pgettext_lazy("settings", "Finished in one visit"), required=False
    )
    surgical = forms.BooleanField(label=pgettext_lazy("settings", "Surgery"), required=False)
    by_tooth = forms.BooleanField(
        label=pgettext_lazy("settings", "Done on a tooth"), required=False
    )
    is_active = forms.BooleanField(
        label=pgettext_lazy("settings", "Offered"), required=False, initial=True
    )


def said_of(closed: ClosingDay) -> str:
    """A closing day in a few words."""
    return f"{closed.day:%d/%m/%Y}, {closed.reason}"
