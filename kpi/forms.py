"""What stands in the address of a number's page."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import pgettext_lazy

from clinics import clock
from kpi import periods
from kpi.due import Asked, month_of
from kpi.models import Verdict
from kpi.reads import ROLES

_ = partial(pgettext_lazy, "kpi")
_DAY_ERRORS = {"invalid": _("This is no day of the calendar.")}


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=_DAY_ERRORS,
    )


class DueForm(forms.Form):
    """The month of the returns, the open list and its page; what is typed wrongly is not asked."""

    month = forms.DateField(required=False, input_formats=["%Y-%m"])
    due = forms.ChoiceField(
        choices=[(key, key) for key in ("came", "booked", "waiting", "unreached", "later")],
        required=False,
    )
    all = forms.BooleanField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)

    def asked(self) -> Asked:
        """What the address says, the running month where it says nothing."""
        self.is_valid()
        said = self.cleaned_data
        return Asked(
            month=said.get("month") or month_of(clock.today()),
            part=said.get("due") or "",
            page=said.get("page") or 1,
            whole=bool(said.get("all")),
        )


class VerdictForm(forms.Form):
    """What a case of leaked data was, and why."""

    verdict = forms.ChoiceField(choices=[(one, one) for one in Verdict.values])
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write down why: others will read it later.")},
    )


class NumberForm(forms.Form):
    """The period, the list and the page of a number; what is wrong stands beside its field."""

    first = _day(_("From"))
    last = _day(_("To"))
    as_of = _day(_("As it was known at the start of"))
    months = forms.TypedChoiceField(
        choices=[(n, n) for n in periods.MONTHS], coerce=int, required=False
    )
    role = forms.ChoiceField(choices=[(role, role) for role in ROLES], required=False)
    reason = forms.SlugField(required=False)
    part = forms.SlugField(required=False)
    q = forms.CharField(required=False, max_length=80)
    page = forms.IntegerField(required=False, min_value=1)

    def clean_as_of(self) -> dt.date | None:
        """A day that has begun."""
        day: dt.date | None = self.cleaned_data["as_of"]
        if day is not None and day > clock.today():
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def clean(self) -> dict[str, Any]:
        """A typed period has both ends, the right way round."""
        said = self.cleaned_data
        first, last = said.get("first"), said.get("last")
        if first and last and first > last:
            self.add_error("last", _("The period must end after it begins."))
        elif first and not last and "last" not in self.errors:
            said["last"] = clock.today()
        elif last and not first and "first" not in self.errors:
            self.add_error("first", _("Say from which day."))
        return said

    def said(self, name: str, otherwise: Any = None) -> Any:
        """A field's value; what was not said, or said wrongly, is `otherwise`."""
        self.is_valid()
        return self.cleaned_data.get(name) or otherwise
