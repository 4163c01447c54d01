"""What is needed to send e-mail: the address letters come from, and the server that takes them."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms
from django.utils.translation import pgettext_lazy

from messaging.providers.forms import AccountForm, SecretField

SCHEMES = ("smtp", "smtp+tls", "smtps", "smtp+ssl")


class EmailForm(AccountForm):
    """A mailbox that letters are sent from."""

    account_field = "address"
    account_id = None  # type: ignore[assignment]  # Django's way to leave a field out

    address = forms.EmailField(
        label=pgettext_lazy("email", "Address letters come from"), max_length=80
    )
    sender_name = forms.CharField(
        label=pgettext_lazy("email", "Name of the sender"),
        max_length=60,
        help_text=pgettext_lazy("email", "The clinic's name, as patients know it."),
    )
    url = SecretField(
        label=pgettext_lazy("email", "Mail server"),
        help_text=pgettext_lazy("email", "smtp+tls://name:password@mail.example.vn:587"),
    )

    def clean_url(self) -> str:
        typed = str(self.cleaned_data["url"]).strip()
        if not typed:
            return typed  # the stored one stays
        try:
            parts = urlsplit(typed)
            well = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
        except ValueError:
            well = False
        if not well:
            raise forms.ValidationError(
                pgettext_lazy(
                    "email", "Write it as smtp+tls://name:password@server:587 (or smtps://…:465)."
                )
            )
        return typed
