"""Zalo's consultation messages: a free answer to somebody who wrote in the last seven days."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.conf import settings

from clinics import clock
from messaging.providers.base import (
    Accepted,
    OutcomeUnknown,
    ProviderError,
    Reply,
    Request,
    Scope,
)

LONGEST = 2_000
#: A new access token may help; the minute's limit is over soon. All others are refusals for good.
_TOKEN = frozenset({-124, -216, -220})
_LATER = {-32: 1, -200: 2}


#: Of the question for her name and number: letters of the title, and of what stands under it.
_TITLE, _SUBTITLE = 100, 500


def request(headers: dict[str, str], person: str, text: str, *, asks_number: bool) -> Request:
    """The request that says a text to a user, or asks her with it for her name and number."""
    message: dict[str, Any] = {"text": text[:LONGEST]}
    if asks_number:
        element = {"title": text[:_TITLE], "subtitle": text[:_SUBTITLE], "image_url": ""}
        payload = {"template_type": "request_user_info", "elements": [element]}
        message = {"attachment": {"type": "template", "payload": payload}}
    body = {"recipient": {"user_id": person}, "message": message}
    return Request(
        "POST",
        f"{settings.ZALO_OPENAPI_URL}/v3.0/oa/message/cs",
        {**headers, "Content-Type": "application/json"},
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
    )


def understood(reply: Reply) -> Accepted:
    """What the answer says. Raises ProviderError, OutcomeUnknown."""
    try:
        answer: dict[str, Any] = json.loads(reply.body)
        code = int(answer["error"])
    except (ValueError, KeyError, TypeError) as error:
        raise OutcomeUnknown(f"HTTP {reply.status}") from error
    if reply.status >= 500:
        raise OutcomeUnknown(f"HTTP {reply.status}")
    if code == 0:
        data = answer.get("data")
        return Accepted(str(data.get("message_id") or "") if isinstance(data, dict) else "")
    wait = _LATER.get(code)
    raise ProviderError(
        str(code),
        str(answer.get("message") or ""),
        scope=Scope.ACCOUNT if code in _TOKEN else Scope.CONTACT_POINT,
        permanent=wait is None and code not in _TOKEN,
        retry_at=clock.now() + dt.timedelta(minutes=wait) if wait else None,
        renew=code in _TOKEN,
    )
