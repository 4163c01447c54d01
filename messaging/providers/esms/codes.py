"""What eSMS's codes mean for one message. In words: docs/providers.md."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import pgettext_lazy

from clinics.public import quiet
from messaging.providers.base import ProviderError, Scope

ACCEPTED = "100"
#: The RequestId was used in the last 24 hours: our message is theirs already.
ALREADY_SENT = "124"
#: Days a number counts as unreachable by SMS; None = for good.
RECIPIENT: dict[str, int | None] = {"99": None, "108": None, "115": None, "177": 30}
#: The text, or the request it came in, was not taken; the next one may be.
TEXT = frozenset(
    {"107", "110", "120", "146", "163", "201", "210", "687", "801", "802"}
    | {"851", "852", "853", "854"}
)
#: Minutes until another try. 199: the same text to the same number within five minutes.
LATER = {"105": 5, "160": 1, "199": 6}
#: Minutes until the account is worth a look again.
ACCOUNT = {"101": 60, "102": 60, "103": 30, "104": 60, "118": 60, "140": 60, "143": 60}
ACCOUNT |= {"300": 60, "301": 60}
ACCOUNT |= {"204": 60, "789": 60, "790": 60, "791": 60, "799": 60}

_KEYS = pgettext_lazy("esms", "API key and secret key do not fit each other.")
_NUMBER = pgettext_lazy("esms", "There is no such number.")
_REQUEST = pgettext_lazy("esms", "eSMS does not take this kind of message from the account.")
#: For people.
WORDS = {
    "99": pgettext_lazy("esms", "This number is blocked at eSMS."),
    "101": _KEYS,
    "102": pgettext_lazy("esms", "eSMS has no price list for this account."),
    "103": pgettext_lazy("esms", "There is not enough money on the account."),
    "104": pgettext_lazy("esms", "This brand name is not registered, or not active."),
    "105": pgettext_lazy("esms", "eSMS was asked too soon; it is asked again."),
    "107": pgettext_lazy("esms", "An advertisement needs at least 30 valid numbers."),
    "108": _NUMBER,
    "115": _NUMBER,
    "118": _REQUEST,
    "140": pgettext_lazy("esms", "eSMS does not take calls from this server's address."),
    "143": pgettext_lazy("esms", "eSMS has locked the account."),
    "146": pgettext_lazy("esms", "The text is not the one registered with the networks."),
    "160": pgettext_lazy("esms", "Too many at once; it is tried again."),
    "177": pgettext_lazy("esms", "The brand name is not registered with this number's network."),
    "199": pgettext_lazy("esms", "The same text went to this number a moment ago."),
    "201": pgettext_lazy("esms", "The text has a word that networks forbid."),
    "300": _REQUEST,
    "301": _REQUEST,
    "status-4": pgettext_lazy("esms", "eSMS refused it after a look at the text."),
    "status-5": pgettext_lazy("esms", "The network could not deliver it."),
    "too_few": pgettext_lazy("esms", "An advertisement needs at least 30 valid numbers."),
    "own_link": pgettext_lazy("esms", "An advertisement cannot carry a link of each person's."),
}


def error_of(code: str, text: str, now: dt.datetime) -> ProviderError:
    """The error a code stands for; an unknown one is tried again, since eSMS de-duplicates."""
    if code in RECIPIENT:
        return ProviderError(
            code, text, scope=Scope.CONTACT_POINT, permanent=True, fact_days=RECIPIENT[code]
        )
    if code in TEXT:
        return ProviderError(code, text, scope=Scope.TEMPLATE, permanent=True)
    if code in ACCOUNT:
        retry_at = quiet.awake(now + dt.timedelta(minutes=ACCOUNT[code]))
        return ProviderError(code, text, scope=Scope.ACCOUNT, permanent=False, retry_at=retry_at)
    retry_at = now + dt.timedelta(minutes=LATER.get(code, 5))
    return ProviderError(code, text, scope=Scope.CONTACT_POINT, permanent=False, retry_at=retry_at)
