"""Why an answer did not arrive, in words."""

from __future__ import annotations

from django.utils.translation import pgettext

from messaging.providers import providers
from messaging.providers.abilities import HttpProvider


def reason(code: str) -> str:
    """Why an answer did not arrive, in words."""
    words = {
        "no_answer": pgettext("answer", "nobody knows whether it arrived, ask her"),
        "no_connection": pgettext("answer", "no connection to the provider"),
        "refused": pgettext("answer", "she has refused messages on this channel"),
        "expired": pgettext("answer", "it was not delivered in time"),
        "unknown": pgettext("answer", "nobody knows whether it arrived, ask her"),
        "-118": pgettext("answer", "this number has no Zalo"),
        "-108": pgettext("answer", "there is no such number"),
        "no_account": pgettext("answer", "the account is not connected any more"),
        "-230": pgettext("answer", "more than 7 days since she last wrote"),
        "-232": pgettext("answer", "more than 7 days since she last wrote"),
        "-213": pgettext("answer", "she does not follow us on Zalo"),
        "-217": pgettext("answer", "she does not want messages from us"),
        "-244": pgettext("answer", "she does not want messages from us"),
        "-227": pgettext("answer", "her Zalo has not been used for a long time"),
        "-100": pgettext("answer", "Zalo lost the picture or file"),
        "-210": pgettext("answer", "it is too long"),
        "-211": pgettext("answer", "the account has used up its messages"),
        "-216": pgettext("answer", "the account must be allowed again"),
        "-220": pgettext("answer", "the account must be allowed again"),
        "-248": pgettext("answer", "Zalo does not allow this text"),
    }
    return (
        words.get(code)
        or _by_sms(code)
        or pgettext("answer", "it was refused (%(code)s)") % {"code": code}
    )


def _by_sms(code: str) -> str:
    """What a provider that takes own words to a number says of it; "" = nothing."""
    able = (each for each in providers() if isinstance(each, HttpProvider) and each.own_words)
    return next((str(words) for each in able if (words := each.words(code))), "")
