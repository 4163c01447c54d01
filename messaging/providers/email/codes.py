"""What a mail server's answers mean for one letter. In words: docs/providers.md."""

from __future__ import annotations

import datetime as dt
import re

from django.utils.translation import pgettext_lazy

from clinics.public import quiet
from messaging.providers.base import ProviderError, Scope

#: How far a letter had come when the server said no.
SIGN_IN, SENDER, RECIPIENT, TEXT = "sign_in", "sender", "recipient", "text"
#: Until the account is worth a look again.
LOOK_AGAIN = dt.timedelta(hours=1)
#: A server that says "later" (full, greylisted, busy) is asked again.
LATER = dt.timedelta(minutes=20)
#: A refusal for other reasons than the address: days until it is worth trying again.
OTHER_DAYS = 30

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")

#: For people.
WORDS = {
    SIGN_IN: pgettext_lazy("email", "The mail server does not accept name and password."),
    SENDER: pgettext_lazy("email", "The mail server does not take letters from this address."),
    RECIPIENT: pgettext_lazy("email", "This e-mail address receives nothing."),
    TEXT: pgettext_lazy("email", "The mail server does not take this text."),
    "5.1": pgettext_lazy("email", "This e-mail address receives nothing."),
    "5.2": pgettext_lazy("email", "This mailbox is full or closed."),
    "5.7": pgettext_lazy("email", "The other side does not take letters from us."),
}


def status_of(text: str) -> str:
    """The enhanced status in an answer ("550 5.1.1 No such user" → 5.1.1), or ""."""
    found = _STATUS.search(text)
    return found.group() if found else ""


def fact_days(status: str) -> int | None:
    """For how long an address counts as unreachable after a refusal for good: an address that is
    none, or is closed, for ever (None)."""
    return None if status.startswith("5.1.") or status == "5.2.1" else OTHER_DAYS


def error_of(phase: str, code: int, text: str, now: dt.datetime) -> ProviderError:
    """The error an SMTP code (400 to 599) of a phase stands for."""
    status = status_of(text)
    name = f"{phase}-{status or code}"[:40]
    if phase in (SIGN_IN, SENDER):
        retry_at = quiet.awake(now + LOOK_AGAIN)
        return ProviderError(name, text, scope=Scope.ACCOUNT, permanent=False, retry_at=retry_at)
    scope = Scope.CONTACT_POINT if phase == RECIPIENT else Scope.TEMPLATE
    if code < 500 or status == "5.2.2":
        return ProviderError(name, text, scope=scope, permanent=False, retry_at=now + LATER)
    if phase == TEXT or status.startswith("5.7."):
        return ProviderError(name, text, scope=scope, permanent=True)
    days = fact_days(status) if status else None
    return ProviderError(name, text, scope=scope, permanent=True, fact_days=days)
