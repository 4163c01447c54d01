"""What a provider tells by itself of one template (docs/inbox.md, "What Zalo tells us")."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from messaging.models import ProviderAccount, Template, TemplateStatus
from messaging.templates import REPLACED, ZALO_STATES, Registered, follow


@transaction.atomic
def take(
    account: ProviderAccount,
    provider_id: str,
    *,
    status: str = "",
    quality: str = "",
    reason: str = "",
) -> list[Template]:
    """A new state (in the provider's words) or quality; what stands registered of the blanks
    stays. Returns those whose state changed."""
    rows = Template.objects.select_for_update().filter(
        ~Q(status_reason=REPLACED), account=account, provider_id=provider_id
    )
    known = ZALO_STATES.get(status)
    changed = []
    for template in rows:
        one = known and Registered(provider_id=provider_id, status=known, reason=reason)
        if one and follow(template, one):
            changed.append(template)
    if known == TemplateStatus.APPROVED:
        rows.update(disabled_reason="")  # what we had stopped it for is over
    if quality:
        rows.update(quality=quality[:12])
    return changed
