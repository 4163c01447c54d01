"""How this app's alerts read: what stands, why in one sentence, and where it is mended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from django.urls import reverse
from django.utils.translation import pgettext, pgettext_lazy

from clinics.public import Alert, alerts, figures
from messaging import limits, talks
from messaging.models import TemplateStatus
from messaging.providers import NoSuchProvider, provider_of
from messaging.purposes import name_of
from messaging.spending import channel_name

AUTHORISE = "account_authorise"
PAUSED = "account_paused"
DYING = "token_dying"
NEVER_HEARD = "never_heard"
FORGED = "forged_reports"
UNREAD = "unread_reports"
TEXT_STOPPED = "text_stopped"


#: What stands with an account, and why somebody must look at it.
_OF_ACCOUNT = {
    AUTHORISE: (
        pgettext_lazy("alert", "Allow %(account)s again"),
        pgettext_lazy(
            "alert",
            "The provider does not accept our permission any more: nothing leaves by this account"
            " until somebody allows it again.",
        ),
    ),
    PAUSED: (
        pgettext_lazy("alert", "%(account)s has stopped sending"),
        pgettext_lazy("alert", "%(because)s. Messages wait; it is tried again by itself."),
    ),
    DYING: (
        pgettext_lazy("alert", "The permission of %(account)s ends soon"),
        pgettext_lazy(
            "alert", "It could not be renewed. Allow it again before messages have to wait."
        ),
    ),
    NEVER_HEARD: (
        pgettext_lazy("alert", "%(account)s never reports"),
        pgettext_lazy(
            "alert",
            "Messages were sent more than 3 hours ago and no report has ever come, so nobody knows"
            " whether they arrive. Save the address for reports at the provider.",
        ),
    ),
    FORGED: (
        pgettext_lazy("alert", "Somebody sends false reports about %(account)s"),
        pgettext_lazy(
            "alert",
            "Many reports of the last day do not prove where they come from. Nothing was changed by"
            " them; if the secret key was renewed at the provider, write the new one down here.",
        ),
    ),
    UNREAD: (
        pgettext_lazy("alert", "Reports about %(account)s cannot be read"),
        pgettext_lazy(
            "alert",
            "Many reports of the last day could not be understood, so answers and receipts may be"
            " missing. Tell whoever runs the product.",
        ),
    ),
}
#: How far the month's limit is spent, and what that holds back.
_OF_MONEY = {
    limits.NEAR: (
        pgettext_lazy("alert", "80 %% of the limit of %(month)s is spent"),
        pgettext_lazy(
            "alert",
            "The limit is %(limit)s. Advertising waits until next month, or until the limit is"
            " raised; care still goes out.",
        ),
    ),
    limits.REACHED: (
        pgettext_lazy("alert", "The limit of %(month)s is spent"),
        pgettext_lazy(
            "alert",
            "The limit is %(limit)s. Only safety messages go out: reminders and care wait until"
            " next month, or until the limit is raised.",
        ),
    ),
}


def _account(alert: Alert) -> alerts.Said:
    title, why = _OF_ACCOUNT[alert.kind]
    said = {"account": _called(alert)}
    if alert.kind == PAUSED:
        said["because"] = _because(alert)
    return alerts.Said(
        title % said,
        why % said,
        pgettext("alert", "Open the account"),
        reverse("channel", args=[alert.subject]),
        "plug-zap",
    )


def _called(alert: Alert) -> str:
    """An account as people know it: Zalo An Tâm."""
    name = str(alert.facts["account"])
    try:
        return f"{channel_name(provider_of(str(alert.facts['provider'])).channel)} {name}"
    except NoSuchProvider:
        return name


def _because(alert: Alert) -> str:
    """Why an account rests: in our words, else in its provider's."""
    code = str(alert.facts["code"])
    try:
        words = str(provider_of(str(alert.facts["provider"])).words(code))
    except NoSuchProvider:
        words = ""
    because = (words or str(alert.facts["text"]) or code).rstrip(".")
    return because[:1].upper() + because[1:]


def _text(alert: Alert) -> alerts.Said:
    name = name_of(str(alert.facts["key"]), str(alert.facts["title"]))
    refused = alert.facts["status"] == TemplateStatus.REJECTED
    title = (
        pgettext("alert", "The provider refused the text “%(name)s”")
        if refused
        else pgettext("alert", "The provider stopped the text “%(name)s”")
    )
    why = (
        pgettext("alert", "It is not sent until it is changed and approved.")
        if refused
        else pgettext("alert", "It is not sent any more until another one takes its place.")
    )
    reason = str(alert.facts["reason"]).strip().rstrip(".")
    if reason and reason != alert.facts["status"]:
        why += " " + pgettext("alert", "The provider says: %(reason)s.") % {"reason": reason}
    return alerts.Said(
        title % {"name": name},
        why,
        pgettext("alert", "Open the text"),
        reverse("message_text", args=[alert.subject]),
        "message-square-warning",
    )


def _money(alert: Alert) -> alerts.Said:
    title, why = _OF_MONEY[alert.kind]
    month = dt.date.fromisoformat(f"{alert.subject}-01")
    said = {"month": f"{month:%m/%Y}", "limit": figures.money(int(alert.facts["limit"]))}
    return alerts.Said(
        title % said, why % said, pgettext("alert", "See the costs"), reverse("costs"), "receipt"
    )


def _stranger(alert: Alert) -> alerts.Said:
    return alerts.Said(
        pgettext("alert", "Somebody without a record writes of a sign that worries"),
        pgettext(
            "alert",
            "She wrote to %(account)s. Read it, call or answer her at once, and join her to her"
            " record; if nobody takes it in time, the managers are told.",
        )
        % {"account": _called(alert)},
        pgettext("alert", "Open the conversation"),
        reverse("inbox_talk", args=[alert.subject]),
        "octagon-alert",
    )


WORDS: Mapping[str, Callable[[Alert], alerts.Said]] = {
    **dict.fromkeys(_OF_ACCOUNT, _account),
    TEXT_STOPPED: _text,
    **dict.fromkeys(_OF_MONEY, _money),
    talks.STRANGER: _stranger,
}
