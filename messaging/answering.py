"""What the product answers by itself: that nobody is there, that a refusal was noted.

The words are for patients in Vietnam, so they stand here (as in messaging/wordings.py).
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils.translation import gettext

from clinics import clock
from clinics.public import Branch, places
from messaging import days, hours, outbox, replies, routes, talks
from messaging.models import LineKind, Talk, TalkLine
from messaging.wordings import STOPPED
from patients.public import NotPossible, Purpose, people, phones

_PURPOSES: dict[str, str] = {
    Purpose.CARE: "tin nhắc lịch hẹn và hỏi thăm sau điều trị",
    Purpose.GREETING: "lời chúc",
    Purpose.OFFER: "tin ưu đãi",
    Purpose.CONTENT: "gợi ý chăm sóc răng",
}
_CHANNELS = {"zalo": "Zalo", "sms": "SMS", "viber": "Viber", "email": "e-mail"}
#: The first words of the answer outside hours; by them it is known that she has had it tonight.
_CLOSED = "Dạ {clinic} đã nhận tin của {who}, phòng khám đang ngoài giờ làm việc. "
_OPENS = "{when} mở cửa, em trả lời {who} ngay. "
_URGENT = "Nếu khó thở, chảy máu không cầm hoặc sưng tăng nhanh, {who} gọi ngay {hotline} hoặc 115."


def outside_hours(talk: Talk, line: TalkLine) -> None:
    """She wrote when nobody is there: she is told so, with the hotline, once a night."""
    branch = talks.branch_of(talk)
    if branch is None:
        return
    when = hours.of(branch)
    now = clock.now()
    if when.is_open(now) or when.is_open(line.at) or now - line.at > dt.timedelta(hours=1):
        return
    since = when.closed_since(now) or now - dt.timedelta(hours=14)
    told = TalkLine.objects.filter(
        talk=talk, kind=LineKind.OUT, is_automatic=True, sign="closed", at__gte=since
    )
    if told.exists():
        return
    opens = when.opens_next(now)
    who = _who(talk)
    text = _CLOSED.format(clinic=places.profile().name, who=who)
    if opens is not None:
        text += _OPENS.format(when=_when(opens), who=who)
    text += _URGENT.format(who=who, hotline=_hotline(branch))
    _say(talk, text, mark="closed")


def confirm_stop(talk: Talk, channel: str, purposes: list[str], *, sender: str = "") -> None:
    """What was stopped and when, said to her where she can be answered, and noted for us.
    `sender`: the number she wrote from, when it was an SMS."""
    now = clock.local(clock.now())
    branch = talks.branch_of(talk)
    profile = places.profile()
    # everything there is, is said shortly
    some = [_PURPOSES[each] for each in purposes] if set(purposes) < set(_PURPOSES) else []
    what = ", ".join(some) or "tin nhắn"
    on = _CHANNELS.get(channel, channel)
    who = _who(talk)
    text = (
        f"Dạ {profile.name} đã ghi nhận lúc {now:%H:%M} ngày {now:%d/%m/%Y}: "
        f"không gửi {what} qua {on} cho {who} nữa. Muốn nhận lại, {who} nhắn em ở đây "
        f"hoặc gọi {_hotline(branch) if branch else phones.national(profile.hotline)}."
    )
    told = _say(talk, text, mark="stop") or (channel == "sms" and _by_registered_text(talk, sender))
    words = gettext("She asked to stop on %(channel)s: %(what)s.") % {"channel": on, "what": what}
    if not told:
        words += " " + gettext("She could not be told that it is noted.")
    talks.note(talk, words)


def _by_registered_text(talk: Talk, sender: str) -> bool:
    """An SMS under the clinic's name carries only what was registered with the networks."""
    patient, branch = talk.patient, talks.branch_of(talk)
    if patient is None or branch is None:
        return False
    hers = {point.pk for point in people.points(patient) if point.value == sender}
    want = routes.Want(patient.pk, branch.pk, STOPPED)
    ways = routes.reach([want], {})[want].routes
    way = next(
        (each for each in ways if each.channel == "sms" and each.contact_point_id in hers), None
    )
    if way is None:
        return False
    values = {"clinic": places.profile().name, "hotline": _hotline(branch)}
    outbox.queue(
        [
            outbox.Saying(
                intent=uuid.uuid4(), patient=patient, branch=branch, route=way, values=values
            )
        ]
    )
    return True


def _say(talk: Talk, text: str, *, mark: str) -> bool:
    try:
        line = replies.write(talk, text, by=None)
    except NotPossible:
        return False
    TalkLine.objects.filter(pk=line.pk).update(sign=mark)
    return True


def _who(talk: Talk) -> str:
    if talk.patient is None:
        return "mình"
    return f"{talk.patient.salutation or 'anh/chị'} {talk.patient.given_name}".strip()


def _hotline(branch: Branch) -> str:
    return phones.national(branch.hotline or places.profile().hotline)


def _when(moment: dt.datetime) -> str:
    day = clock.day_of(moment)
    ahead = (day - clock.today()).days
    words = {0: "hôm nay", 1: "ngày mai"}.get(ahead, days.said(day))
    return f"{clock.local(moment):%H:%M} {words}"
