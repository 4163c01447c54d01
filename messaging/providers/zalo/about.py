"""What Zalo says of the Official Account a token speaks for (docs/providers.md)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from messaging.providers.base import Identity, Request
from messaging.providers.zalo import wire
from messaging.providers.zalo.codes import Family


def whose(credentials: str) -> Identity:
    """Whose token these credentials hold. Raises ProviderError, OutcomeUnknown."""
    url = f"{settings.ZALO_OPENAPI_URL}/v2.0/oa/getoa"
    data = wire.once(Request("GET", url, wire.headers(credentials)), Family.OPENAPI)
    said = data if isinstance(data, dict) else {}
    verified = said.get("is_verified")
    return Identity(
        str(said.get("oa_id") or said.get("oaid") or ""),  # sources spell it both ways
        str(said.get("name") or "")[:120],
        verified if isinstance(verified, bool) else None,
        str(said.get("package_name") or "")[:60],
        _day(said.get("package_valid_through_date")),
    )


def _day(value: object) -> dt.date | None:
    """17/11/2026, as Zalo writes days; None for anything else."""
    try:
        day, month, year = (int(part) for part in str(value).split("/"))
        return dt.date(year, month, day)
    except ValueError:
        return None
