"""What Zalo knows of an Official Account: its quota, its quality, its templates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from messaging.models import ProviderAccount
from messaging.providers.base import (
    Blank,
    Identity,
    Listed,
    OutcomeUnknown,
    Overview,
    ProviderError,
    Request,
)
from messaging.providers.zalo import about, tokens, wire
from messaging.providers.zalo.codes import Family

PAGE = 100
#: More templates than any clinic has; a list that never ends is not followed.
MOST_PAGES = 20


def overview(account: ProviderAccount) -> Overview:
    """Everything at once. Raises ProviderError, OutcomeUnknown."""
    quota = _fields(_get(account, "/message/quota"))
    quality = _fields(_get(account, "/quality"))
    return Overview(
        identity=_identity(account),
        daily_quota=wire.whole(quota.get("dailyQuota")),
        quota_left=wire.whole(quota.get("remainingQuota")),
        quality=str(quality.get("oaCurrentQuality") or "")[:10],
        templates=tuple(_detail(account, row) for row in _listed(account)),
    )


def _identity(account: ProviderAccount) -> Identity | None:
    """What Zalo says of the account; the rest is worth knowing without it too."""
    try:
        return wire.with_token(account, lambda: about.whose(account.credentials), tokens.renew)
    except (ProviderError, OutcomeUnknown):
        return None


def _listed(account: ProviderAccount) -> Iterator[dict[str, Any]]:
    for page in range(MOST_PAGES):
        rows = _get(account, "/template/all", offset=str(page * PAGE), limit=str(PAGE))
        found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        yield from found
        if len(found) < PAGE:
            return


def _detail(account: ProviderAccount, row: dict[str, Any]) -> Listed:
    named = str(row.get("templateId") or "")
    try:
        more = _fields(_get(account, "/template/info/v2", template_id=named))
    except ProviderError as error:
        if error.renew or not error.permanent:
            raise
        more = {}  # deleted meanwhile, or not ours: what the list says is all there is
    said = {**row, **more}
    return Listed(
        provider_id=named[:40],
        name=str(said.get("templateName") or "")[:200],
        status=str(said.get("status") or "")[:20],
        reason=str(said.get("reason") or "")[:300],
        tag=str(said.get("templateTag") or "")[:40],
        quality=str(said.get("templateQuality") or "")[:12],
        price_phone=_price(said.get("price_sdt") or said.get("price")),
        price_user=_price(said.get("price_uid")),
        timeout_ms=wire.whole(said.get("timeout")),
        blanks=tuple(_blanks(said.get("listParams"))),
    )


def _blanks(listed: object) -> Iterator[Blank]:
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict) and each.get("name"):
            yield Blank(
                str(each["name"])[:40],
                str(each.get("type") or "")[:20],
                wire.whole(each.get("maxLength")) or 0,
                wire.whole(each.get("minLength")) or 0,
                required=each.get("require") is not False,
            )


def _price(value: object) -> int | None:
    """VND out of "300", "300.0" or 300."""
    try:
        return round(float(str(value)))
    except ValueError:
        return None


def _fields(data: object) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}


def _get(account: ProviderAccount, path: str, **query: str) -> object:
    url = f"{settings.ZALO_BUSINESS_URL}{path}" + (f"?{urlencode(query)}" if query else "")
    return wire.with_token(
        account,
        lambda: wire.once(Request("GET", url, wire.headers(account.credentials)), Family.BUSINESS),
        tokens.renew,
    )
