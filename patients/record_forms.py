"""What is typed on a patient's record: who she is, who belongs to her."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinics.public import Staff, fields
from patients.details import Wanted
from patients.forms import SALUTATIONS, UidChoice, day_field
from patients.models import Language, Relation, Source

_NOTE = {"rows": 2, "maxlength": 400}


class DetailsForm(forms.Form):
    """Who she is, how she likes to be reached, what she wishes and fears, who looks after her."""

    full_name = forms.CharField(label=_("Full name"), max_length=120)
    salutation = forms.ChoiceField(
        label=_("Spoken to as"),
        required=False,
        choices=[("", "anh/chị"), *((word, word) for word in SALUTATIONS)],
        widget=forms.RadioSelect,
    )
    gender = forms.ChoiceField(
        label=_("Gender"),
        required=False,
        choices=[
            ("", pgettext_lazy("gender", "Not said")),
            ("F", pgettext_lazy("gender", "Woman")),
            ("M", pgettext_lazy("gender", "Man")),
        ],
        widget=forms.RadioSelect,
    )
    birth_date = day_field(_("Birthday"))
    source = forms.ChoiceField(
        label=_("How she found us"),
        required=False,
        choices=[("", pgettext_lazy("source", "Not asked yet")), *Source.choices],
    )
    language = forms.ChoiceField(
        label=_("Language we write in"),
        help_text=_("Where there is no text in it yet, the Vietnamese one is sent."),
        choices=Language.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    preferred_channel = forms.ChoiceField(
        label=_("Likes to be written to by"),
        required=False,
        choices=[
            ("", pgettext_lazy("channel", "As usual")),
            ("zalo", "Zalo"),
            ("sms", "SMS"),
        ],
        widget=forms.RadioSelect,
    )
    preferred_hour = fields.hour_field(_("At what hour"))
    wishes = forms.CharField(
        label=_("What she wishes"), required=False, max_length=400,
        widget=forms.Textarea(attrs=_NOTE),
    )  # fmt: skip
    fears = forms.CharField(
        label=_("What she fears"), required=False, max_length=400,
        widget=forms.Textarea(attrs=_NOTE),
    )  # fmt: skip
    dentist = UidChoice(label=_("Responsible dentist"), required=False, nothing=_("Nobody yet"))
    agent = UidChoice(label=_("Care agent"), required=False, nothing=_("Nobody yet"))

    def __init__(
        self, *args: Any, dentists: Iterable[Staff], agents: Iterable[Staff], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.fields["dentist"].offer(dentists)  # type: ignore[attr-defined]
        self.fields["agent"].offer(agents)  # type: ignore[attr-defined]
        self.fields["birth_date"].required = False
        self.fields["preferred_hour"].required = False

    def clean_language(self) -> str:
        """What stands, where a page of the version before does not say."""
        return str(self.cleaned_data["language"] or self.initial.get("language", Language.VI))

    def wanted(self) -> Wanted:
        """What her record shall say."""
        names = Wanted.__dataclass_fields__
        return Wanted(**{name: self.cleaned_data[name] for name in names})


class TieForm(forms.Form):
    """A relative: a patient found by name or phone, or a name alone."""

    relative = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name of the relative"), required=False, max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    relation = forms.ChoiceField(label=_("She is the patient's"), choices=Relation.choices)
    is_guardian = forms.BooleanField(label=_("Speaks for the patient"), required=False)
    pays = forms.BooleanField(label=_("Pays"), required=False)
    decides = forms.BooleanField(label=_("Decides"), required=False)
