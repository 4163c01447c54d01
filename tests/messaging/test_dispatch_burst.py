"""Many requests over kept connections: nothing of one account goes along with another's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from messaging.providers.base import Reply, Request
from messaging.providers.http import Burst


class _Setting(BaseHTTPRequestHandler):
    """Answers with a cookie and keeps what it was sent."""

    protocol_version = "HTTP/1.1"
    cookies: list[str | None]

    def do_GET(self) -> None:
        self.cookies.append(self.headers["Cookie"])
        self.send_response(200)
        self.send_header("Set-Cookie", "session=first-account; Path=/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    _Setting.cookies = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Setting) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.mark.django_db
def test_a_cookie_is_not_carried_to_the_next_request(address: str) -> None:
    with Burst() as burst:
        for _ in range(3):
            (outcome,) = burst.send([Request("GET", address)], in_flight=1)
            assert isinstance(outcome, Reply)
    assert _Setting.cookies == [None, None, None]
