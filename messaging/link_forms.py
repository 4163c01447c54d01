"""Choosing a template at the provider for a text, and what fills each of its blanks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import pgettext, pgettext_lazy

from messaging import linking
from messaging.fitting import Param
from messaging.models import FoundTemplate, Template


class PickForm(forms.Form):
    """Which template at the provider."""

    found = forms.ChoiceField(label=pgettext_lazy("link", "Template at Zalo"))

    def __init__(self, *said: Any, found: Sequence[FoundTemplate], **more: Any) -> None:
        super().__init__(*said, **more)
        self._found = {one.provider_id: one for one in found}
        choice: Any = self.fields["found"]
        choice.choices = [
            (one.provider_id, f"{one.name} ({one.provider_id}), {linking.state_of(one)}")
            for one in found
        ]

    def chosen(self) -> FoundTemplate:
        return self._found[self.cleaned_data["found"]]


class BlanksForm(forms.Form):
    """Which blank of ours fills each of theirs; beside each what the provider says of it."""

    def __init__(self, *said: Any, text: Template, found: FoundTemplate, **more: Any) -> None:
        super().__init__(*said, **more)
        self._text, self._found = text, found
        guessed = linking.guessed(found)
        ours = [(one.name, f"[{one.word}] {one.means}") for one in linking.offered(text)]
        self._names = {}
        for n, param in enumerate(linking.blanks(found)):
            self._names[f"blank_{n}"] = param.name
            self.fields[f"blank_{n}"] = forms.ChoiceField(
                label=param.name,
                required=False,
                initial=guessed.get(param.name, ""),
                choices=[("", pgettext("link", "Choose one")), *ours],
                help_text=_asked(param),
            )

    def pairs(self) -> dict[str, str]:
        """Theirs → ours."""
        return {name: self.cleaned_data[field] for field, name in self._names.items()}

    def wrong(self, refusal: linking.DoesNotFit) -> None:
        """Say it beside the blank it is about."""
        fields = {name: field for field, name in self._names.items()}
        for each in refusal.misfits:
            self.add_error(fields.get(each.name), each.says)


def _asked(param: Param) -> str:
    said = pgettext("link", "at most %(n)s letters") % {"n": param.max_length}
    return f"{param.kind}, {said}" if param.kind else said
