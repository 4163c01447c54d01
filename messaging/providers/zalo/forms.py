"""What Zalo wants to know: the Official Account, the application that speaks for it, its keys."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import pgettext_lazy

from messaging.providers.forms import AccountForm, SecretField

_DIGITS = {"inputmode": "numeric", "autocomplete": "off"}


class ZaloForm(AccountForm):
    """An Official Account. Tokens may be typed (Zalo's console shows a pair) or come by consent."""

    account_field = "oa_id"
    account_id = None  # type: ignore[assignment]  # Django's way to leave a field out

    oa_id = forms.CharField(
        label=pgettext_lazy("zalo", "Id of the Official Account"),
        max_length=30,
        widget=forms.TextInput(attrs=_DIGITS),
    )
    app_id = forms.CharField(
        label=pgettext_lazy("zalo", "Id of the application"),
        max_length=30,
        widget=forms.TextInput(attrs=_DIGITS),
    )
    app_secret = SecretField(label=pgettext_lazy("zalo", "Secret key of the application"))
    oa_secret = SecretField(
        label=pgettext_lazy("zalo", "Secret key of the Official Account"),
        help_text=pgettext_lazy(
            "zalo", "It proves that reports come from Zalo. Empty: the application's key is used."
        ),
        required=False,
    )
    code_verifier = SecretField(
        label=pgettext_lazy("zalo", "Fixed code verifier"),
        help_text=pgettext_lazy(
            "zalo", "Only if a code challenge is saved in Zalo's console; else leave it empty."
        ),
        required=False,
    )
    access_token = SecretField(
        label=pgettext_lazy("zalo", "Access token"),
        help_text=pgettext_lazy(
            "zalo", "Only if you took a pair of tokens from Zalo's console; else press “Allow”."
        ),
        required=False,
    )
    refresh_token = SecretField(label=pgettext_lazy("zalo", "Refresh token"), required=False)

    def clean_oa_id(self) -> str:
        return self._digits("oa_id")

    def clean_app_id(self) -> str:
        return self._digits("app_id")

    def _digits(self, name: str) -> str:
        typed = str(self.cleaned_data[name]).strip()
        if not typed.isascii() or not typed.isdigit():
            raise forms.ValidationError(
                pgettext_lazy("zalo", "This is a number, as Zalo's console shows it.")
            )
        return typed

    def clean_code_verifier(self) -> str:
        typed = str(self.cleaned_data["code_verifier"]).strip()
        if typed and not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", typed):
            raise forms.ValidationError(
                pgettext_lazy("zalo", "43 letters and figures, as the console showed it.")
            )
        return typed

    def check_credentials(self, credentials: dict[str, str]) -> None:
        """Tokens come as a pair: an access token alone dies within 25 hours."""
        given: dict[str, Any] = self.cleaned_data
        if bool(given.get("access_token")) != bool(given.get("refresh_token")):
            missing = "refresh_token" if given.get("access_token") else "access_token"
            self.add_error(missing, pgettext_lazy("zalo", "Both tokens, or none of them."))
