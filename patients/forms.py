"""What the desk and the dentist type. Checks of shape only; the verbs decide the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinics import clock
from clinics.public import Branch, Service, Staff, fields
from patients import courses
from patients.desk import Newcomer
from patients.models import Language, Source, Stage, ToothLeft

DAY = "%d/%m/%Y"
DAYS = [DAY, "%Y-%m-%d", "%d/%m/%y", "%d-%m-%Y"]
#: How people are spoken to; empty is "anh/chị" until somebody asks her.
SALUTATIONS = ["anh", "chị", "cô", "chú", "bác", "bé"]


class UidChoice(forms.ChoiceField):
    """A choice among objects by their uid; the cleaned value is the object, or None."""

    def __init__(self, *, nothing: Any = "", **more: Any) -> None:
        super().__init__(**more)
        self.nothing = nothing
        self.by_uid: dict[str, Any] = {}

    def offer(self, items: Iterable[Any]) -> None:
        self.by_uid = {str(item.uid): item for item in items}
        rows = [(uid, str(item)) for uid, item in self.by_uid.items()]
        self.choices = rows if self.required else [("", self.nothing), *rows]

    def clean(self, value: Any) -> Any:
        return self.by_uid.get(super().clean(value))


class DayInput(forms.DateInput):
    """17/11/2026, with the machine's own calendar behind an icon."""

    template_name = "patients/widgets/day.html"

    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "numeric", "autocomplete": "off"}, format=DAY)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Adds the day as the machine's calendar reads it."""
        context = super().get_context(name, value, attrs)
        try:
            context["widget"]["iso"] = forms.DateField(input_formats=DAYS).clean(value).isoformat()
        except forms.ValidationError:
            context["widget"]["iso"] = ""
        return context


def day_of_text(text: str) -> dt.date | None:
    """The day somebody wrote, or None."""
    try:
        day: dt.date | None = forms.DateField(input_formats=DAYS, required=False).clean(text)
    except forms.ValidationError:
        return None
    return day


def day_field(label: Any) -> forms.DateField:
    """A day as people write it."""
    return forms.DateField(
        label=label,
        input_formats=DAYS,
        widget=DayInput(),
        error_messages={
            "required": _("Choose a day."),
            "invalid": _("Write the day like 17/11/2026."),
        },
    )


