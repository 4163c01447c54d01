"""How this app's alerts read: what stands, why in one sentence, and where it is mended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from django.urls import reverse
from django.utils.translation import pgettext

from clinics.public import Alert, alerts
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


def _called(alert: Alert) -> str:
    """An account as people know it: Zalo An Tâm."""
    name = str(alert.facts["account"])
    try:
        return f"{channel_name(provider_of(str(alert.facts['provider'])).channel)} {name}"
    except NoSuchProvider:
        return name


def _account(alert: Alert, title: str, why: str) -> alerts.Said:
    return alerts.Said(
        title % {"account": _called(alert)},
        why,
        pgettext("alert", "Open the account"),
        reverse("channel", args=[alert.subject]),
        "plug-zap",
    )


def _authorise(alert: Alert) -> alerts.Said:
    return _account(
        alert,
        pgettext("alert", "Allow %(account)s again"),
        pgettext(
            "alert",
            "The provider does not accept our permission any more: nothing leaves by this account"
            " until somebody allows it again.",
        ),
    )


def _paused(alert: Alert) -> alerts.Said:
    code = str(alert.facts["code"])
    try:
        words = str(provider_of(str(alert.facts["provider"])).words(code))
    except NoSuchProvider:
        words = ""
    because = (words or str(alert.facts["text"]) or code).rstrip(".")
    return _account(
        alert,
        pgettext("alert", "%(account)s has stopped sending"),
        pgettext("alert", "%(because)s. Messages wait; it is tried again by itself.")
        % {"because": because[:1].upper() + because[1:]},
    )


def _dying(alert: Alert) -> alerts.Said:
    return _account(
        alert,
        pgettext("alert", "The permission of %(account)s ends soon"),
        pgettext("alert", "It could not be renewed. Allow it again before messages have to wait."),
    )


def _never_heard(alert: Alert) -> alerts.Said:
    return _account(
        alert,
        pgettext("alert", "%(account)s never reports"),
        pgettext(
            "alert",
            "Messages were sent more than 3 hours ago and no report has ever come, so nobody knows"
            " whether they arrive. Save the address for reports at the provider.",
        ),
    )


def _forged(alert: Alert) -> alerts.Said:
    return _account(
        alert,
        pgettext("alert", "Somebody sends false reports about %(account)s"),
        pgettext(
            "alert",
            "Many reports of the last day do not prove where they come from. Nothing was changed by"
            " them; if the secret key was renewed at the provider, write the new one down here.",
        ),
    )


def _unread(alert: Alert) -> alerts.Said:
    return _account(
        alert,
        pgettext("alert", "Reports about %(account)s cannot be read"),
        pgettext(
            "alert",
            "Many reports of the last day could not be understood, so answers and receipts may be"
            " missing. Tell whoever runs the product.",
        ),
    )


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


def _month(alert: Alert) -> dict[str, str]:
    first = dt.date.fromisoformat(f"{alert.subject}-01")
    return {"month": f"{first:%m/%Y}", "limit": _vnd(int(alert.facts["limit"]))}


def _vnd(amount: int) -> str:
    """Money as Vietnamese write it, in either language."""
    return f"{amount:,}".replace(",", ".") + "\u00a0₫"


def _near(alert: Alert) -> alerts.Said:
    return alerts.Said(
        pgettext("alert", "80 %% of the limit of %(month)s is spent") % _month(alert),
        pgettext(
            "alert",
            "The limit is %(limit)s. Advertising waits until next month, or until the limit is"
            " raised; care still goes out.",
        )
        % _month(alert),
        pgettext("alert", "See the costs"),
        reverse("costs"),
        "receipt",
    )


def _reached(alert: Alert) -> alerts.Said:
    return alerts.Said(
        pgettext("alert", "The limit of %(month)s is spent") % _month(alert),
        pgettext(
            "alert",
            "The limit is %(limit)s. Only safety messages go out: reminders and care wait until"
            " next month, or until the limit is raised.",
        )
        % _month(alert),
        pgettext("alert", "See the costs"),
        reverse("costs"),
        "receipt",
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
    AUTHORISE: _authorise,
    PAUSED: _paused,
    DYING: _dying,
    NEVER_HEARD: _never_heard,
    FORGED: _forged,
    UNREAD: _unread,
    TEXT_STOPPED: _text,
    limits.NEAR: _near,
    limits.REACHED: _reached,
    talks.STRANGER: _stranger,
}
