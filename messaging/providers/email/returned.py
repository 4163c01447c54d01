"""Letters that come back: delivery status notifications, as mail servers write them (RFC 3464)."""

from __future__ import annotations

import email
import email.message
import re
import uuid
from collections.abc import Iterator
from email.message import Message

from messaging.providers.email.codes import fact_days, status_of
from messaging.providers.news import News, Receipt, Unknown

_OURS = re.compile(r"<?([0-9a-f]{32})@")


def news_of(raw: str) -> list[News]:
    """What a notification says of a letter of ours. A mail that says nothing of one is unknown."""
    mail = email.message_from_string(raw)
    uid, recipients = _uid(mail), list(_recipients(mail))
    if uid is None or not recipients:
        return [Unknown("mail")]
    found = (_told(uid, fields) for fields in recipients)
    return [each for each in found if each is not None]


def _told(uid: uuid.UUID, fields: Message) -> Receipt | None:
    """What became of it at one recipient; None while nothing is decided ("delayed", 4.x.x)."""
    action = str(fields.get("Action", "")).strip().lower()
    status = status_of(str(fields.get("Status", "")))
    if action == "failed" and status.startswith("5."):
        return Receipt("failed", uid, "", None, code=status, fact_days=fact_days(status))
    return Receipt("delivered", uid, "", None) if action == "delivered" else None


def event_of(raw: str) -> str:
    """The kind of mail it is, for people who look: never its words."""
    kind = email.message_from_string(raw).get_content_type()
    return kind[:60]


def key_of(raw: str) -> str:
    """What makes two copies of a notification one: the letter, and what each recipient met."""
    mail = email.message_from_string(raw)
    uid = _uid(mail)
    said = [f"{each.get('Action', '')}:{each.get('Status', '')}" for each in _recipients(mail)]
    return f"{uid.hex if uid else ''}:{','.join(said)}"[:180]


def _groups(mail: Message) -> Iterator[Message]:
    """The groups of fields of its status: one about the letter, then one for each recipient."""
    for part in mail.walk():
        groups = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(groups, list):
            yield from (each for each in groups if isinstance(each, Message))


def _recipients(mail: Message) -> Iterator[Message]:
    return (group for group in _groups(mail) if group["Action"])


def _uid(mail: Message) -> uuid.UUID | None:
    """Our letter: by the name of its envelope, or by the Message-ID in what came back of it."""
    named = [str(group.get("Original-Envelope-Id", "")) for group in _groups(mail)]
    for part in mail.walk():
        inner = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(inner, list):
            named += [str(each["Message-ID"]) for each in inner if isinstance(each, Message)][:1]
        if part.get_content_type() == "text/rfc822-headers":
            headers = part.get_payload(decode=True)
            text = headers.decode("utf-8", "replace") if isinstance(headers, bytes) else ""
            named.append(str(email.message_from_string(text).get("Message-ID", "")))
    return next((uid for text in named if (uid := _match(text))), None)


def _match(text: str) -> uuid.UUID | None:
    found = _OURS.search(text)
    return uuid.UUID(found[1]) if found else None
