"""What Zalo's codes mean for one message. One row each; in words: docs/providers.md, words.py.

The same number means something else on Zalo's other hosts, so they are keyed by the host's family:
`business` (templates by phone), `openapi` (the Official Account), `oauth` (tokens).

Class: R permanent for this recipient, R~ recipient for now, T this template or payload, L later,
N not at night, K token, Q quota or balance, C a person must mend the account. A code that is not
here tells nothing: the outcome is unknown.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from clinics.public import quiet
from messaging.providers.base import ProviderError, Scope


class Family(StrEnum):
    """Which of Zalo's hosts said it."""

    BUSINESS = "business"
    OPENAPI = "openapi"
    OAUTH = "oauth"


class Kind(StrEnum):
    """What a code asks of us."""

    RECIPIENT = "R"
    RECIPIENT_NOW = "R~"
    TEMPLATE = "T"
    LATER = "L"
    NIGHT = "N"
    TOKEN = "K"  # noqa: S105 - a class of codes
    QUOTA = "Q"
    CONTRACT = "C"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One code. `days`: for how long the contact point counts as unreachable on Zalo (None = until
    she says otherwise). `gone`: the template may not be used any more. `minutes`: until another
    try, None = next morning. `about`: whom it is about."""

    kind: Kind
    about: Scope
    days: int | None = 0
    gone: bool = False
    minutes: int | None = 0


def _recipient(kind: Kind, days: dict[int, int | None]) -> dict[int, Meaning]:
    return {code: Meaning(kind, Scope.CONTACT_POINT, days=many) for code, many in days.items()}


def _template(*codes: int, gone: bool = False) -> dict[int, Meaning]:
    return {code: Meaning(Kind.TEMPLATE, Scope.TEMPLATE, gone=gone) for code in codes}


def _later(minutes: dict[int, int]) -> dict[int, Meaning]:
    return {
        code: Meaning(Kind.LATER, Scope.CONTACT_POINT, minutes=many)
        for code, many in minutes.items()
    }


def _quota(about: Scope, minutes: dict[int, int | None]) -> dict[int, Meaning]:
    return {code: Meaning(Kind.QUOTA, about, minutes=many) for code, many in minutes.items()}


#: Minutes until the account is looked at again when its token or its contract does not do.
TOKEN_MINUTES, CONTRACT_MINUTES = 5, 60


def _token(*codes: int) -> dict[int, Meaning]:
    return {code: Meaning(Kind.TOKEN, Scope.ACCOUNT, minutes=TOKEN_MINUTES) for code in codes}


def _contract(*codes: int) -> dict[int, Meaning]:
    return {code: Meaning(Kind.CONTRACT, Scope.ACCOUNT, minutes=CONTRACT_MINUTES) for code in codes}


_NIGHT = Meaning(Kind.NIGHT, Scope.CONTACT_POINT, minutes=None)

BUSINESS: dict[int, Meaning] = {
    # -108 no such number; -134 has not opted in, -139 refused this kind, -140 not eligible for it,
    # -141 refused messages of this account
    **_recipient(Kind.RECIPIENT, {-108: None, -134: 0, -139: 0, -140: 0, -141: None}),
    # -110 her Zalo is too old, -114 inactive or refuses or something inside Zalo: not again today,
    # -118 no Zalo account, -119 cannot receive
    **_recipient(Kind.RECIPIENT_NOW, {-110: 30, -114: 1, -118: 60, -119: 30}),
    # -1471, -1472 she had her month's or day's share of promotion: only she, not the account
    **_recipient(Kind.QUOTA, {-1471: 0, -1472: 0}),
    **_template(-109, -117, -131, -146, gone=True),
    # This text does not fit its template; the next one may.
    **_template(-106, -107, -1091, -111, -112, -1121, -1122, -1124, -113, -1131, -116),
    **_template(-121, -122, -123, -127, -130, -132, -148, -149, -1491, -150, -151, -153),
    **_template(-158, -159, -161, -162, -249),
    **_later({-32: 1, -100: 5, -1123: 10, -129: 10, -152: 10}),
    -133: _NIGHT,
    **_token(-124, -1241),
    **_quota(Scope.ACCOUNT, {-115: 30, -126: 30, -137: 30, -144: None, -1441: None}),
    **_quota(Scope.TEMPLATE, {-147: None, -160: None}),
    **_contract(-101, -102, -103, -104, -105, -120, -1201, -1202, -125, -128, -135, -1351, -136),
    **_contract(-138, -1381, -142, -143, -145),
}
OPENAPI: dict[int, Meaning] = {
    # -217 blocked our invitation, -244 restricted this kind of message
    **_recipient(Kind.RECIPIENT, {-217: 0, -244: 0}),
    # -213 does not follow, -227 banned or away for 45 days, -230 and -232 nothing from her for
    # seven days: what is free to write is over, a template is not
    **_recipient(Kind.RECIPIENT_NOW, {-213: 0, -227: 30, -230: 0, -232: 0}),
    **_recipient(Kind.QUOTA, {-218: 0}),
    **_template(-100, -201, -210, -233, -240, -248, -249, -403, -1340, -1341),
    **_later({-32: 1, -200: 5, -214: 5}),
    -234: _NIGHT,
    **_token(-216, -220, -242),
    **_quota(Scope.ACCOUNT, {-211: None, -321: 30}),
    **_contract(-204, -205, -209, -212, -219, -221, -223, -224, -235, -237, -238, -241, -320),
}
OAUTH: dict[int, Meaning] = {
    **_template(-14005, -14018),
    **_token(-14014),
    **_contract(-14002, -14003, -14004, -14012, -14024, -14029),
}
CODES = {Family.BUSINESS: BUSINESS, Family.OPENAPI: OPENAPI, Family.OAUTH: OAUTH}
#: The codes of a message that may go by phone or by user id; they mean the same on both hosts.
MESSAGE = OPENAPI | BUSINESS
TOKEN = frozenset(code for code, means in MESSAGE.items() if means.kind == Kind.TOKEN)


def error_of(
    code: int, text: str, now: dt.datetime, family: Family | None = None
) -> ProviderError | None:
    """The error a code stands for; None for a code that is not in the table.

    `family` None: the answer to a template message, by phone or by user id.
    """
    means = (MESSAGE if family is None else CODES[family]).get(code)
    if means is None:
        return None
    retry_at = _retry_at(means, now)
    return ProviderError(
        str(code),
        text,
        scope=means.about,
        permanent=retry_at is None,
        retry_at=retry_at,
        fact_days=means.days,
        renew=means.kind == Kind.TOKEN,
        disable=means.gone,
    )


def _retry_at(means: Meaning, now: dt.datetime) -> dt.datetime | None:
    """When it may be tried again; None = never."""
    recipients = means.kind == Kind.QUOTA and means.about is Scope.CONTACT_POINT
    if recipients or means.kind in (Kind.RECIPIENT, Kind.RECIPIENT_NOW, Kind.TEMPLATE):
        return None
    if means.minutes is None:
        # of an account one message asks first; of others not everybody comes at eight sharp
        return quiet.next_opening(now) if means.about is Scope.ACCOUNT else quiet.spread(now)
    then = now + dt.timedelta(minutes=means.minutes)
    return quiet.awake(then) if means.kind == Kind.QUOTA else then
