"""What is typed to connect an account: name and branches here, the rest in each provider's folder.

A provider's folder has a `forms.py` with a form of its own made from `AccountForm`; its class
says it by `form` (docs/providers.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import pgettext_lazy

from clinics.public import Branch

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class SecretField(forms.CharField):
    """Text that is written and never shown again. Left empty it stays as it is stored."""

    def __init__(self, **said: Any) -> None:
        widget = forms.PasswordInput(
            attrs={"autocomplete": "new-password", "spellcheck": "false"}, render_value=False
        )
        super().__init__(widget=widget, max_length=2_000, **said)


class PartPriceField(forms.IntegerField):
    """Whole VND for one part of an SMS, by the clinic's contract; empty = nobody has said."""

    def __init__(self, **said: Any) -> None:
        super().__init__(required=False, min_value=1, max_value=100_000, **said)


class AccountForm(forms.Form):
    """Name and branches of an account, and the id its provider knows it by.

    A provider adds its own fields; all of them but `account_field` are the account's credentials,
    stored encrypted. `check_credentials` looks at them together.
    """

    #: The field with the id under which the provider knows the account. It is never changed.
    account_field = "account_id"
    #: Fields that are columns of the account and no credentials: numbers, or nothing.
    columns: tuple[str, ...] = ()

    name = forms.CharField(label=pgettext_lazy("channels", "Name in the clinic"), max_length=120)
    account_id = forms.CharField(label=pgettext_lazy("channels", "Account"), max_length=80)
    branches = forms.MultipleChoiceField(
        label=pgettext_lazy("channels", "Branches"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=pgettext_lazy("channels", "None chosen: it serves all branches."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        branches: Sequence[Branch],
        stored: Mapping[str, str] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        """`stored`: the credentials so far; None where the account is new."""
        self.stored, self.places = dict(stored or {}), {str(one.uid): one for one in branches}
        shown = {name: value for name, value in self.stored.items() if value}
        super().__init__(data, initial={**shown, **(initial or {})})
        choices: Any = self.fields["branches"]
        choices.choices = [(uid, one.name) for uid, one in self.places.items()]
        if stored is not None:
            self.fields[self.account_field].disabled = True
        for name, field in self.fields.items():
            if isinstance(field, SecretField) and self.stored.get(name):
                field.required = False
                field.help_text = pgettext_lazy(
                    "channels", "It is stored. Write here only to replace it."
                )
        own = [*self.own_fields(), *self.columns]
        self.order_fields(["name", self.account_field, *own, "branches"])

    def own_fields(self) -> list[str]:
        """The fields that make up the credentials."""
        beside = {"name", "branches", self.account_field, *self.columns}
        return [name for name in self.fields if name not in beside]

    def clean(self) -> dict[str, Any]:
        """What its folder has to say about all of it together."""
        said: dict[str, Any] = super().clean() or {}
        if not self.errors:
            self.check_credentials(self.credentials())
        return said

    def check_credentials(self, credentials: dict[str, str]) -> None:
        """Add errors about values that do not fit each other (`self.add_error`)."""

    def all_or_none(
        self, names: Sequence[str], credentials: Mapping[str, str], error: StrOrPromise
    ) -> None:
        """See that all of these credentials are there or none; `error` stands where one misses."""
        empty = [name for name in names if not credentials.get(name)]
        if len(empty) < len(names):
            for name in empty:
                self.add_error(name, error)

    def account_id_typed(self) -> str:
        return str(self.cleaned_data[self.account_field]).strip()

    def written(self) -> dict[str, str]:
        """The credentials she wrote; a secret that was left empty is not among them."""
        typed = {name: _text(self.cleaned_data.get(name)) for name in self.own_fields()}
        return {
            name: value
            for name, value in typed.items()
            if value or not isinstance(self.fields[name], SecretField)
        }

    def credentials(self) -> dict[str, str]:
        """What would be stored: what she wrote, and what stands beside it."""
        return self.stored | self.written()

    def numbers(self) -> dict[str, int | None]:
        """What she wrote into the account's own columns."""
        return {name: self.cleaned_data[name] for name in self.columns}

    def serves(self) -> list[Branch]:
        return [self.places[uid] for uid in self.cleaned_data["branches"]]


class SmsForm(AccountForm):
    """An account that sends SMS, and what one part of a care message costs."""

    columns: tuple[str, ...] = ("part_price_care",)

    part_price_care = PartPriceField(
        label=pgettext_lazy("esms", "Price of one part of a care message, VND"),
        help_text=pgettext_lazy("esms", "By your contract; empty: the cost stays unknown."),
    )


def _text(value: object) -> str:
    """As credentials are kept: a tick is "1" or nothing."""
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value).strip()
