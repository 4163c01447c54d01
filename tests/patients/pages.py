"""How the tests of pages ask: as htmx does, and what they read in the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

HTMX = {"HX-Request": "true"}


def text(answer: Any) -> str:
    """The body of an answer, as letters."""
    return str(answer.content.decode())


def part(client: Client, address: str) -> Any:
    """A part of a page, as htmx asks for it."""
    return client.get(address, headers=HTMX)


def press(client: Client, address: str, **values: Any) -> Any:
    """A button or form, as htmx sends it."""
    return client.post(address, values, headers=HTMX)


def said(answer: Any) -> str:
    """The sentence that tells what was done, or why it was not."""
    sentence: str = json.loads(answer["HX-Trigger"])["toast"]["text"]
    return sentence


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    """The statements inside; `statements` says how many."""
    with CaptureQueriesContext(connection) as seen:
        yield seen


#: Entering the clinic, and finding it by its host when the short memory of that has just run out.
_NOT_OURS = ("search_path", "registry_")


def statements(seen: CaptureQueriesContext) -> int:
    """How many statements the page itself cost."""
    return sum(
        not any(name in query["sql"] for name in _NOT_OURS) for query in seen.captured_queries
    )
