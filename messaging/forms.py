"""What is typed about the texts of messages: blanks stand in brackets here, [tên]."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import pgettext_lazy

from messaging import purposes, texts
from messaging.editing import Words
from messaging.models import (
    Language,
    MessageClass,
    ProviderAccount,
    Template,
    TemplatePurpose,
)
from messaging.placeholders import as_typed, from_typed
from messaging.providers import provider_of, title_of

_ = partial(pgettext_lazy, "message text")
#: Purposes whose texts a clinic makes itself; the product's own keys have theirs already.
FREE = (
    TemplatePurpose.SURVEY,
    TemplatePurpose.BIRTHDAY,
    TemplatePurpose.REPLY,
    TemplatePurpose.CAMPAIGN,
)


class TextForm(forms.Form):
    """The words of one text. A Zalo card has a title and a button, a letter a subject, what goes
    to a number neither."""

    title = forms.CharField(
        label=_("Title"), max_length=65, error_messages={"required": _("Write a title.")}
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": _("Write what the patient is to read.")},
    )
    button = forms.CharField(label=_("Words on the button"), max_length=30, required=False)
    keep_accents = forms.BooleanField(label=_("Send it with accents"), required=False)
    price_phone = forms.IntegerField(
        label=_("Price of one message in VND"), min_value=0, max_value=100_000, required=False
    )

    def __init__(self, *args: Any, channel: str, **more: Any) -> None:
        super().__init__(*args, **more)
        if channel not in ("zalo", "email"):
            del self.fields["title"]
        if channel != "zalo":
            del self.fields["button"]
        if channel == "sms":
            self.fields["price_phone"].label = _("Price of one SMS part in VND")
        else:
            del self.fields["keep_accents"]
        if channel == "email":
            self.fields["title"].label = _("Subject of the letter")
            del self.fields["price_phone"]

    @classmethod
    def of(cls, template: Template) -> TextForm:
        """The form with what stands."""
        stands = {
            "title": as_typed(template.title),
            "body": as_typed(template.body),
            "button": template.button,
            "keep_accents": template.keep_accents,
            "price_phone": template.price_phone,
        }
        return cls(initial=stands, channel=template.channel)

    def words(self, template: Template) -> Words:
        """What is typed, also while it is not complete."""
        said = self.cleaned_data if self.is_bound else {}
        body = said.get("body") or (str(self.data.get("body", "")) if self.is_bound else "")
        return Words(
            body=from_typed(texts.clean(body)),
            title=from_typed(texts.compose(said.get("title", ""))),
            button=texts.compose(said.get("button", "")),
            keep_accents=bool(said.get("keep_accents")),
            price_phone=said.get("price_phone"),
        )


class NewForm(forms.Form):
    """A text that does not stand yet."""

    purpose = forms.ChoiceField(label=_("What it is for"))
    name = forms.CharField(
        label=_("What you call it"),
        max_length=60,
        error_messages={"required": _("Give it a name to find it by.")},
    )
    account = forms.ChoiceField(label=_("Sent by"))
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, initial="vi")
    offer = forms.BooleanField(label=_("It holds an offer: send it as advertising"), required=False)

    def __init__(
        self, *args: Any, accounts: Iterable[ProviderAccount], care: bool, ads: bool, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self._accounts = {str(account.uid): account for account in accounts}
        self._care, self._ads = care, ads
        allowed = [one for one in FREE if _is_open(one, care=care, ads=ads)]
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]
            (one.value, one.label) for one in allowed
        ]
        self.fields["account"].choices = [  # type: ignore[attr-defined]
            (uid, f"{title_of(account.kind)}: {account.name}")
            for uid, account in self._accounts.items()
        ]
        if not ads:
            del self.fields["offer"]

    def clean(self) -> dict[str, Any]:
        """A campaign is advertising; so is what holds an offer, and only a birthday may."""
        said: dict[str, Any] = super().clean() or {}
        purpose = said.get("purpose")
        offer = bool(said.get("offer")) or purpose == TemplatePurpose.CAMPAIGN
        if offer and purpose not in (TemplatePurpose.CAMPAIGN, TemplatePurpose.BIRTHDAY, None):
            self.add_error("offer", _("Only a campaign or a birthday may hold an offer."))
        if not offer and not self._care and purpose is not None:
            self.add_error("purpose", _("You write advertising; leave care to those who care."))
        said["message_class"] = MessageClass.ADS if offer else MessageClass.CARE
        return said

    def made(self) -> dict[str, Any]:
        """What the new text is to be."""
        said = self.cleaned_data
        account = self._accounts[said["account"]]
        plain = slugify(texts.without_accents(said["name"])).replace("-", "_") or "x"
        return {
            "key": f"{said['purpose']}_{plain}"[:40],
            "account": account,
            "channel": provider_of(account.kind).channel,
            "purpose": TemplatePurpose(said["purpose"]),
            "message_class": said["message_class"],
            "language": Language(said["language"]),
            "title": said["name"],
        }


class SubmitForm(forms.Form):
    """It was given to the provider; Zalo's own number of it."""

    provider_id = forms.CharField(
        label=_("Zalo's template id"),
        max_length=40,
        error_messages={"required": _("Write the id that Zalo gave it.")},
    )

    def __init__(self, *args: Any, channel: str, **more: Any) -> None:
        super().__init__(*args, **more)
        if channel != "zalo":
            del self.fields["provider_id"]

    def clean_provider_id(self) -> str:
        typed = str(self.cleaned_data["provider_id"]).strip()
        if not typed.isdigit():
            raise forms.ValidationError(_("Zalo's id is a number; it stands beside the template."))
        return typed


class RefusedForm(forms.Form):
    """Why the provider refused it."""

    reason = forms.CharField(
        label=_("Why it was refused"),
        max_length=200,
        error_messages={"required": _("Write the reason they gave.")},
    )


def _is_open(purpose: TemplatePurpose, *, care: bool, ads: bool) -> bool:
    """Whether who writes these classes may write for this purpose."""
    if purpose == TemplatePurpose.CAMPAIGN:
        return ads
    return care or (ads and purpose == TemplatePurpose.BIRTHDAY)


def called(template: Template) -> str:
    """What the clinic calls this text."""
    return purposes.name_of(template.key, template.title)
