"""The local gateway as a process of its own, and somebody who hears its receipts."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from config.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
HOUR, DAY = 3600.0, 86_400.0
OA = {
    "oa_id": "4318527", "app_id": "77", "app_secret": "app-secret", "oa_secret": "oa-secret",
    "name": "Nha khoa An Tâm", "access_token": "first-access", "refresh_token": "first-refresh",
    "webhook_url": "",
}  # fmt: skip
SMS = {"api_key": "key", "secret_key": "secret", "brandnames": ["NKAnTam"], "price": 350}
TEMPLATE = {
    "id": "501",
    "name": "Nhắc lịch hẹn",
    "title": "Nhắc lịch hẹn",
    "text": "Chào <ten>, An Tâm nhắc lịch hẹn lúc <gio>.",
    "params": [
        {"name": "ten", "type": "NAME", "maxLength": 30},
        {"name": "gio", "type": "TIME", "maxLength": 20},
        {"name": "ma", "type": "STRING", "maxLength": 60, "require": False},
    ],
    "buttons": [{"title": "Xem lịch hẹn", "url": "http://an-tam.localhost:8000/k/<ma>"}],
}
DATA = {"ten": "chị Trang", "gio": "15:30 17/11/2026", "ma": "abc"}


def until(found: Callable[[], Any], seconds: float = 10) -> Any:
    """What `found` returns once it is true."""
    limit = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < limit, "did not happen"
        time.sleep(0.03)
    return answer


class GatewayServer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.smtp_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.clock_file = folder / "product-clock.json"
        self.http = requests.Session()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> GatewayServer:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop(signal.SIGKILL)
        self.http.close()

    def command(self) -> list[str]:
        state = str(self.folder / "state")
        options = ["--port", str(self.port), "--state", state, "--delay", "0.05"]
        options += ["--smtp-port", str(self.smtp_port)]
        return [sys.executable, "-m", "messaging.gateway", *options]

    def start(self) -> None:
        env = dict(os.environ) | {"CRM_CLOCK_FILE": str(self.clock_file), "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(self.command(), env=env, cwd=self.folder)
        until(self._answers)

    def _answers(self) -> bool:
        try:
            return self.http.get(f"{self.base}/healthz", timeout=2).text == "ok"
        except requests.ConnectionError:
            return False

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(with_signal)
        return self._process.wait(10)

    def fresh(self) -> None:
        """As a new gateway with one account of each kind and one template."""
        self.advance(None)
        self.control("reset", {"everything": True})
        self.control("accounts", [OA, SMS])
        self.control("templates", [TEMPLATE])

    def advance(self, seconds: float | None) -> None:
        """Move the product's clock to `seconds` from real time."""
        if seconds is None:
            self.clock_file.unlink(missing_ok=True)
            return
        new = self.clock_file.with_suffix(".new")
        new.write_text(json.dumps({"offset_seconds": seconds}))
        new.replace(self.clock_file)

    def control(self, what: str, values: Any = None) -> Any:
        address = f"{self.base}/control/{what}"
        answer = self.http.get(address) if values is None else self.http.post(address, json=values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def zalo(self, phone: str = "84903418276", token: str = "first-access", **more: Any) -> Any:
        body = {
            "phone": phone,
            "template_id": "501",
            "template_data": DATA,
            "tracking_id": "t-1",
        } | more
        return self.zalo_raw(json.dumps(body).encode(), token)

    def zalo_raw(self, body: bytes, token: str = "first-access") -> Any:
        answer = self.http.post(
            f"{self.base}/zalo-business/message/template",
            data=body,
            headers={"access_token": token},
        )
        assert answer.status_code == 200
        return answer.json()

    def zalo_get(self, path: str, token: str = "first-access", **query: str) -> requests.Response:
        address = f"{self.base}/zalo-business/{path}"
        return self.http.get(address, params=query, headers={"access_token": token})

    def sms(self, **more: Any) -> Any:
        body = {
            "ApiKey": "key", "SecretKey": "secret", "Content": "An Tam nhac chi Trang",
            "Phone": "0903418276", "Brandname": "NKAnTam", "SmsType": "2", "RequestId": "r-1",
        } | more  # fmt: skip
        return self.http.post(
            f"{self.base}/esms/SendMultipleMessage_V4_post_json/", json=body
        ).json()

    def book(self, **query: str) -> list[dict[str, Any]]:
        answer = self.http.get(f"{self.base}/control/book", params=query).json()
        return list(answer["messages"])

    def settled(self, message_id: str) -> dict[str, Any]:
        """The message once it is no longer under way."""

        def found() -> dict[str, Any] | None:
            row = next(row for row in self.book() if row["id"] == message_id)
            return row if row["state"] != "accepted" else None

        return dict(until(found))


@dataclass
class Heard:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def signed_by(self, app_id: str, secret: str) -> bool:
        said = json.loads(self.body)["timestamp"]
        mac = hashlib.sha256(
            app_id.encode() + self.body + said.encode() + secret.encode()
        ).hexdigest()
        return self.headers["X-ZEvent-Signature"] == f"mac={mac}"


@dataclass
class Listener:
    """A web server that hears receipts; `answers` says how the next ones are taken."""

    heard: list[Heard] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Listener:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                listener.hear(self)

            do_POST = do_GET  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def hear(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        url = urlsplit(request.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        status = self.answers.pop(0) if self.answers else 200
        self.heard.append(Heard(request.command, url.path, query, dict(request.headers), body))
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.send_header("Connection", "close")
        request.end_headers()
        request.close_connection = True
