"""What the product's own texts are for, and what a clinic calls them."""

from __future__ import annotations

from functools import partial

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from messaging.models import TemplatePurpose as P

_ = partial(pgettext_lazy, "text")

#: Key → (purpose, its name); the same purposes stand in the trigger of messaging 0007.
OWN: dict[str, tuple[P, Promise]] = {
    "booking_confirmation": (P.CONFIRMATION, _("An appointment was made")),
    "reminder": (P.REMINDER, _("A day before the appointment")),
    "care_guide_1": (P.AFTERCARE, _("The day after a treatment")),
    "care_guide_filling": (P.AFTERCARE, _("The day after a filling")),
    "check_trend": (P.CHECK, _("Third day: better, the same or worse")),
    "check_filling_3": (P.CHECK, _("Third day after a filling")),
    "check_filling_7": (P.CHECK, _("A week after a filling")),
    "check_pain": (P.CHECK, _("Third day: how strong is the pain")),
    "check_week": (P.CHECK, _("A week after braces were put on")),
    "restore": (P.RECALL, _("One step is left for the tooth")),
    "invite": (P.RECALL, _("Time to come again")),
    "nudge": (P.RECALL, _("Asked again to choose a day")),
    "missed_care": (P.RECALL, _("After a missed appointment")),
    "missed_offer": (P.RECALL, _("Two free hours after a missed appointment")),
    "recall": (P.RECALL, _("Regular check-up")),
    "hint": (P.AFTERCARE, _("A hint between two adjustments")),
    "stopped": (P.REPLY, _("She asked to stop: that it is noted")),
}


def purpose_of(key: str) -> P:
    """What a text of this key is for."""
    return OWN[key][0]


def name_of(key: str, title: str = "") -> str:
    """What the clinic calls it: the product's own word, else the title given to it."""
    return str(OWN[key][1]) if key in OWN else title or key
