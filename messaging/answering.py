"""What the product answers by itself: that nobody is there, that a refusal was noted."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils.translation import gettext

from clinics import clock
from clinics.public import Branch, places
from messaging import answering_words, hours, outbox, replies, routes, talks
from messaging.models import LineKind, Talk, TalkLine
from messaging.wordings import STOPPED
from patients.public import Language, NotPossible, Patient, Purpose, guardians, people, phones


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
    reader = _reader(talk)
    say = _words(reader)
    who, opens = say.who(reader), when.opens_next(now)
    text = say.closed(who, places.profile().name, opens, _hotline(branch))
    _say(talk, text, mark="closed")


def confirm_stop(talk: Talk, channel: str, purposes: list[str], *, sender: str = "") -> None:
    """What was stopped and when, said to her where she can be answered, and noted for us.
    `sender`: the number she wrote from, when it was an SMS."""
    branch = talks.branch_of(talk)
    profile = places.profile()
    reader = _reader(talk)
    say = _words(reader)
    some = purposes if set(purposes) < set(Purpose.values) else []
    hotline = _hotline(branch) if branch else phones.national(profile.hotline)
    on = answering_words.channel(channel)
    text = say.stopped(say.who(reader), profile.name, say.what(some), on, hotline)
    told = _say(talk, text, mark="stop") or (channel == "sms" and _by_registered_text(talk, sender))
    what = answering_words.of(Language.VI).what(some)
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


def _reader(talk: Talk) -> Patient | None:
    """Who writes: in a minor's conversation, who speaks for her."""
    if talk.patient is None:
        return None
    to = guardians.receiver_of(talk.patient)
    return to.patient if to else talk.patient


def _words(reader: Patient | None) -> answering_words.Words:
    return answering_words.of(reader.language if reader else Language.VI)


def _hotline(branch: Branch) -> str:
    return phones.national(branch.hotline or places.profile().hotline)