class SlotForm(forms.Form):
    """A day and an hour on the clinic's clock, whose, and why although somebody is there."""

    dentist = UidChoice(label=_("Dentist"), required=False, nothing=_("Anybody who is free"))
    date = day_field(_("Day"))
    time = fields.hour_field(pgettext_lazy("of the clock", "Hour"))
    overbook_reason = forms.CharField(
        label=_("Why it is booked all the same"), required=False, max_length=200
    )
    pick = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, dentists: Iterable[Staff], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["dentist"].offer(dentists)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A free time that was offered and pressed stands above what the fields say."""
        said = super().clean() or self.cleaned_data
        if picked := said.get("pick"):
            try:
                start = clock.local(clock.parse(picked))
            except ValueError:
                return said
            said |= {"date": start.date(), "time": start.time()}
            for name in ("date", "time"):
                self.errors.pop(name, None)
        return said

    def start(self) -> dt.datetime:
        """The instant that was chosen."""
        return clock.at(self.cleaned_data["date"], self.cleaned_data["time"])


class MoveForm(SlotForm):
    """Another time for an appointment."""


class NewcomerFields(forms.Form):
    """A new patient: as much as the desk can ask while somebody waits."""

    full_name = forms.CharField(
        label=_("Full name"), required=False, max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write the patient's name.")},
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    salutation = forms.ChoiceField(
        label=_("Spoken to as"),
        required=False,
        choices=[("", "anh/chị"), *((word, word) for word in SALUTATIONS)],
        widget=forms.RadioSelect,
    )
    may_write = forms.BooleanField(
        label=_("The patient knows that we write about appointments and care"), required=False
    )

    def typed(self) -> Newcomer:
        """Who was typed."""
        said = self.cleaned_data
        return Newcomer(
            full_name=said["full_name"],
            phone=said["phone"],
            salutation=said["salutation"],
            may_write=said["may_write"],
            source=said.get("source", ""),
            language=said.get("language") or Language.VI,
        )


class PatientForm(NewcomerFields):
    """A new patient without an appointment."""

    branch = UidChoice(label=_("Branch"))
    source = forms.ChoiceField(
        label=_("How she found us"),
        required=False,
        choices=[("", pgettext_lazy("source", "Not asked yet")), *Source.choices],
    )
    language = forms.ChoiceField(
        label=_("Language we write in"),
        choices=Language.choices,
        initial=Language.VI,
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, branches: Iterable[Branch], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["branch"].offer(branches)  # type: ignore[attr-defined]
        self.fields["full_name"].required = True
        order = ["full_name", "phone", "salutation", "language", "may_write", "source", "branch"]
        self.order_fields(order)


class BookingForm(NewcomerFields, SlotForm):
    """For whom, for what, with whom, when."""

    patient = forms.UUIDField(required=False, widget=forms.HiddenInput)
    newcomer = forms.BooleanField(required=False, widget=forms.HiddenInput)
    branch = UidChoice(label=_("Branch"))
    service = UidChoice(
        label=_("Service"), required=False, nothing=_("Examination, not decided yet")
    )
    purpose = forms.SlugField(required=False, max_length=40, widget=forms.HiddenInput)
    counts_as_return = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        branches: Iterable[Branch],
        services: Iterable[Service],
        dentists: Iterable[Staff],
        **more: Any,
    ) -> None:
        super().__init__(*args, dentists=dentists, **more)
        self.fields["branch"].offer(branches)  # type: ignore[attr-defined]
        self.fields["service"].offer(services)  # type: ignore[attr-defined]
        new = self.data.get("newcomer") if self.is_bound else self.initial.get("newcomer")
        self.fields["full_name"].required = str(new or "") in ("1", "on", "True")

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if not said.get("patient") and not said.get("newcomer"):
            self.add_error("patient", _("Choose the patient, or write down a new one."))
        return said


class CancelForm(forms.Form):
    """Who cancelled, and why."""

    who = forms.ChoiceField(
        label=_("Who cancels"),
        choices=[
            ("patient", pgettext_lazy("who cancels", "The patient")),
            ("clinic", pgettext_lazy("who cancels", "The clinic")),
        ],
        initial="patient",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write the reason, as it was said.")},
    )


#: The fields that are said of a course's step.
ABOUT_STEP = ("stage", "tooth_left", "healed", "revisit_weeks", "planned_months")


class PrepareForm(forms.Form):
    """What was done in a visit, as somebody at the chair notes it for the dentist."""

    service = UidChoice(label=_("What was done"))
    tooth = forms.IntegerField(
        label=_("Tooth"),
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 11, "max": 85}),
        error_messages={"invalid": _("Write the number of the tooth, for example 36.")},
    )
    agreed_value = forms.CharField(
        label=_("Agreed price"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    remark = forms.CharField(
        label=pgettext_lazy("treatment", "Remark"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, services: Iterable[Service], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["service"].offer(services)  # type: ignore[attr-defined]

    def clean_agreed_value(self) -> int | None:
        """24.500.000, 24500000 and "24.500.000 ₫" are the same price."""
        said = str(self.cleaned_data["agreed_value"])
        figures = "".join(char for char in said if char not in " .,₫đ\u00a0")
        if not figures:
            return None
        if not figures.isdecimal() or len(figures) > 12:
            raise forms.ValidationError(_("Write the price in figures, for example 1.500.000."))
        return int(figures)


class ChairsideForm(PrepareForm):
    """The same at the chair; where the appointment names no dentist, who did it."""

    dentist = UidChoice(label=_("Dentist"))

    def __init__(self, *args: Any, dentists: Iterable[Staff], **more: Any) -> None:
        super().__init__(*args, **more)
        service = self.fields["service"]
        assert isinstance(service, UidChoice)  # nothing is chosen for her
        lines = [(uid, str(one)) for uid, one in service.by_uid.items()]
        service.choices = [("", _("Choose what was done")), *lines]
        offered = list(dentists)
        if offered:
            self.fields["dentist"].offer(offered)  # type: ignore[attr-defined]
        else:
            del self.fields["dentist"]


class SignForm(PrepareForm):
    """What was done in a visit, as its dentist signs it. `entry`: what was prepared of it."""

    entry = forms.CharField(required=False, widget=forms.HiddenInput)

    done_on = day_field(_("Done on"))
    done_time = fields.hour_field(_("Done at"))
    deep_cavity = forms.BooleanField(label=_("Deep cavity"), required=False)
    recall_months = forms.TypedChoiceField(
        label=_("Check-up after"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", _("as usual")),
            ("3", _("3 months")),
            ("6", _("6 months")),
            ("12", _("12 months")),
        ],
        widget=forms.RadioSelect,
    )
    stage = forms.ChoiceField(
        label=_("Which step was it?"), required=False, choices=Stage.choices,
        widget=forms.RadioSelect,
    )  # fmt: skip
    tooth_left = forms.ChoiceField(
        label=_("How the tooth was left"),
        required=False,
        choices=[("", _("Closed for good")), *ToothLeft.choices],
        widget=forms.RadioSelect,
    )
    healed = forms.BooleanField(label=_("Healed, seen in the X-ray"), required=False)
    revisit_weeks = forms.TypedChoiceField(
        label=_("Next adjustment"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", _("as usual, 4 to 6 weeks")),
            *((str(n), _("from %(n)s weeks on") % {"n": n}) for n in (2, 3, 6, 8, 10, 12)),
        ],
    )

    planned_months = forms.TypedChoiceField(
        label=_("How long the braces will be worn"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", _("not said yet")),
            *((str(n), _("about %(n)s months") % {"n": n}) for n in (6, 9, 12, 15, 18, 24, 30, 36)),
        ],
    )

    def ask_step(self, steps: Iterable[Stage]) -> None:
        """Offer the steps this treatment can be; a course is not signed without one."""
        field = self.fields["stage"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(step.value, step.label) for step in steps]
        field.required = bool(field.choices)

    def said(self) -> courses.Said:
        """What the dentist says of this step of a course."""
        return courses.Said(**{name: self.cleaned_data[name] for name in ABOUT_STEP})

    def done_at(self) -> dt.datetime:
        """The instant it was done, on the clinic's clock."""
        return clock.at(self.cleaned_data["done_on"], self.cleaned_data["done_time"])
