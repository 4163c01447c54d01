"""How requests to eSMS are written and its answers read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings

from messaging.providers.base import Account, OutcomeUnknown, Reply, Request


def keys(account: Account) -> dict[str, str]:
    """What stands in every request instead of a signature."""
    said = json.loads(account.credentials)
    return {"ApiKey": said["api_key"], "SecretKey": said["secret_key"]}


def dialled(phone: str) -> str:
    """An E.164 number of Viet Nam as eSMS reads it: 0903418276."""
    return "0" + phone.removeprefix("+84")


def post(path: str, body: Mapping[str, object]) -> Request:
    """A call with everything in its body, where no log keeps it."""
    return Request(
        "POST",
        f"{settings.ESMS_URL}/{path}",
        {"Content-Type": "application/json"},
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
    )


def whole(value: object) -> int:
    """A whole number out of "350.0000", 350.0 or nothing."""
    try:
        return round(float(str(value)))
    except (ValueError, OverflowError):
        return 0


def understand(reply: Reply) -> dict[str, Any]:
    """The JSON object an answer is. Raises OutcomeUnknown for anything else."""
    try:
        answer = json.loads(reply.body)
    except ValueError as error:
        raise OutcomeUnknown(f"HTTP {reply.status}") from error
    if reply.status >= 500 or not isinstance(answer, dict):
        raise OutcomeUnknown(f"HTTP {reply.status}")
    return cast("dict[str, Any]", answer)
