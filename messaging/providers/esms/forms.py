"""What eSMS wants to know: the brand name and the two keys of the customer."""

from __future__ import annotations

from django import forms
from django.utils.translation import pgettext_lazy

from messaging.providers.forms import PartPriceField, SecretField, SmsForm

_SHORT = ("short_number", "short_cpid", "short_key")


class EsmsForm(SmsForm):
    """A brand name at eSMS."""

    account_field = "brand_name"
    columns: tuple[str, ...] = (*SmsForm.columns, "part_price_ads")
    account_id = None  # type: ignore[assignment]  # Django's way to leave a field out

    brand_name = forms.CharField(
        label=pgettext_lazy("esms", "Brand name"),
        max_length=11,
        help_text=pgettext_lazy("esms", "As the networks have it, at most 11 letters."),
    )
    api_key = SecretField(label=pgettext_lazy("esms", "API key"))
    secret_key = SecretField(label=pgettext_lazy("esms", "Secret key"))
    part_price_ads = PartPriceField(
        label=pgettext_lazy("esms", "Price of one part of an advertisement, VND")
    )
    short_number = forms.CharField(
        label=pgettext_lazy("esms", "Short number for answers"),
        max_length=10,
        required=False,
        help_text=pgettext_lazy(
            "esms",
            "Patients cannot answer a brand name. With a short number rented at eSMS, what they"
            " write to it comes into the inbox; empty: there is none.",
        ),
    )
    short_cpid = forms.CharField(
        label=pgettext_lazy("esms", "CPID of the short number"), max_length=40, required=False
    )
    short_key = SecretField(
        label=pgettext_lazy("esms", "PrivateKey of the short number"), required=False
    )
    sandbox = forms.BooleanField(
        label=pgettext_lazy("esms", "Try it only"),
        required=False,
        help_text=pgettext_lazy(
            "esms", "eSMS checks every message, sends none and takes no money."
        ),
    )

    def check_credentials(self, credentials: dict[str, str]) -> None:
        """A short number is heard only with what proves who speaks."""
        error = pgettext_lazy("esms", "All three of the short number, or none of them.")
        self.all_or_none(_SHORT, credentials, error)
