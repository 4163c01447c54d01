"""What is typed about staff: an invitation, and its answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinics.models import Branch, Role


class InviteForm(forms.Form):
    """Who is asked, as what, and where."""

    full_name = forms.CharField(
        label=_("Full name"), max_length=120, error_messages={"required": _("Write the name.")}
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        error_messages={
            "required": _("Write the e-mail address."),
            "invalid": _("This is no e-mail address."),
        },
    )
    role = forms.ChoiceField(label=pgettext_lazy("staff", "Role"))
    branches = forms.MultipleChoiceField(
        label=pgettext_lazy("staff", "Works in"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, roles: Iterable[Role], branches: Iterable[Branch], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self._branches = {str(branch.uid): branch for branch in branches}
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]
        self.fields["branches"].choices = [  # type: ignore[attr-defined]
            (uid, branch.name) for uid, branch in self._branches.items()
        ]

    def chosen(self) -> list[Branch]:
        """The branches that were ticked."""
        return [self._branches[uid] for uid in self.cleaned_data["branches"]]


class AcceptForm(forms.Form):
    """The name she signs in by, and her password, twice."""

    username = forms.SlugField(
        label=_("User name"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={
            "required": _("Choose a user name."),
            "invalid": _("Letters without accents, digits, - and _ only."),
        },
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
        error_messages={"required": _("Choose a password.")},
    )
    again = forms.CharField(
        label=_("Password once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Write the password once more.")},
    )

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "password" in said and "again" in said and said["password"] != said["again"]:
            self.add_error("again", _("The two passwords differ."))
        return said
