"""What these pages call a state of the day and a reason to come, in the clinic's words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def state_word(state: str) -> str:
    """The word of a state for a screen reader; the chips have the same ones."""
    return {
        "waiting": pgettext("state", "Waiting"),
        "in_chair": pgettext("state", "In chair"),
        "confirmed": pgettext("state", "Confirmed"),
        "booked": pgettext("state", "Not confirmed"),
        "unresolved": pgettext("state", "Came or not?"),
        "done": pgettext("state", "Done"),
        "no_show": pgettext("state", "Did not come"),
    }.get(state, "")


def purpose_word(purpose: str) -> str:
    """What a visit is for when a care plan asked for it; "" for a plain booking."""
    return {
        "suture": _("Suture removal"),
        "healing": _("Healing check"),
        "integration": _("Implant check before the crown"),
        "maintenance": _("Implant care visit"),
        "filling_check": _("Filling check"),
        "root_session": _("Next root canal session"),
        "root_check": _("Check after the root canal"),
        "restoration": _("Filling or crown after the root canal"),
        "root_symptoms": _("Tooth check after half a year"),
        "root_healing": _("Healing check of the root"),
        "adjustment": _("Braces adjustment"),
        "retention": _("Retainer check"),
        "recall": _("Regular check-up"),
    }.get(purpose, "")
