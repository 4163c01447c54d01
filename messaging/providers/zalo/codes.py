"""What Zalo's codes mean for one message. One row each; in words: docs/providers.md.

Class: R permanent for this recipient, R~ recipient for now, T this template or payload, L later,
N not at night, K token, Q quota or balance, C a person must mend the account.
Keyed by the business API alone: the same number means something else on Zalo's other hosts.
"""

from __future__ import annotations

import datetime as dt

from messaging.providers.base import ProviderError, Scope
from messaging.quiet import awake, next_opening, spread

#: Days a contact point counts as unreachable on Zalo; None = until she says otherwise.
RECIPIENT: dict[int, int | None] = {
    -108: None,  # no such number
    -110: 30,  # her Zalo is too old
    -114: 1,  # inactive, or refuses, or something inside Zalo: not again today
    -118: 60,  # no Zalo account
    -119: 30,  # cannot receive
    -134: 0,  # has not opted in to this kind
    -139: 0,  # refused this kind of message
    -140: 0,  # not eligible for this kind
    -141: None,  # refused messages of this account
    -1471: 0,  # had her month's share
    -1472: 0,  # had her day's share
}
#: The template itself may not be used any more.
TEMPLATE_GONE = frozenset({-109, -117, -131, -146})
#: This text does not fit its template; the next one may.
PAYLOAD = frozenset(
    {-106, -107, -1091, -111, -112, -1121, -1122, -1124, -113, -1131, -116, -121, -122, -123, -127}
    | {-130, -132, -145, -148, -149, -1491, -150, -151, -153, -158, -159, -160, -161, -162, -249}
)
#: Minutes until another try. At most three tries (outbox).
LATER = {-32: 1, -100: 5, -1123: 10, -129: 10, -152: 10}
TOKEN = frozenset({-124, -1241})
#: Money or quota of the account: minutes until it is worth a look; None = tomorrow morning.
QUOTA: dict[int, int | None] = {-115: 30, -126: 30, -137: 30, -144: None, -1441: None}
TEMPLATE_QUOTA = -147
NIGHT = -133
#: A person must mend something; the account looks again by itself every hour.
CONTRACT = frozenset(
    {-101, -102, -103, -104, -105, -120, -1201, -1202, -125, -128, -135, -1351, -136, -138, -1381}
    | {-142, -143}
)
MEND = dt.timedelta(hours=1)


def error_of(code: int, text: str, now: dt.datetime) -> ProviderError | None:
    """The error a code stands for; None for a code that is not in the table."""
    if code in RECIPIENT:
        days = RECIPIENT[code]
        return ProviderError(
            str(code), text, scope=Scope.CONTACT_POINT, permanent=True, fact_days=days
        )
    if code in TEMPLATE_GONE or code in PAYLOAD:
        gone = code in TEMPLATE_GONE
        return ProviderError(str(code), text, scope=Scope.TEMPLATE, permanent=True, disable=gone)
    retry_at = _retry_at(code, now)
    if retry_at is None:
        return None
    return ProviderError(
        str(code), text, scope=_scope(code), permanent=False, retry_at=retry_at, renew=code in TOKEN
    )


def _scope(code: int) -> Scope:
    if code in LATER or code == NIGHT:
        return Scope.CONTACT_POINT
    return Scope.TEMPLATE if code == TEMPLATE_QUOTA else Scope.ACCOUNT


def _retry_at(code: int, now: dt.datetime) -> dt.datetime | None:
    if code in LATER:
        return now + dt.timedelta(minutes=LATER[code])
    if code in (NIGHT, TEMPLATE_QUOTA):  # not everybody at eight sharp
        return spread(now)
    if code in QUOTA:
        minutes = QUOTA[code]
        return next_opening(now) if minutes is None else awake(now + dt.timedelta(minutes=minutes))
    return now + MEND if code in CONTRACT or code in TOKEN else None
