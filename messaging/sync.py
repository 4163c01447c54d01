"""Asking the providers what they know of our accounts: quota, quality, balance, templates.

By itself once a day with the rest of the looking after (tending.py), and when somebody presses
the button. It speaks to the network, so never inside a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from clinics import clock
from messaging import linking, templates
from messaging.fitting import Param
from messaging.models import FoundTemplate, ProviderAccount, Template
from messaging.providers import provider_of
from messaging.providers.base import Identity, Listed, OutcomeUnknown, Overview, ProviderError
from messaging.templates import ZALO_STATES, Registered


def ask(account: ProviderAccount) -> str | None:
    """Take over what the provider says. Returns None when all went well, else its code
    ("" = no answer that can be understood)."""
    try:
        said = provider_of(account.kind).overview(account)
    except ProviderError as error:
        return error.code
    except OutcomeUnknown:
        return ""
    if said is not None:
        _keep(account, said)
    return None


@transaction.atomic
def _keep(account: ProviderAccount, said: Overview) -> None:
    now = clock.now()
    told: dict[str, object] = {"synced_at": now}
    if said.daily_quota is not None:
        told |= {
            "daily_quota": said.daily_quota,
            "quota_left": said.quota_left,
            "quota_at": now,
        }
    if said.quality:
        told["quality"] = said.quality
    if said.balance is not None:
        told |= {"balance": said.balance, "balance_at": now}
    if said.identity is not None and said.identity.account_id == account.account_id:
        told |= facts_of(said.identity)
    ProviderAccount.objects.filter(pk=account.pk).update(**told)
    if said.templates is not None:
        _keep_templates(account, said.templates)


def facts_of(said: Identity) -> dict[str, object]:
    """What an account keeps of what its provider says of it."""
    return {
        "said_name": said.name,
        "is_verified": said.verified,
        "package": said.package,
        "package_until": said.package_until,
    }


def _keep_templates(account: ProviderAccount, listed: Sequence[Listed]) -> None:
    """What is linked follows the provider; all of them are kept, to be chosen from."""
    FoundTemplate.objects.bulk_create(
        [_found(account, one) for one in listed],
        update_conflicts=True,
        unique_fields=["account", "provider_id"],
        update_fields=["name", "status", "tag", "params", "blanks", "seen_at"],
    )
    gone = FoundTemplate.objects.filter(account=account)
    gone.exclude(provider_id__in=[one.provider_id for one in listed]).delete()
    templates.synchronised(account, (_registered(one) for one in listed if _known(one)))


def _known(one: Listed) -> bool:
    return one.status in ZALO_STATES


def _found(account: ProviderAccount, one: Listed) -> FoundTemplate:
    return FoundTemplate(
        account=account,
        provider_id=one.provider_id,
        name=one.name,
        status=one.status,
        tag=one.tag,
        params=",".join(blank.name for blank in one.blanks),
        blanks=linking.kept(_params(one)),
        seen_at=clock.now(),
    )


def _registered(one: Listed) -> Registered:
    return Registered(
        provider_id=one.provider_id,
        status=ZALO_STATES[one.status],
        reason=one.reason,
        params=_params(one),
        price_phone=one.price_phone,
        price_user=one.price_user,
        timeout_ms=one.timeout_ms,
        quality=one.quality,
    )


def _params(one: Listed) -> list[Param]:
    return [
        Param(blank.name, blank.max_length, blank.min_length, blank.required, blank.kind)
        for blank in one.blanks
    ]


def unlinked(account: ProviderAccount) -> QuerySet[FoundTemplate]:
    """Templates at the provider that no text of the clinic goes by."""
    linked = Template.objects.filter(account=account, provider_id=OuterRef("provider_id"))
    return FoundTemplate.objects.filter(~Exists(linked), account=account).order_by("name")


class DoesNotFit(Exception):
    """The text and the template at the provider do not want the same values."""


def linkable(account: ProviderAccount) -> list[Template]:
    """Texts of this account that are being written and go by no template yet."""
    rows = Template.objects.filter(account=account, provider_id="", status__in=["draft", "pending"])
    return list(rows.order_by("key"))


@transaction.atomic
def link(found: FoundTemplate, text: Template) -> None:
    """Let a text go by a template at the provider; its state follows with the next asking.
    Raises DoesNotFit."""
    if {name for name in text.params.split(",") if name} != set(found.params.split(",")):
        raise DoesNotFit(text.key)
    Template.objects.filter(pk=text.pk, provider_id="").update(provider_id=found.provider_id)
