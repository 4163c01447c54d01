"""What people type: a task's result, and what a patient answers on her phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from followup.models import AnswerChoice
from messaging.public import CallResult, Direction
from patients.public import ContactPoint, phones

#: Results that are chosen most; the words are kept with the task.
RESULTS = (
    ("well", pgettext_lazy("result", "Reached, all is well")),
    ("booked", pgettext_lazy("result", "Booked")),
    ("instructed", pgettext_lazy("result", "Told what to do")),
    ("no_answer", pgettext_lazy("result", "Nobody picked up")),
    ("other", pgettext_lazy("result", "Something else")),
)


class CallForm(forms.Form):
    """What came of a call. The result is the button that was pressed."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    direction = forms.ChoiceField(
        label=pgettext_lazy("call", "Who called"),
        choices=Direction.choices,
        initial=Direction.OUT,
        widget=forms.RadioSelect,
    )
    number = forms.ChoiceField(label=pgettext_lazy("call", "Which number"), required=False)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    result = forms.ChoiceField(
        choices=CallResult.choices,
        error_messages={"required": pgettext_lazy("call", "Say what came of the call.")},
    )

    def __init__(self, *args: Any, points: Sequence[ContactPoint], **more: Any) -> None:
        super().__init__(*args, **more)
        self.points = {str(point.uid): point for point in points}
        shown = [(uid, phones.masked(point.value)) for uid, point in self.points.items()]
        self.fields["number"].choices = shown  # type: ignore[attr-defined]

    def clean_number(self) -> ContactPoint | None:
        """The contact point behind the choice."""
        return self.points.get(self.cleaned_data["number"])


class DoneForm(forms.Form):
    """How a task ended. "Something else" must be said in words."""

    result = forms.ChoiceField(
        label=pgettext_lazy("result", "What came of it?"), choices=RESULTS, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean(self) -> dict[str, object]:
        said: dict[str, object] = super().clean() or {}
        if said.get("result") == "other" and not said.get("note"):
            self.add_error("note", _("Say in a few words what came of it."))
        return said

    def words(self) -> str:
        """The result as it is kept."""
        chosen, note = self.cleaned_data["result"], self.cleaned_data["note"]
        if chosen == "other":
            return str(note)
        label = str(dict(RESULTS)[chosen])
        return f"{label}. {note}" if note else label


class AnswerForm(forms.Form):
    """A patient's answer; what may be chosen depends on the question."""

    choice = forms.CharField(
        error_messages={"required": _("Please choose one of the answers above.")}
    )
    signs = forms.MultipleChoiceField(required=False)
    note = forms.CharField(required=False, max_length=500, strip=True)
    pain = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(str(n), str(n)) for n in range(11)],
        error_messages={"invalid_choice": _("Please choose a number from 0 to 10.")},
    )

    def __init__(
        self,
        *args: object,
        signs: list[str],
        choices: list[str],
        scale: bool = False,
        **more: object,
    ) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.allowed, self.scale = choices, scale
        field = self.fields["signs"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(sign, sign) for sign in signs]

    def clean_choice(self) -> str:
        said = str(self.cleaned_data["choice"])
        if said not in self.allowed:
            raise forms.ValidationError(_("Please choose one of the answers above."))
        return said

    def clean(self) -> dict[str, object]:
        """Where the pain is asked its number belongs to the answer, but to no cry for help."""
        said: dict[str, object] = super().clean() or {}
        calm = said.get("choice") in (AnswerChoice.FINE, AnswerChoice.UNEASY)
        if self.scale and calm and said.get("pain") is None and "pain" not in self.errors:
            self.add_error("pain", _("Please choose a number from 0 to 10."))
        return said


class WishForm(forms.Form):
    """When she would like to come."""

    wish = forms.CharField(
        max_length=200,
        error_messages={
            "required": _("Please say which day or hour suits you."),
            "max_length": _("Please say it in fewer words, at most 200 letters."),
        },
    )


class CancelForm(forms.Form):
    """Why she cannot come: one of the usual reasons, or her own words."""

    reason = forms.CharField(required=False, max_length=60)
    words = forms.CharField(
        required=False,
        max_length=140,
        error_messages={"max_length": _("Please say it in fewer words, at most 140 letters.")},
    )

    def clean(self) -> dict[str, object]:
        said: dict[str, object] = super().clean() or {}
        if not said.get("reason") and not said.get("words") and not self.errors:
            self.add_error("reason", _("Please choose a reason, or write one."))
        return said

    def text(self) -> str:
        """The reason as it is kept."""
        said = self.cleaned_data
        return str(said["words"] or said["reason"])
