"""What each number says of its people: its sentence, its lists, its nouns (docs/kpi.md).

A number speaks by its key; a part that a page can show by `key.part`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import ngettext

from kpi.saying import Spoken, Text, lists_of, said
from kpi.spoken_leaks import ACCOUNTABLE, DROPPED, EXPOSED, LEAKED, LOST, SUSPECTED


def _people_more(n: int) -> str:
    return ngettext("%(n)s person more", "%(n)s people more", n)


def _people_fewer(n: int) -> str:
    return ngettext("%(n)s person fewer", "%(n)s people fewer", n)


def _patients(n: int) -> str:
    return ngettext("%(n)s patient", "%(n)s patients", n)


def _messages(n: int) -> str:
    return ngettext("%(n)s message", "%(n)s messages", n)


def _messages_more(n: int) -> str:
    return ngettext("%(n)s message more", "%(n)s messages more", n)


def _messages_fewer(n: int) -> str:
    return ngettext("%(n)s message fewer", "%(n)s messages fewer", n)


def _messages_in_days(n: int) -> str:
    return ngettext("%(n)s message in these days.", "%(n)s messages in these days.", n)


def _first_visits(n: int) -> str:
    return ngettext(
        "%(n)s patient came for the first time in these days.",
        "%(n)s patients came for the first time in these days.",
        n,
    )


def _first_records(n: int) -> str:
    return ngettext(
        "%(n)s person was written down for the first time in these days.",
        "%(n)s people were written down for the first time in these days.",
        n,
    )


REVISIT = Spoken(
    name="",
    rate=said("Of 100 patients about <b>{n} come again</b> within 6 months"),
    few=said("patients came again within 6 months. Few, no conclusion yet."),
    early=said("patients have come again so far. Nobody has been followed for 6 months yet."),
    nothing=said("Nobody has finished a plan of treatment in this period."),
    after=said("of 100 patients come again within 6 months"),
    noun=said("patients followed for 6 months"),
    period=said("Plans of treatment finished from %(first)s to %(last)s."),
    column=said("Since then"),
    trend=said("By month of the plan's end"),
    trend_unit=said("patients in a hundred who came again"),
    units=lambda n: ngettext(
        "%(n)s patient finished a plan of treatment in these days.",
        "%(n)s patients finished a plan of treatment in these days.",
        n,
    ),
    listed=_patients,
    more=_people_more,
    fewer=_people_fewer,
    lists=lists_of(
        "came again within 6 months",
        "6 months are over, not back in that time",
        "being followed, no conclusion yet",
        "with the reason of each",
    ),
)

NO_SHOW = Spoken(
    name="",
    rate=said("Of 100 appointments <b>about {n} patients did not come</b>"),
    few=said("appointments the patient did not come to. Few, no conclusion yet."),
    early=said("appointments have an outcome so far."),
    nothing=said("There was no appointment in this period."),
    after=said("of 100 appointments: the patient did not come"),
    noun=said("appointments"),
    period=said("Appointments from %(first)s to %(last)s."),
    column=said("How it ended"),
    trend=said("By month"),
    trend_unit=said("appointments in a hundred"),
    units=lambda n: ngettext(
        "%(n)s appointment in these days.", "%(n)s appointments in these days.", n
    ),
    listed=lambda n: ngettext("%(n)s appointment", "%(n)s appointments", n),
    more=lambda n: ngettext("%(n)s appointment more", "%(n)s appointments more", n),
    fewer=lambda n: ngettext("%(n)s appointment fewer", "%(n)s appointments fewer", n),
    lists={
        "counted": (said("Counted"), said("did not come and did not say so")),
        "not_counted": (said("Not counted"), said("came, or cancelled less than 24 hours ahead")),
        "immature": (said("Not due yet"), said("the day is not over yet")),
        "missing": (said("No outcome yet"), said("the day is over, nobody said how it ended")),
        "excluded": (said("Left out"), said("cancelled in time, moved, or by the clinic")),
    },
)


def _of_messages(
    name: str, rate: str, few: str, after: str, noun: str, trend_unit: str, lists: Mapping[str, str]
) -> Spoken:
    return Spoken(
        name=said(name) if name else "",
        rate=said(rate),
        few=said(few),
        early=said("messages show a sign of reading so far. 72 hours are not over for any."),
        nothing=said("No care message was handed over in this period."),
        after=said(after),
        noun=said(noun),
        open=said("messages on the way, or 72 hours not over yet"),
        period=said("Messages handed over from %(first)s to %(last)s."),
        column=said("How it went"),
        trend=said("By month of sending"),
        trend_unit=said(trend_unit),
        units=_messages_in_days,
        listed=_messages,
        more=_messages_more,
        fewer=_messages_fewer,
        lists=lists_of(**lists),
    )


_NOT_DELIVERED = "not delivered or withdrawn, with the reason of each"

SURELY_READ = _of_messages(
    "",
    "Of 100 messages delivered <b>at least {n} were read</b>",
    "messages delivered were surely read. Few, no conclusion yet.",
    "of 100 messages delivered were surely read",
    "messages delivered 72 hours ago",
    "messages in a hundred surely read",
    {
        "counted": "opened the link, answered, confirmed or booked within 72 hours",
        "not_counted": "72 hours are over without a sign; she may have read it",
        "immature": "on the way, or 72 hours not over yet",
        "excluded": _NOT_DELIVERED,
    },
)
DELIVERY = _of_messages(
    "Delivered",
    "Of 100 messages handed over <b>{n} were delivered</b>",
    "messages handed over were delivered. Few, no conclusion yet.",
    "of 100 messages handed over were delivered",
    "messages handed over",
    "messages in a hundred delivered",
    {
        "counted": "the provider reported delivery, or she gave a sign",
        "not_counted": "not delivered, with the provider's reason",
        "immature": "on the way",
        "excluded": "withdrawn before they went out, and test records",
    },
)
READ = _of_messages(
    "Reported as read",
    "Of 100 messages on a channel that reports reading <b>{n} were read</b>",
    "messages on a channel that reports reading were read. Few, no conclusion yet.",
    "of 100 messages were read, where reading is reported",
    "messages delivered where reading is reported",
    "messages in a hundred read",
    {
        "counted": "reported as read, answered or opened within 72 hours",
        "not_counted": "72 hours are over without a report of reading",
        "immature": "on the way, or 72 hours not over yet",
        "excluded": "the channel does not report reading, not delivered, or withdrawn",
    },
)
RESPONSE = _of_messages(
    "Answered",
    "Of 100 messages with a link <b>{n} were answered</b>",
    "messages with a link were answered. Few, no conclusion yet.",
    "of 100 messages with a link were answered",
    "messages with a link, delivered 72 hours ago",
    "messages in a hundred answered",
    {
        "counted": "answered or confirmed through the link within 72 hours",
        "not_counted": "72 hours are over without an answer",
        "immature": "on the way, or 72 hours not over yet",
        "excluded": "not delivered, without a link, or withdrawn",
    },
)


def _of_records(**words: Text) -> Spoken:
    return Spoken(
        nothing=said("Nobody new was written down in this period."),
        period=said("First records made from %(first)s to %(last)s."),
        column=said("Record"),
        trend=said("By month of the first record"),
        units=_first_records,
        listed=_patients,
        more=lambda n: ngettext("%(n)s new patient more", "%(n)s new patients more", n),
        fewer=lambda n: ngettext("%(n)s new patient fewer", "%(n)s new patients fewer", n),
        lists=lists_of(
            "with name, mobile number and a basis to write",
            "something is missing",
            "no conclusion yet",
            "imported and test records",
        ),
        **words,
    )


NEW_DATA = _of_records(
    name="",
    rate=said("<b>new patients</b>, {per_day} a day of opening"),
    few="",
    early="",
    after=said("new patients"),
    noun=said("first records are complete"),
    trend_unit=said("new patients a month"),
)
REACHABLE = Spoken(
    name=said("Reached within 30 days"),
    rate=said("Of 100 new patients <b>{n} got a message</b> within 30 days"),
    few=said("new patients got a message within 30 days. Few, no conclusion yet."),
    early=said("new patients got a message so far. 30 days are not over for any."),
    nothing=said("Nobody new was written down in this period."),
    after=said("of 100 new patients got a message within 30 days"),
    noun=said("new patients written down 30 days ago"),
    period=said("First records made from %(first)s to %(last)s."),
    column=said("Record"),
    trend=said("By month of the first record"),
    trend_unit=said("new patients in a hundred"),
    units=_first_records,
    listed=_patients,
    more=_people_more,
    fewer=_people_fewer,
    lists=lists_of(
        "a message was delivered within 30 days",
        "none was delivered in that time, or none was sent",
        "30 days are not over yet",
        "incomplete, imported and test records",
    ),
)


def _of_ladder(name: str, rate: str, few: str, early: str, after: str, noun: str) -> Spoken:
    return Spoken(
        name=said(name) if name else "",
        rate=said(rate),
        few=said(few),
        early=said(early),
        nothing=said("Nobody came for the first time in this period."),
        after=said(after),
        noun=said(noun),
        period=said("First visits from %(first)s to %(last)s."),
        column=said("Since then"),
        trend=said("By month of the first visit"),
        trend_unit=said("patients in a hundred"),
        units=_first_visits,
        listed=_patients,
        more=_people_more,
        fewer=_people_fewer,
        lists=lists_of(
            "within one year",
            "the year is over, and it has not happened",
            "being followed, no conclusion yet",
            "with the reason of each",
        ),
    )


LOYALTY = _of_ladder(
    "",
    "Of 100 new patients about <b>{n} become loyal</b> within a year",
    "new patients became loyal within a year. Few, no conclusion yet.",
    "new patients are loyal so far. Nobody has been followed for a year yet.",
    "of 100 new patients become loyal within a year",
    "patients followed for a year",
)
STEP_2 = _of_ladder(
    "From the first visit to coming again",
    "Of 100 new patients about <b>{n} come again</b> within a year",
    "new patients came again within a year. Few, no conclusion yet.",
    "new patients have come again so far. Nobody has been followed for a year yet.",
    "of 100 new patients come again within a year",
    "patients followed for a year",
)
STEP_3 = _of_ladder(
    "From coming again to loyal",
    "Of 100 patients who came again about <b>{n} become loyal</b> within a year",
    "patients who came again became loyal within a year. Few, no conclusion yet.",
    "patients who came again are loyal so far. Nobody has been followed for a year yet.",
    "of 100 who came again become loyal within a year",
    "patients followed for a year",
)

#: By key, and by `key.part` for the parts a page shows.
SPOKEN: dict[str, Spoken] = {
    "revisit": REVISIT,
    "new_data": NEW_DATA,
    "new_data.reachable_30": REACHABLE,
    "open_rate": SURELY_READ,
    "open_rate.headline": READ,
    "open_rate.delivery": DELIVERY,
    "open_rate.response": RESPONSE,
    "loyalty": LOYALTY,
    "loyalty.step_2": STEP_2,
    "loyalty.step_3": STEP_3,
    "data_leak": LEAKED,
    "data_leak.loss": LOST,
    "data_leak.exposure": EXPOSED,
    "data_leak.suspected": SUSPECTED,
    "data_leak.dropped_ball": DROPPED,
    "data_leak.accountability": ACCOUNTABLE,
    "no_show": NO_SHOW,
}


def parts_of(key: str) -> list[str]:
    """The parts of a number that its page shows beside the headline."""
    return [spoken.split(".")[1] for spoken in SPOKEN if spoken.startswith(f"{key}.")]
