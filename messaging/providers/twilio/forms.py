"""What Twilio wants to know, and what the law wants recorded before data leaves the country."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import pgettext_lazy

from clinics import clock
from messaging.providers.forms import SecretField, SmsForm

_BASIS = ("basis_by", "basis_on", "basis_reference")


class TwilioForm(SmsForm):
    """An account at Twilio. Without a recorded basis it may be kept, and sends nothing."""

    account_field = "account_sid"
    account_id = None  # type: ignore[assignment]  # Django's way to leave a field out

    account_sid = forms.CharField(label=pgettext_lazy("twilio", "Account SID"), max_length=34)
    auth_token = SecretField(label=pgettext_lazy("twilio", "Auth token"))
    sender = forms.CharField(
        label=pgettext_lazy("twilio", "Sender"),
        max_length=34,
        help_text=pgettext_lazy(
            "twilio", "A number (+1…), a registered name, or a messaging service (MG…)."
        ),
    )
    basis_by = forms.CharField(
        label=pgettext_lazy("twilio", "Who decided that data may leave Viet Nam"),
        max_length=120,
        required=False,
    )
    basis_on = forms.DateField(
        label=pgettext_lazy("twilio", "Decided on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
    )
    basis_reference = forms.CharField(
        label=pgettext_lazy("twilio", "Reference of the transfer dossier"),
        max_length=80,
        required=False,
        help_text=pgettext_lazy(
            "twilio",
            "The law asks for a dossier within 60 days of the first transfer. Until all three"
            " are written here, nothing is sent by this account.",
        ),
    )

    def clean_account_sid(self) -> str:
        typed = str(self.cleaned_data["account_sid"]).strip()
        if not re.fullmatch(r"AC[0-9a-f]{32}", typed):
            raise forms.ValidationError(
                pgettext_lazy("twilio", "It begins with AC and has 34 letters and figures.")
            )
        return typed

    def clean_sender(self) -> str:
        typed = str(self.cleaned_data["sender"]).strip()
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}|MG[0-9a-f]{32}|[A-Za-z0-9 ._-]{1,11}", typed):
            raise forms.ValidationError(
                pgettext_lazy("twilio", "A number that begins with +, a name of at most 11"
                              " letters, or the id of a messaging service.")
            )  # fmt: skip
        return typed

    def check_credentials(self, credentials: dict[str, str]) -> None:
        """The basis is whole or not there, and no decision is made tomorrow."""
        error = pgettext_lazy("twilio", "All three, or none of them.")
        self.all_or_none(_BASIS, credentials, error)
        on = self.cleaned_data.get("basis_on")
        if on and on > clock.today():
            self.add_error("basis_on", pgettext_lazy("twilio", "This day has not come yet."))
