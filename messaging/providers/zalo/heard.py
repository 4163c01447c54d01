"""What each of Zalo's events says, in our words (docs/inbox.md, "What Zalo tells us").

Where the sources disagree about a shape, both are understood. An event whose shape nobody is sure
of stays Unknown: it is kept and shown, and changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from messaging.providers.news import (
    Answered,
    Attachment,
    Followed,
    Forgotten,
    News,
    Opened,
    QuotaNews,
    Receipt,
    Said,
    Shared,
    TemplateNews,
    Unknown,
    WeSaid,
)
from messaging.providers.zalo.webhook import instant, tracked

Event = Mapping[str, Any]

#: Before the id of somebody who writes without having signed in: nobody can answer her from here.
ANONYMOUS = "anonymous:"
#: True events of which nothing follows: we did them ourselves, or nothing here keeps such a thing.
NOTHING_FOLLOWS = {
    "oa_send_template",  # our own template by user id
    "oa_send_consent",
    "oa_reacted_message",
    "add_user_to_tag",
    "remove_user_from_tag",
    "remove_tag",
    "widget_failed_to_sync_user_external_id",
}
#: The type of an attachment where its name is not our word for it.
_KINDS = {"photo": "image", "business_card": "card"}
_SENT = {"image", "gif", "audio", "video", "sticker", "file", "link", "location"}


def news_of(event: Event) -> list[News]:
    """What an event says. Nothing = nothing follows; what we do not know is Unknown."""
    name = str(event.get("event_name", ""))
    if name in NOTHING_FOLLOWS:
        return []
    read = _READ.get(name) or _of_family(name)
    found = read(event) if read else []
    return found or [Unknown(name[:60])]


def _of_family(name: str) -> Callable[[Event], list[News]] | None:
    for start, read in _FAMILIES.items():
        if name.startswith(start):
            return read
    return None


# reading parts, whatever their spelling


def _part(event: Event, name: str) -> dict[str, Any]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}


def _at(event: Event) -> dt.datetime | None:
    return instant(event.get("timestamp"))


def _person(event: Event, side: str = "sender") -> str:
    """Her id: of who sent it, or where the event names her alone."""
    ids = (
        _part(event, side).get("id"),
        _part(event, "follower").get("id"),
        event.get("user_id"),
        _part(event, "data").get("user_id"),
    )
    return next((str(each)[:70] for each in ids if each), "")


def _ref(event: Event) -> str:
    return str(_part(event, "message").get("msg_id") or event.get("msg_id") or "")[:80]


def _text(value: object, longest: int = 4_000) -> str:
    return str(value)[:longest] if isinstance(value, str | int | float) else ""


def _attachments(event: Event) -> tuple[Attachment, ...]:
    message = _part(event, "message")
    listed = message.get("attachments")
    parts = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    found = [_attachment(each, str(event.get("event_name"))) for each in parts[:10]]
    place = message.get("location")
    if isinstance(place, dict):
        found.append(Attachment("location", name=_place(place)))
    return tuple(found)


def _attachment(part: Mapping[str, Any], event: str) -> Attachment:
    said = str(part.get("type", ""))
    payload = _part(part, "payload")
    if event.endswith("_business_card"):  # it comes as a link with her number inside
        return Attachment("card", name=_text(payload.get("description"), 300))
    kind = _KINDS.get(said, said)
    if kind not in _SENT:
        kind = "file"
    if kind == "location":
        return Attachment(kind, name=_place(_part(payload, "coordinates") or payload))
    name = payload.get("name") or (payload.get("description") if kind == "link" else "")
    return Attachment(kind, _text(payload.get("url"), 1_000), _text(name or "", 200))


def _place(at: Mapping[str, Any]) -> str:
    return f"{_text(at.get('latitude'), 20)}, {_text(at.get('longitude'), 20)}"


# people who write


def _said(event: Event) -> list[News]:
    sender, ref = _person(event), _ref(event)
    if not sender or not ref:
        return []
    if str(event.get("event_name", "")).startswith("anonymous_"):
        sender = ANONYMOUS + sender
    message = _part(event, "message")
    quoted = _text(message.get("quote_msg_id") or message.get("quote_message_id") or "", 80)
    text = _text(message.get("text") or "")
    return [Said(sender, ref, _at(event), text, _attachments(event), quoted)]


def _we_said(event: Event) -> list[News]:
    person, ref = _person(event, "recipient"), _ref(event)
    if not person or not ref:
        return []
    if "_anonymous_" in str(event.get("event_name", "")):
        person = ANONYMOUS + person
    text = _text(_part(event, "message").get("text") or "")
    return [WeSaid(person, ref, _at(event), text, _attachments(event))]


def _called(event: Event) -> list[News]:
    """She called the account inside Zalo: it stands in her conversation."""
    person, ref = _person(event), _text(event.get("call_id") or "", 80)
    if not person or not ref:
        return []
    call = Attachment("call", name=_text(event.get("status") or "", 20))
    return [Said(person, ref, _at(event), attachments=(call,))]


# what became of our messages


def _receipt(news: str) -> Callable[[Event], list[News]]:
    def read(event: Event) -> list[News]:
        message = _part(event, "message")
        uid = tracked(message.get("tracking_id"))
        ids = message.get("msg_ids")
        refs = [str(each)[:80] for each in ids] if isinstance(ids, list) else []
        refs = refs or [_ref(event)]
        when = message.get("delivery_time") or message.get("submit_time")
        at = instant(when or event.get("timestamp"))
        return [Receipt(news, uid, ref, at) for ref in refs if uid or ref]

    return read


def _rated(event: Event) -> list[News]:
    message = _part(event, "message")
    listed = message.get("feedbacks")
    words = [_text(each, 200) for each in listed] if isinstance(listed, list) else []
    said = ", ".join(filter(None, [_text(message.get("note") or "", 500), *words]))
    rate = _text(message.get("rate"))
    rating = int(rate) if rate in {"1", "2", "3", "4", "5"} else None
    return _answered(event, rating=rating, note=said)


def _pressed(event: Event) -> list[News]:
    return _answered(event, choice=_text(_part(event, "message").get("data") or "", 200))


def _answered(event: Event, **said: Any) -> list[News]:
    receipts = _receipt("acted")(event)
    answers = [
        Answered(each.uid, each.ref, each.at, **said)
        for each in receipts
        if isinstance(each, Receipt)
    ]
    return [*receipts, *answers]


# people and the account


def _follows(event: Event) -> list[News]:
    person = _person(event)
    return [Followed(person, _at(event), event.get("event_name") == "follow")] if person else []


def _shared(event: Event) -> list[News]:
    """Both shapes name her and her number alike; the rest of them is not kept."""
    person, info = _person(event), _part(event, "info")
    phone = _text(info.get("phone") or "", 30)
    name = _text(info.get("name") or "", 120)
    return [Shared(person, _at(event), name, phone)] if person and (name or phone) else []


def _opened(event: Event) -> list[News]:
    person = _person(event)
    return [Opened(person, _at(event))] if person else []


def _forgotten(event: Event) -> list[News]:
    person = _person(event)
    return [Forgotten(person, _at(event))] if person else []


def _template(event: Event) -> list[News]:
    """Its state, or its quality: a word, or an object with the word before and the new one."""
    which, status = _text(event.get("template_id") or "", 40), _part(event, "status")
    quality = event.get("quality")
    if isinstance(quality, dict):
        quality = next((quality[key] for key in quality if str(key).startswith("new")), "")
    news = TemplateNews(
        which,
        _text(status.get("new_status") or "", 20),
        _text(quality or "", 20),
        _text(event.get("reason") or "", 200),
    )
    return [news] if which and (news.status or news.quality) else []


def _quota(event: Event) -> list[News]:
    daily = _text(_part(event, "quota").get("new_value"))
    return [QuotaNews(int(daily))] if daily.isdigit() else []


_READ: dict[str, Callable[[Event], list[News]]] = {
    "user_received_message": _receipt("delivered"),
    "user_seen_message": _receipt("seen"),
    "user_reacted_message": _receipt("seen"),  # to react to it she has read it
    "user_click_button": _receipt("acted"),
    "user_click_link": _receipt("acted"),
    "user_feedback": _rated,
    "user_click_response_button": _pressed,
    "user_call_oa": _called,
    "follow": _follows,
    "unfollow": _follows,
    "user_submit_info": _shared,
    "update_user_info": _shared,
    "user_click_chatnow": _opened,
    "widget_interaction_accepted": _opened,
    "user_withdraw": _forgotten,
    "change_template_status": _template,
    "change_template_quality": _template,
    "change_oa_daily_quota": _quota,
}
_FAMILIES: dict[str, Callable[[Event], list[News]]] = {
    "user_send_": _said,
    "anonymous_send_": _said,
    "oa_send_": _we_said,
}
