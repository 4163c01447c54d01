"""Reports at speed: whose a report is stays known for some seconds; what waits is stored together.

In the web each request leaves its row and waits; one thread of the process writes all that wait in
one transaction, one INSERT a clinic, and only then are they answered (docs/messages.md, Receipts).
Tests and commands work in a transaction of their own: there a row is written at once.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from queue import Empty, SimpleQueue

import structlog
from django.db import Error, connection, transaction
from django_tenants.utils import schema_context

from clinics.registry.models import ProviderRoute
from messaging import receipts, sql
from messaging.models import ProviderAccount
from messaging.providers.base import Provider
from messaging.providers.news import Arrived

log = structlog.get_logger(__name__)

#: So long a clinic's account is taken for what it was; a route that changed is noticed after it.
KEEP_SECONDS = 5.0
#: So many rows go into one transaction at most.
MOST_TOGETHER = 500
#: A request waits so long for its row. Zalo has gone after two seconds and will tell it again.
PATIENCE_SECONDS = 5.0


class NotStored(Exception):
    """The report is not in the database: it must be told again."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where reports of an account go. The row is shared by threads and only read."""

    schema: str
    account: ProviderAccount
    until: float  # by time.monotonic()


_places: dict[tuple[str, str], Place] = {}


# ---------------------------------------------------------------------------- whose it is


def find(provider: Provider, arrived: Arrived, ids: Sequence[str]) -> tuple[Place | None, bool]:
    """The clinic's account a report is for, and whether the report is genuine.

    What is remembered counts only when the signature fits it; anything else is looked up anew, so
    a renewed secret works at once. Only who has proved himself is remembered: strangers cannot
    fill the memory, and an account is never "nobody's" because it was nobody's a moment ago.
    """
    if _together is not None:
        known = (_places.get((provider.kind, each)) for each in ids)
        now = time.monotonic()
        kept = next((place for place in known if place and place.until > now), None)
        if kept is not None and provider.genuine(arrived, kept.account):
            return kept, True
    place, key = _look_up(provider, ids)
    if place is None:
        return None, False
    genuine = provider.genuine(arrived, place.account)
    if genuine and _together is not None:
        _places[provider.kind, key] = place
    return place, genuine


def _look_up(provider: Provider, ids: Sequence[str]) -> tuple[Place | None, str]:
    with schema_context("public"):
        routes = ProviderRoute.objects.filter(provider=provider.kind, account_id__in=ids)
        route = min(routes, key=lambda each: ids.index(each.account_id), default=None)
    if route is None:
        return None, ""
    key = "callback_token" if provider.has_token_address else "account_id"
    with schema_context(route.schema):
        account = ProviderAccount.objects.filter(
            **{"kind": provider.kind, key: route.account_id}
        ).first()
    if account is None:
        return None, ""
    return Place(route.schema, account, time.monotonic() + KEEP_SECONDS), route.account_id


# ---------------------------------------------------------------------------- storing it


def store(place: Place, arrived: Arrived, *, genuine: bool) -> None:
    """Keep a report; when this returns, it is committed (in a transaction: written). Raises
    NotStored."""
    row = receipts.row_of(account=place.account, arrived=arrived, genuine=genuine)
    if _together is not None:
        _together.put(place.schema, row)
        return
    try:
        with schema_context(place.schema):
            receipts.keep([row])
    except Error as error:
        raise NotStored from error


@dataclass(slots=True)
class _Waiting:
    """A request that waits for its row."""

    schema: str
    row: sql.Reported
    done: threading.Event = field(default_factory=threading.Event)
    stored: bool = False

    @property
    def order(self) -> tuple[str, int, str]:
        """The same in every process: two that write the same news never wait for one another."""
        return self.schema, self.row.account_id, self.row.dedupe_key


class Together:
    """One thread of this process that writes whatever waits, on a connection of its own."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[_Waiting] = SimpleQueue()
        self._pid = 0
        self._starting = threading.Lock()

    def put(self, schema: str, row: sql.Reported) -> None:
        """Have a row written and wait until it is committed. Raises NotStored."""
        self._start()
        waiting = _Waiting(schema, row)
        self._waiting.put(waiting)
        waiting.done.wait(PATIENCE_SECONDS)
        if not waiting.stored:
            raise NotStored

    def _start(self) -> None:
        """The thread belongs to this process: a fork does not take it along."""
        if self._pid == os.getpid():
            return
        with self._starting:
            if self._pid != os.getpid():
                self._waiting = SimpleQueue()
                threading.Thread(target=self._work, name="intake", daemon=True).start()
                self._pid = os.getpid()

    def _work(self) -> None:
        while True:
            write(self._batch())

    def _batch(self) -> list[_Waiting]:
        """Who waits now, one at least. While they are written, the next gather by themselves."""
        batch = [self._waiting.get()]
        while len(batch) < MOST_TOGETHER:
            try:
                batch.append(self._waiting.get_nowait())
            except Empty:
                break
        return batch


def write(batch: Sequence[_Waiting]) -> None:
    """Write rows, all in one transaction; when that fails, each by itself, so that one of them
    stops no other. Then let the requests go. Never raises."""
    batch = sorted(batch, key=lambda each: each.order)
    try:
        connection.close_if_unusable_or_obsolete()  # no request does it for this thread
        if not _tried(batch):
            _alone(batch)
    except Exception:  # the thread must live: without it nothing is taken any more
        log.exception("reports not stored", count=len(batch))
    finally:
        for each in batch:
            each.done.set()


@transaction.atomic
def _write(batch: Sequence[_Waiting]) -> None:
    for schema, group in groupby(batch, key=lambda each: each.schema):
        with schema_context(schema):
            receipts.keep([each.row for each in group])


def _tried(batch: Sequence[_Waiting]) -> bool:
    """Whether they are committed. After a failure the connection is opened anew."""
    try:
        _write(batch)
    except (Error, ValueError) as error:
        log.warning("reports not stored", count=len(batch), error=type(error).__name__)
        connection.close()
        return False
    for each in batch:
        each.stored = True
    return True


def _alone(batch: Sequence[_Waiting]) -> None:
    for each in batch:
        if _tried([each]):
            continue
        _forget(each)
        if not _reachable():
            return


def _reachable() -> bool:
    """Whether the database answers: else nobody after this one needs to wait for a try."""
    try:
        connection.ensure_connection()
    except Error:
        return False
    return True


def _forget(waiting: _Waiting) -> None:
    """Perhaps its clinic has gone: look again next time."""
    for key, place in list(_places.items()):
        if place.schema == waiting.schema:
            _places.pop(key, None)


# ---------------------------------------------------------------------------- in the web

_together: Together | None = None


def enable() -> None:
    """From now on this process remembers accounts and writes together: the web alone asks for it,
    before it forks."""
    global _together
    _together = Together()
