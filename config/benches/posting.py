"""Posts signed receipts of Zalo as fast as they are taken: a process of its own.

Reads what to do as one line of JSON, prints what became of it as another. One thread serves all
connections, so that the client costs the machine little beside the product.
"""

from __future__ import annotations

import hashlib
import json
import selectors
import socket
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: The first moments are not counted: processes open their connections.
WARM_UP_SECONDS = 1.0
#: So long the last answers are waited for.
PATIENCE_SECONDS = 20.0


@dataclass(slots=True)
class Line:
    """One kept connection: what was asked last, and when."""

    link: socket.socket
    ref: str = ""
    asked_at: float = 0.0
    heard: bytes = b""


@dataclass(slots=True)
class Told:
    """What became of the receipts."""

    posted: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)  # by 200
    refused: int = 0  # by anything else
    milliseconds: list[float] = field(default_factory=list)  # of those that count
    seconds: float = 0.0


def receipts(task: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The provider's id of each message, and the request that tells of it: every second one is of
    a message that exists, as long as there are some."""
    known = iter(task["known"])
    number = 0
    while True:
        number += 1
        ref = f"r{number:09}"
        uid = (number % 2 and next(known, None)) or uuid.uuid4().hex
        at = str(task["now_ms"])
        body = json.dumps(
            {
                "event_name": "user_received_message",
                "timestamp": at,
                "app_id": task["app_id"],
                "sender": {"id": task["oa_id"]},
                "recipient": {"id": "84903418276"},
                "message": {"msg_id": ref, "tracking_id": uid, "delivery_time": at},
            }
        ).encode()
        text = task["app_id"].encode() + body + at.encode() + task["secret"].encode()
        mac = hashlib.sha256(text).hexdigest()
        head = (
            f"POST /webhooks/zalo HTTP/1.1\r\nHost: {task['host']}\r\n"
            f"Content-Type: application/json\r\nX-ZEvent-Signature: mac={mac}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        yield ref, head.encode() + body


def post(task: dict[str, Any]) -> Told:
    """Keep every connection busy for the time that was asked for, then hear the last answers."""
    told, todo = Told(), receipts(task)
    selector = selectors.DefaultSelector()
    began = time.perf_counter()
    counted, until = began + WARM_UP_SECONDS, began + WARM_UP_SECONDS + task["seconds"]
    for _ in range(task["connections"]):
        link = socket.create_connection(("127.0.0.1", task["port"]), PATIENCE_SECONDS)
        line = Line(link)
        selector.register(link, selectors.EVENT_READ, line)
        _ask(line, todo, told)
    open_lines = task["connections"]
    while open_lines and time.perf_counter() < until + PATIENCE_SECONDS:
        for key, _events in selector.select(1.0):
            line = key.data
            if not _hear(line, told, counted, until):
                continue
            if time.perf_counter() < until:
                _ask(line, todo, told)
            else:
                selector.unregister(line.link)
                line.link.close()
                open_lines -= 1
    told.seconds = task["seconds"]
    return told


def _ask(line: Line, todo: Iterator[tuple[str, bytes]], told: Told) -> None:
    line.ref, request = next(todo)
    line.heard = b""
    told.posted.append(line.ref)
    line.asked_at = time.perf_counter()
    line.link.sendall(request)


def _hear(line: Line, told: Told, counted: float, until: float) -> bool:
    """Read on; whether the answer is complete. Raises ConnectionError when it never will be."""
    part = line.link.recv(65_536)
    if not part:
        raise ConnectionError("the web hung up")
    line.heard += part
    head, found, body = line.heard.partition(b"\r\n\r\n")
    if not found:
        return False
    length = next(
        int(each.partition(b":")[2])
        for each in head.lower().split(b"\r\n")
        if each.startswith(b"content-length:")
    )
    if len(body) < length:
        return False
    now = time.perf_counter()
    if head.split(b" ", 2)[1] == b"200":
        told.answered.append(line.ref)
        if counted < now < until:
            told.milliseconds.append((now - line.asked_at) * 1000)
    else:
        told.refused += 1
    return True


if __name__ == "__main__":
    found = post(json.loads(sys.stdin.readline()))
    said = {name: getattr(found, name) for name in Told.__slots__}
    sys.stdout.write(json.dumps(said) + "\n")
