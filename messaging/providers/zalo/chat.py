"""What a person of the clinic says to somebody on Zalo, and what Zalo tells of her.

The Official Account's host (docs/providers.md). Free text goes only to who did something within
seven days; whether it is free, and what is left, is read from the answer, never assumed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from django.conf import settings
from urllib3.filepost import encode_multipart_formdata

from messaging.models import ProviderAccount
from messaging.providers.base import (
    Asks,
    Consulted,
    Person,
    ProviderError,
    Request,
    Scope,
)
from messaging.providers.zalo import tokens, wire
from messaging.providers.zalo.codes import Family

MOST_LETTERS = 2_000
MOST_OF_IMAGE, MOST_OF_FILE = 1_000_000, 5_000_000
IMAGES = (".jpg", ".jpeg", ".png")
FILES = (".pdf", ".doc", ".docx", ".csv")
#: Where Zalo keeps what people send, as its webhooks were seen to name it.
HOSTS = ("zalo.me", "zaloapp.com", "zdn.vn", "zadn.vn", "dlfl.vn", "dlfl.me")
#: VND for an answer beyond 48 hours that no package covers, and what Zalo calls the shares.
PRICE = 55
FREE_SHARES = frozenset({"reply", "welcome_msg", "sub_quota", "reward_quota"})
BOUGHT = "purchase_quota"
_HERE = {"localhost", "127.0.0.1"}

Found = TypeVar("Found")


def consult(
    account: ProviderAccount,
    user_id: str,
    *,
    text: str = "",
    image: str = "",
    file: str = "",
    asks: Asks | None = None,
    quotes: str = "",
) -> Consulted:
    """Write to somebody. `image`, `file`: what an upload gave; `asks`: a request for her name and
    number; `quotes`: the message that is answered. Raises ProviderError, OutcomeUnknown."""
    if len(text) > MOST_LETTERS:
        raise _too_long()
    body = {"recipient": {"user_id": user_id}, "message": _message(text, image, file, asks, quotes)}
    data = _post(account, "/v3.0/oa/message/cs", body)
    given = data.get("quota")
    quota: Mapping[str, Any] = given if isinstance(given, dict) else {}
    share = str(quota.get("quota_type") or "")
    return Consulted(
        str(data.get("message_id") or ""),
        share,
        0 if share in FREE_SHARES else PRICE if share == BOUGHT else None,
        wire.whole(quota.get("remain")),
        wire.whole(quota.get("total")),
    )


def _message(text: str, image: str, file: str, asks: Asks | None, quotes: str) -> dict[str, object]:
    said: dict[str, object] = {"text": text} if text else {}
    if quotes:
        said["quote_message_id"] = quotes
    if image:
        media = {"media_type": "image", "attachment_id": image}
        payload: dict[str, object] = {"template_type": "media", "elements": [media]}
        said["attachment"] = {"type": "template", "payload": payload}
    elif file:
        said["attachment"] = {"type": "file", "payload": {"token": file}}
    elif asks is not None:
        element = {"title": asks.title, "subtitle": asks.subtitle, "image_url": asks.image_url}
        payload = {"template_type": "request_user_info", "elements": [element]}
        said["attachment"] = {"type": "template", "payload": payload}
    return said


def upload_image(account: ProviderAccount, name: str, raw: bytes) -> str:
    """What names the picture for seven days. Raises ProviderError, OutcomeUnknown."""
    if len(raw) > MOST_OF_IMAGE or not name.lower().endswith(IMAGES):
        raise _too_long()
    return str(_upload(account, "image", name, raw).get("attachment_id") or "")


def upload_file(account: ProviderAccount, name: str, raw: bytes) -> str:
    """What names the file for seven days. Raises ProviderError, OutcomeUnknown."""
    if len(raw) > MOST_OF_FILE or not name.lower().endswith(FILES):
        raise _too_long()
    return str(_upload(account, "file", name, raw).get("token") or "")


def lies_at(url: str) -> bool:
    """Whether an address is one of Zalo's own: https at its hosts, or the host we were told to
    speak to (the local gateway)."""
    asked, ours = urlsplit(url), urlsplit(settings.ZALO_OPENAPI_URL)
    host = (asked.hostname or "").lower()
    try:
        alike = (asked.scheme, asked.port) == (ours.scheme, ours.port)
    except ValueError:  # no number
        return False
    if alike and (host == ours.hostname or {host, ours.hostname} <= _HERE):
        return True
    named = any(host == each or host.endswith(f".{each}") for each in HOSTS)
    return asked.scheme == "https" and asked.port in (None, 443) and named


def person(account: ProviderAccount, user_id: str) -> Person:
    """What Zalo tells of somebody. Raises ProviderError, OutcomeUnknown."""
    data = _get(account, "/v3.0/oa/user/detail", {"user_id": user_id})
    gave = data.get("shared_info")
    shared: Mapping[str, Any] = gave if isinstance(gave, dict) else {}
    return Person(
        user_id=str(data.get("user_id") or user_id),
        name=str(data.get("display_name") or ""),
        picture=str(data.get("avatar") or ""),
        follows=data.get("user_is_follower") is True,
        shared_name=str(shared.get("name") or ""),
        shared_phone=str(shared.get("phone") or ""),
    )


def left_for(account: ProviderAccount, user_id: str) -> Consulted:
    """How many free answers are left to her now. Raises ProviderError, OutcomeUnknown."""
    data = _post(account, "/v3.0/oa/quota/message", {"user_id": user_id})
    gave = data.get("cs_reply")
    reply: Mapping[str, Any] = gave if isinstance(gave, dict) else {}
    left, total = wire.whole(reply.get("remain")), wire.whole(reply.get("total"))
    return Consulted("", "reply", 0, left, total)


def _too_long() -> ProviderError:
    return ProviderError("-210", "", scope=Scope.TEMPLATE, permanent=True)


# ---------------------------------------------------------------------- the wire


def _post(account: ProviderAccount, path: str, body: object) -> dict[str, Any]:
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return _ask(
        account,
        lambda headers: Request(
            "POST",
            f"{settings.ZALO_OPENAPI_URL}{path}",
            {**headers, "Content-Type": "application/json"},
            raw,
        ),
    )


def _get(account: ProviderAccount, path: str, data: object) -> dict[str, Any]:
    asked = quote(json.dumps(data, separators=(",", ":")))
    url = f"{settings.ZALO_OPENAPI_URL}{path}?data={asked}"
    return _ask(account, lambda headers: Request("GET", url, headers))


def _upload(account: ProviderAccount, kind: str, name: str, raw: bytes) -> dict[str, Any]:
    body, content_type = encode_multipart_formdata({"file": (name, raw)})
    url = f"{settings.ZALO_OPENAPI_URL}/v2.0/oa/upload/{kind}"
    return _ask(
        account,
        lambda headers: Request("POST", url, {**headers, "Content-Type": content_type}, body),
    )


def _ask(account: ProviderAccount, request: Callable[[dict[str, str]], Request]) -> dict[str, Any]:
    """One call, and once more with another token where that was what was wrong."""
    return wire.with_token(
        account,
        lambda: _fields(wire.once(request(wire.headers(account.credentials)), Family.OPENAPI)),
        tokens.renew,
    )


def _fields(data: object) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}
