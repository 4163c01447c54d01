"""Who is writing: told to the database with each write, so its triggers can note it.

The word travels in front of the statement itself and lasts for its transaction alone: a
connection that serves the next person carries nothing of the last one (docs/audit.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import structlog
from django.db import connection
from psycopg2.extensions import TRANSACTION_STATUS_INTRANS

from clinics import clock
from clinics.sql import forget_act

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|MERGE|WITH)\b", re.IGNORECASE)


@dataclass
class Act:
    """One request, task or command; `actor` is known once she is admitted."""

    source: str  # web, api, task, command
    request: str
    actor: int | None = None


_act: ContextVar[Act | None] = ContextVar("act", default=None)


@contextmanager
def within(source: str) -> Iterator[None]:
    """Whatever is written inside is noted with this source and the log's request id."""
    request = str(structlog.contextvars.get_contextvars().get("request_id", "")) or uuid4().hex[:12]
    token = _act.set(Act(source, request))
    try:
        with connection.execute_wrapper(_carry):
            yield
    finally:
        _act.reset(token)
        _let_go()


def admitted(staff_id: int, *, source: str = "") -> None:
    """From here on it is this person who acts."""
    act = _act.get()
    if act is not None:
        act.actor = staff_id
        act.source = source or act.source


def request_id() -> str:
    """The id of the request or task under way; "" outside of one."""
    act = _act.get()
    return act.request if act else ""


def _carry(
    execute: Callable[..., Any],
    sql: Any,
    params: Any,
    many: bool,  # noqa: FBT001 - Django's own signature
    context: dict[str, Any],
) -> Any:
    act = _act.get()
    if act is None or many or not isinstance(sql, str) or not _WRITES.match(sql):
        return execute(sql, params, many, context)
    word = {"source": act.source, "request": act.request, "now": clock.now().isoformat()}
    if act.actor is not None:
        word["actor"] = str(act.actor)
    return execute(
        f"SELECT set_config('crm.act', {_literal(word)}, true); {sql}", params, many, context
    )


def _literal(word: dict[str, str]) -> str:
    """As an SQL literal: what stands in it is ours, and neither a quote nor a percent sign."""
    return "'" + re.sub(r"['%\\]", "", json.dumps(word)) + "'"


def _let_go() -> None:
    """In a transaction that goes on without us, the word must not stand any longer."""
    link = connection.connection
    if link is None or link.closed:
        return
    if link.info.transaction_status == TRANSACTION_STATUS_INTRANS:
        forget_act(link)
