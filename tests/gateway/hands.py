"""What tests of the gateway do again and again: act as the patient, call the OA host, listen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import requests

from tests.messaging.gateway_server import OA, GatewayServer, Heard, Listener, until

PHONE = "+84903418276"
OA_ID = str(OA["oa_id"])
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def act(gateway: GatewayServer, do: str, phone: str = PHONE, **more: Any) -> dict[str, Any]:
    return dict(gateway.control(f"phones/{phone}/act", {"do": do} | more))


def user(gateway: GatewayServer, phone: str = PHONE) -> str:
    """The Zalo user id of a patient who has just written."""
    return str(act(gateway, "text", phone, text="Chào phòng khám")["user_id"])


def oa_post(
    gateway: GatewayServer, path: str, body: Any, token: str = "first-access", **headers: str
) -> Any:
    answer = requests.post(
        f"{gateway.base}/zalo-openapi/{path}",
        data=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers={"access_token": token} | headers,
        timeout=5,
    )
    assert answer.status_code == 200
    return answer.json()


def oa_get(gateway: GatewayServer, path: str, data: Any = None) -> Any:
    query = {} if data is None else {"data": json.dumps(data)}
    address = f"{gateway.base}/zalo-openapi/{path}"
    return gateway.http.get(address, params=query, headers={"access_token": "first-access"}).json()


def cs(gateway: GatewayServer, user_id: str, text: str = "Dạ chị ơi", **message: Any) -> Any:
    said = message or {"text": text}
    body = {"recipient": {"user_id": user_id}, "message": said}
    return oa_post(gateway, "v3.0/oa/message/cs", body)


def listen(gateway: GatewayServer, listener: Listener, **switches: Any) -> None:
    """Let the account tell its events to `listener`."""
    if switches:
        gateway.control("webhooks", switches)
    url = f"http://localhost:{listener.port}/webhooks/zalo"
    gateway.control("accounts", {"oa_id": OA_ID, "webhook_url": url})


def told(listener: Listener, name: str, count: int = 1) -> list[tuple[Heard, dict[str, Any]]]:
    """The first `count` calls that tell this event, once they have come."""

    def found() -> list[tuple[Heard, dict[str, Any]]]:
        calls = [(heard, json.loads(heard.body or b"{}")) for heard in list(listener.heard)]
        return [call for call in calls if call[1].get("event_name") == name]

    enough: Callable[[], Any] = lambda: len(found()) >= count  # noqa: E731
    until(enough)
    return found()
