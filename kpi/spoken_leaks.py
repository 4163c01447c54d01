"""What the parts of data_leak say: tasks dropped, records lost or exposed, acts with a name."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import ngettext

from kpi.saying import Spoken, Text, lists_of, said

DROPPED = Spoken(
    name=said("Tasks dropped"),
    rate=said("Of 100 tasks about patients <b>{n} were dropped</b>"),
    few=said("tasks about patients were dropped. Few, no conclusion yet."),
    early=said("tasks are decided so far. 7 days are not over for any."),
    nothing=said("No task about a patient fell due in this period."),
    after=said("of 100 tasks about patients were dropped"),
    noun=said("tasks that were due 7 days ago"),
    open=said("tasks due, 7 days not over yet"),
    period=said("Tasks that fell due from %(first)s to %(last)s."),
    column=said("How it ended"),
    trend=said("By month due"),
    trend_unit=said("tasks in a hundred"),
    units=lambda n: ngettext("%(n)s task in these days.", "%(n)s tasks in these days.", n),
    listed=lambda n: ngettext("%(n)s task", "%(n)s tasks", n),
    more=lambda n: ngettext("%(n)s task more", "%(n)s tasks more", n),
    fewer=lambda n: ngettext("%(n)s task fewer", "%(n)s tasks fewer", n),
    lists=lists_of(
        "not done 7 days after they were due",
        "done within 7 days of the time",
        "7 days are not over yet",
        "with the reason of each",
    ),
)


def _of_held(*, name: Text, rate: str, none: str, after: str, lists: Mapping[str, str]) -> Spoken:
    return Spoken(
        name=name,
        rate=said(rate),
        none=said(none),
        few="",
        early="",
        nothing=said("No record is held yet."),
        after=said(after),
        noun=said("records held"),
        open=said("records being looked into"),
        period=said("Records held from %(first)s to %(last)s, whatever was seen in these 30 days."),
        column=said("What happened"),
        trend=said("By the month it happened"),
        trend_unit=said("records"),
        units=lambda n: ngettext(
            "%(n)s record was held in these days.", "%(n)s records were held in these days.", n
        ),
        listed=lambda n: ngettext("%(n)s record", "%(n)s records", n),
        more=lambda n: ngettext("%(n)s record more", "%(n)s records more", n),
        fewer=lambda n: ngettext("%(n)s record fewer", "%(n)s records fewer", n),
        lists=lists_of(**lists),
    )


_HELD = {
    "not_counted": "nothing of that kind was seen",
    "immature": "being looked into, nobody has said yet what it was",
    "excluded": "test records",
}
LEAKED = _of_held(
    name="",
    rate="of {total} records <b>were lost or came into wrong hands</b>",
    none="None of {total} records was seen lost or in wrong hands. That means only: fewer than"
    " <b>1 in {rare}</b>",
    after="records lost or in wrong hands",
    lists=_HELD | {"counted": "lost, or confirmed to be in wrong hands"},
)
LOST = _of_held(
    name=said("Records lost"),
    rate="of {total} records <b>were lost</b>",
    none="None of {total} records was seen lost. That means only: fewer than <b>1 in {rare}</b>",
    after="records lost",
    lists=_HELD | {"counted": "deleted, voided, overwritten, or their last number gone"},
)
EXPOSED = _of_held(
    name=said("Records that came into wrong hands"),
    rate="of {total} records <b>came into wrong hands</b>, as was confirmed",
    none="None of {total} records is confirmed to be in wrong hands. That means only: fewer than"
    " <b>1 in {rare}</b>",
    after="records confirmed to be in wrong hands",
    lists=_HELD | {"counted": "somebody has confirmed it"},
)
SUSPECTED = _of_held(
    name=said("Records being looked into"),
    rate="of {total} records <b>are being looked into</b>",
    none="None of {total} records is waiting to be looked into",
    after="records being looked into",
    lists=_HELD | {"counted": "read in bulk, by another branch, or taken out as a file"},
)
ACCOUNTABLE = Spoken(
    name=said("Sensitive acts of one named person"),
    rate=said("Of 100 sensitive acts <b>{n} have a name</b>"),
    few=said("sensitive acts have a name. Few, no conclusion yet."),
    early="",
    nothing=said("Nothing sensitive was done in these days."),
    after=said("of 100 sensitive acts have a name"),
    noun=said("sensitive acts"),
    period=said("Acts from %(first)s to %(last)s."),
    column=said("Who did it"),
    trend=said("By the month it happened"),
    trend_unit=said("acts in a hundred with a name"),
    units=lambda n: ngettext("%(n)s act in these days.", "%(n)s acts in these days.", n),
    listed=lambda n: ngettext("%(n)s act", "%(n)s acts", n),
    more=lambda n: ngettext("%(n)s act more", "%(n)s acts more", n),
    fewer=lambda n: ngettext("%(n)s act fewer", "%(n)s acts fewer", n),
    lists=lists_of(
        "a person of this clinic did it, signed in by name",
        "written past the product, or by a command",
        "no conclusion yet",
        "by the patient through her link, by the product itself, test records",
    ),
)
