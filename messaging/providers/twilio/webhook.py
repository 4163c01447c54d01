"""Twilio's signed callbacks: whether they are genuine, and what they say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from messaging.providers.news import News, Receipt, Said, Unknown
from messaging.providers.twilio.codes import RECIPIENT

DEFAULT_PORTS = {"https": 443, "http": 80}
#: On its way still, or withdrawn by ourselves.
UNDER_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent", "receiving"})
ENDED_BADLY = frozenset({"undelivered", "failed", "canceled"})


def form_of(raw: str) -> dict[str, str]:
    """The fields of a callback, uncut: the signature covers every letter."""
    return dict(parse_qsl(raw, keep_blank_values=True))


def genuine(url: str, raw: bytes, secret: str, signature: str) -> bool:
    """Whether the signature fits: HMAC-SHA1 over the address as Twilio called it and the sorted
    fields. A proxy may have added or taken a port, so both spellings are tried."""
    fields = form_of(raw.decode("utf-8", "replace"))
    said = "".join(name + fields[name] for name in sorted(fields))
    given = signature.strip().encode("utf-8", "replace")
    return any(
        hmac.compare_digest(signed(spelt + said, secret).encode(), given)
        for spelt in spellings(url)
    )


def signed(text: str, secret: str) -> str:
    mac = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(mac).decode()


def spellings(url: str) -> Iterator[str]:
    """An address as it stands, without its port, and with its scheme's own."""
    yield url
    parts = urlsplit(url)
    host = parts.hostname or ""
    yield urlunsplit(parts._replace(netloc=host))
    if parts.port is None and parts.scheme in DEFAULT_PORTS:
        yield urlunsplit(parts._replace(netloc=f"{host}:{DEFAULT_PORTS[parts.scheme]}"))


def event_of(fields: dict[str, str]) -> str:
    return fields.get("MessageStatus") or fields.get("SmsStatus") or ""


def news_of(fields: dict[str, str]) -> list[News]:
    """What a callback says; it gives no time of its own."""
    ref, status = fields.get("MessageSid", ""), event_of(fields)
    if status == "received":
        return [Said(fields.get("From", ""), ref, None, fields.get("Body", ""))]
    found = receipt_of(status, ref, fields.get("ErrorCode", ""))
    if found is None:
        return [] if status in UNDER_WAY else [Unknown(status[:60])]
    return [found]


def receipt_of(
    status: str, ref: str, code: str, *, cost: int | None = None, uid: uuid.UUID | None = None
) -> Receipt | None:
    """What a status means for a message; None while it is under way."""
    if status in ("delivered", "read"):
        return Receipt("seen" if status == "read" else "delivered", uid, ref, None, cost=cost)
    if status in ENDED_BADLY:
        days = RECIPIENT.get(code, 0)
        return Receipt("failed", uid, ref, None, code=code or status, cost=cost, fact_days=days)
    return None
