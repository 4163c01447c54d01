"""What is typed on an account's page beside its own form: a test, and which text goes by what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import pgettext_lazy

from messaging import purposes
from messaging.models import FoundTemplate, Template
from patients.public import phones


def _name(text: Template) -> str:
    return purposes.name_of(text.key, text.title)


class TrialForm(forms.Form):
    """A test to a number or an address of our own."""

    text = forms.ChoiceField(label=pgettext_lazy("trial", "Text"))
    to = forms.CharField(
        label=pgettext_lazy("trial", "Your own phone number or e-mail address"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *said: Any, texts: Sequence[Template], **more: Any) -> None:
        super().__init__(*said, **more)
        self._texts = {str(one.uid): one for one in texts}
        choice: Any = self.fields["text"]
        choice.choices = [(uid, _name(one)) for uid, one in self._texts.items()]

    def clean_to(self) -> str:
        """As a provider takes it: E.164, or an e-mail address."""
        typed = str(self.cleaned_data["to"]).strip()
        if "@" in typed:
            validate_email(typed)
            return typed
        return phones.parse(typed).e164

    def chosen(self) -> Template:
        return self._texts[self.cleaned_data["text"]]


class LinkForm(forms.Form):
    """A template at the provider, and the text of ours that goes by it."""

    found = forms.ChoiceField(label=pgettext_lazy("channels", "Template at the provider"))
    text = forms.ChoiceField(label=pgettext_lazy("channels", "Text of ours"))

    def __init__(
        self,
        *said: Any,
        found: Sequence[FoundTemplate],
        texts: Sequence[Template],
        **more: Any,
    ) -> None:
        super().__init__(*said, **more)
        self._found = {one.provider_id: one for one in found}
        self._texts = {str(one.uid): one for one in texts}
        left: Any = self.fields["found"]
        right: Any = self.fields["text"]
        left.choices = [(one.provider_id, f"{one.name} ({one.provider_id})") for one in found]
        right.choices = [(uid, _name(one)) for uid, one in self._texts.items()]

    def pair(self) -> tuple[FoundTemplate, Template]:
        said = self.cleaned_data
        return self._found[said["found"]], self._texts[said["text"]]
