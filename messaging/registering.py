"""Texts that nobody need approve: of the local gateway, for the demo, tests and benches.

Texts of a provider are begun as drafts (messaging/own_texts.py) and handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict, Unpack

from django.db import transaction

from clinics import clock
from messaging.models import (
    Language,
    ProviderAccount,
    Template,
    TemplatePurpose,
    TemplateStatus,
)
from messaging.placeholders import used


class Text(TypedDict):
    """A text of the product. `params`: its blanks in their order; without them as the body has
    them. Without a language it is Vietnamese."""

    key: str
    account: ProviderAccount
    channel: str
    purpose: TemplatePurpose
    body: str
    title: NotRequired[str]
    button: NotRequired[str]
    provider_id: NotRequired[str]
    params: NotRequired[Sequence[str]]
    language: NotRequired[Language]


@transaction.atomic
def register(**text: Unpack[Text]) -> Template:
    """A text of the product, approved as it stands; may be run again.

    Renews what it wrote before. Where the clinic has written a text of its own, or stopped the
    product's, nothing is touched.
    """
    known = Template.objects.filter(**_slot(text)).order_by("id")
    if len(known) > 1:
        return known.filter(status=TemplateStatus.APPROVED).first() or known[0]
    if known:
        if known[0].status == TemplateStatus.APPROVED:
            known.update(**_words(text))
            known[0].refresh_from_db()
        return known[0]
    return Template.objects.create(**_approved(text))


def register_all(texts: Sequence[Text]) -> None:
    """Register each; in one statement where their accounts have no text yet."""
    if Template.objects.filter(account__in={text["account"] for text in texts}).exists():
        for text in texts:
            register(**text)
    else:
        Template.objects.bulk_create(Template(**_approved(text)) for text in texts)


def _slot(text: Text) -> dict[str, Any]:
    return {
        "key": text["key"],
        "channel": text["channel"],
        "account": text["account"],
        "language": text.get("language", Language.VI),
    }


def _words(text: Text) -> dict[str, Any]:
    return {
        "purpose": text["purpose"],
        "title": text.get("title", ""),
        "body": text["body"],
        "button": text.get("button", ""),
        "provider_id": text.get("provider_id", ""),
        "params": ",".join(text.get("params") or used(text["body"])),
        "mapping": "",
    }


def _approved(text: Text) -> dict[str, Any]:
    state = {"status": TemplateStatus.APPROVED, "status_at": clock.now()}
    return _slot(text) | _words(text) | state
