"""Zalo's webhooks: whose they are, whether they are genuine, what they say."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from typing import Any


def event_of(raw: bytes) -> dict[str, Any]:
    """The event, or nothing when there is none in it (Zalo's probe sends an empty body)."""
    try:
        event = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def genuine(raw: bytes, credentials: str, signature: str) -> bool:
    """Whether the signature fits: SHA-256 of app id, raw body, timestamp and the OA's secret."""
    event, said = event_of(raw), json.loads(credentials)
    secret = said.get("oa_secret") or said["app_secret"]
    text = str(said["app_id"]).encode() + raw + str(event.get("timestamp", "")).encode()
    mac = hashlib.sha256(text + secret.encode()).hexdigest()
    given = signature.strip().removeprefix("mac").lstrip(" =").lower()
    return hmac.compare_digest(mac.encode(), given.encode("utf-8", "replace"))


def account_ids(event: Mapping[str, Any]) -> list[str]:
    """Every id in an event that may be an Official Account's, the likeliest first."""
    people = [event.get("oa_id"), event.get("oaId")]
    for side in ("sender", "recipient"):
        part = event.get(side)
        people.append(part.get("id") if isinstance(part, dict) else None)
    return [str(each) for each in people if each]


def dedupe_key(event: Mapping[str, Any]) -> str:
    """The same news twice has the same key, however often it is delivered."""
    name = str(event.get("event_name", ""))
    message = event.get("message")
    message = message if isinstance(message, dict) else {}
    about = message.get("msg_id") or event.get("msg_id") or message.get("tracking_id")
    if not about:
        ids = message.get("msg_ids")
        about = ",".join(map(str, ids)) if isinstance(ids, list) else ""
    if not about:
        about = f"{event.get('timestamp', '')}:{','.join([*account_ids(event), *_subjects(event)])}"
    digest = hashlib.sha256(f"{name}\n{about}".encode()).hexdigest()
    return f"{name[:100]}:{digest[:40]}"


def _subjects(event: Mapping[str, Any]) -> list[str]:
    """Whom or what an event is about, where it names no message: two of one instant are two."""
    ids = [str(event[key]) for key in ("user_id", "template_id", "call_id") if event.get(key)]
    for part in ("follower", "data"):
        inner = event.get(part)
        if isinstance(inner, dict):
            ids += [str(inner[key]) for key in ("id", "user_id") if inner.get(key)]
    return ids


def tracked(text: object) -> uuid.UUID | None:
    """Our message's uid out of a tracking id, or None when it is none of ours."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def instant(milliseconds: object) -> dt.datetime | None:
    """A moment written as milliseconds since 1970 (text or number), or None."""
    try:
        return dt.datetime.fromtimestamp(int(str(milliseconds)) / 1000, tz=dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
