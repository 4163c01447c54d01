"""What Twilio's codes mean for one message. In words: docs/providers.md."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import pgettext_lazy

from clinics.public import quiet
from messaging.providers.base import ProviderError, Scope

#: Days a number counts as unreachable by SMS; None = for good.
RECIPIENT: dict[str, int | None] = {
    "21211": None,
    "21610": None,
    "21614": None,
    "30004": 30,
    "30005": None,
    "30006": None,
}
#: The text was not taken; the next one may be.
TEXT = frozenset({"21602", "21617", "30007"})
#: A person must mend the account: minutes until it is worth a look again.
ACCOUNT = {"20003": 60, "20404": 60, "21212": 60, "21408": 60, "21603": 60, "21606": 60}
ACCOUNT |= {"30002": 60}
#: Minutes until another try.
LATER = {"20429": 1, "30001": 5, "30003": 30, "30008": 5}

#: For people.
WORDS = {
    "21211": pgettext_lazy("twilio", "There is no such number."),
    "21610": pgettext_lazy("twilio", "The patient has refused messages of this sender."),
    "21614": pgettext_lazy("twilio", "This number cannot receive SMS."),
    "30003": pgettext_lazy("twilio", "The phone was off or out of reach."),
    "30004": pgettext_lazy("twilio", "The network blocked this message."),
    "30005": pgettext_lazy("twilio", "There is no such number."),
    "30006": pgettext_lazy("twilio", "This number cannot receive SMS."),
    "30007": pgettext_lazy("twilio", "The network took the text for spam."),
    "21602": pgettext_lazy("twilio", "The text is empty."),
    "21617": pgettext_lazy("twilio", "The text is too long."),
    "20003": pgettext_lazy("twilio", "Account SID and auth token do not fit each other."),
    "20404": pgettext_lazy("twilio", "Account SID and auth token do not fit each other."),
    "21212": pgettext_lazy("twilio", "The sender is not valid."),
    "21603": pgettext_lazy("twilio", "The sender is not valid."),
    "21606": pgettext_lazy("twilio", "The sender does not belong to this account."),
    "21408": pgettext_lazy("twilio", "SMS to this country is not switched on at Twilio."),
    "30002": pgettext_lazy("twilio", "Twilio has suspended the account."),
    "20429": pgettext_lazy("twilio", "Too many at once; it is tried again."),
    "no_basis_abroad": pgettext_lazy("twilio", "No basis is recorded for sending data abroad."),
    "no_advertising": pgettext_lazy("twilio", "Advertising does not go abroad."),
    "at_home": pgettext_lazy("twilio", "Numbers of Viet Nam do not go by way of abroad."),
}


def error_of(code: str, text: str, now: dt.datetime) -> ProviderError | None:
    """The error a code stands for; None when nobody here knows it."""
    if code in RECIPIENT:
        return ProviderError(
            code, text, scope=Scope.CONTACT_POINT, permanent=True, fact_days=RECIPIENT[code]
        )
    if code in TEXT:
        return ProviderError(code, text, scope=Scope.TEMPLATE, permanent=True)
    if code in ACCOUNT:
        retry_at = quiet.awake(now + dt.timedelta(minutes=ACCOUNT[code]))
        return ProviderError(code, text, scope=Scope.ACCOUNT, permanent=False, retry_at=retry_at)
    if code in LATER:
        retry_at = now + dt.timedelta(minutes=LATER[code])
        return ProviderError(
            code, text, scope=Scope.CONTACT_POINT, permanent=False, retry_at=retry_at
        )
    return None
