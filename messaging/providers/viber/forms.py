"""What eSMS wants to know to send by Viber: the same as for SMS, under a name of its own."""

from __future__ import annotations

from django import forms
from django.utils.translation import pgettext_lazy

from messaging.providers.esms.forms import EsmsForm


class ViberForm(EsmsForm):
    """A name registered for Viber at eSMS."""

    columns: tuple[str, ...] = ()  # Viber has no parts
    part_price_care = part_price_ads = None  # type: ignore[assignment]
    short_number = short_cpid = short_key = None  # type: ignore[assignment]  # SMS only

    brand_name = forms.CharField(
        label=pgettext_lazy("viber", "Name on Viber"),
        max_length=80,
        help_text=pgettext_lazy("viber", "As it is registered for Viber at eSMS."),
    )
