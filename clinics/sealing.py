"""Sealing the trail: closed stretches of rows in one chain of hashes, and proving it whole.

Who writes never waits: rows are appended unchained. A sealer comes after them and closes what
can change no more: rows up to a mark that was taken once all transactions of that time have
ended. See docs/audit.md for what this proves and what not.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Max, Min

from clinics import clock
from clinics.models import AuditBlock, AuditEntry, ChangeEvent
from clinics.sql import changed_past, transactions_now

log = structlog.get_logger("audit")

#: The trails and what of a row is sealed. A column that is added later is not sealed by old
#: blocks: add a trail of a new name with it. `before` is sealed by its hash, so it can be redacted.
TRAILS: dict[str, tuple[type[ChangeEvent] | type[AuditEntry], tuple[str, ...]]] = {
    "change": (
        ChangeEvent,
        (
            "happened_at",
            "actor_id",
            "source",
            "request",
            "kind",
            "deed",
            "object_id",
            "patient_id",
            "fields",
            "before_hash",
            "batch",
            "rows",
        ),
    ),
    "entry": (
        AuditEntry,
        ("happened_at", "actor_id", "verb", "subject", "note", "subjects", "request"),
    ),
}
START = "0" * 64
HASH = 32  # bytes
BLOCK = 20_000  # rows
EVERY = dt.timedelta(minutes=1)
#: A mark rests so long before it is used: an insert may hold its number a moment before it
#: has a transaction's.
REST = dt.timedelta(seconds=30)


def seal_due() -> None:
    """Close what can be closed of both trails (the work of the due kind "audit")."""
    for trail in TRAILS:
        more = _seal_block(trail)
        while more:
            more = _seal_block(trail, goes_on=True)


def next_due() -> dt.datetime | None:
    """In a minute, while rows wait for the sealer or a mark for its use."""
    for trail in TRAILS:
        last = _last(trail)
        if _newest(trail) > (last.last_id if last else 0):
            return clock.now() + EVERY
    return None


def _last(trail: str) -> AuditBlock | None:
    return AuditBlock.objects.filter(trail=trail).defer("ids", "hashes").order_by("-number").first()


def _newest(trail: str) -> int:
    return TRAILS[trail][0].objects.aggregate(newest=Max("id"))["newest"] or 0


def newest(trail: str) -> int:
    """The number of a trail's newest row; 0 before the first."""
    return _newest(trail)


def any_sealed() -> bool:
    """Whether a block stands that can be proved."""
    return AuditBlock.objects.exists()


@transaction.atomic
def _seal_block(trail: str, *, goes_on: bool = False) -> bool:
    """Write the next block, or only a mark when none stands. True when more is to be closed."""
    last = _last(trail)
    newest = _newest(trail)  # first: what has not begun by then writes behind it
    oldest, ahead = transactions_now()
    if last is None:
        if newest:
            _write(trail, None, [], b"", last_id=0, next_id=newest, next_xid=ahead)
        return False
    if last.last_id == newest:
        return False
    if not goes_on and abs(clock.now() - last.sealed_at) < REST:
        return False
    if oldest < last.next_xid <= ahead:  # a number above `ahead` is of another server: restored
        return False
    if last.last_id == last.next_id:  # the mark is used up: take a new one
        _write(trail, last, [], b"", last_id=last.last_id, next_id=newest, next_xid=ahead)
        return False
    ids, hashes = _chained(trail, last.hash, last.last_id, last.next_id)
    full = len(ids) == BLOCK
    until = ids[-1] if full else last.next_id
    marks = (last.next_id, last.next_xid) if full else (newest, ahead)
    _write(trail, last, ids, hashes, last_id=until, next_id=marks[0], next_xid=marks[1])
    return full


def _chained(trail: str, link: str, after: int, until: int) -> tuple[list[int], bytes]:
    ids, hashes = [], bytearray()
    previous = bytes.fromhex(link)
    for pk, content in _rows(trail, after, until, limit=BLOCK):
        previous = _hash(previous, content)
        ids.append(pk)
        hashes += previous
    return ids, bytes(hashes)


def _rows(
    trail: str, after: int, until: int, limit: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """The ids of a stretch, in order, with what is sealed of each row."""
    model, fields = TRAILS[trail]
    rows: Any = model.objects.filter(id__gt=after, id__lte=until).order_by("id")
    for pk, *values in rows.values_list("id", *fields)[:limit].iterator(chunk_size=5000):
        yield pk, _text([pk, *values])


def _text(values: list[Any]) -> bytes:
    return json.dumps(values, default=_plain, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return str(value)


def _hash(previous: bytes, content: bytes) -> bytes:
    return hashlib.sha256(previous + content).digest()


def _write(
    trail: str, last: AuditBlock | None, ids: list[int], hashes: bytes, **marks: int
) -> None:
    block = AuditBlock(
        trail=trail,
        number=last.number + 1 if last else 0,
        sealed_at=clock.now(),
        ids=ids,
        hashes=hashes,
        previous=last.hash if last else START,
        **marks,
    )
    block.hash = _of_block(block)
    block.save(force_insert=True)
    if ids:  # a copy of the chain's end outside the database: `audit verify --expect`
        log.info("sealed", trail=trail, block=block.number, rows=len(ids), head=block.hash)


def _of_block(block: AuditBlock) -> str:
    head = [
        block.trail,
        block.number,
        block.sealed_at,
        block.last_id,
        block.ids,
        block.previous,
        block.next_id,
        block.next_xid,
    ]
    return _hash(_text(head), bytes(block.hashes)).hex()


# proof


@dataclass
class Verdict:
    """What a look at one trail found; `faults` empty = whole."""

    trail: str
    blocks: int = 0
    sealed: int = 0
    unsealed: int = 0
    unsealed_since: dt.datetime | None = None
    head: str = START
    redacted: int = 0
    faults: list[str] = field(default_factory=list)
    heads: set[str] = field(default_factory=set)


def verify(trail: str) -> Verdict:
    """Recompute the whole chain: each row that was altered, removed or put in between is named."""
    found = Verdict(trail)
    last_id = 0
    for block in AuditBlock.objects.filter(trail=trail).order_by("number").iterator(chunk_size=1):
        _check_block(found, block)
        _check_rows(found, block, last_id)
        last_id = block.last_id
        found.blocks += 1
        found.head = block.hash
        found.heads.add(block.hash)
    tail = TRAILS[trail][0].objects.filter(id__gt=last_id)
    found.unsealed = tail.count()
    found.unsealed_since = tail.aggregate(since=Min("happened_at"))["since"]
    if trail == "change":
        altered, found.redacted = changed_past()
        found.faults += [f"row {pk}: what stood there before was altered" for pk in altered]
    return found


def _check_block(found: Verdict, block: AuditBlock) -> None:
    if block.number != found.blocks:
        found.faults.append(f"block {found.blocks}: missing (the next is {block.number})")
        found.blocks = block.number
    elif block.previous != found.head:
        found.faults.append(f"block {block.number}: does not follow the one before it")
    if _of_block(block) != block.hash or len(block.hashes) != HASH * len(block.ids):
        found.faults.append(f"block {block.number}: altered")


def _check_rows(found: Verdict, block: AuditBlock, after: int) -> None:
    standing = dict(_rows(found.trail, after, block.last_id))
    previous = bytes.fromhex(block.previous)
    for place, pk in enumerate(block.ids):
        sealed = bytes(block.hashes[place * HASH : (place + 1) * HASH])
        content = standing.pop(pk, None)
        if content is None:
            found.faults.append(f"row {pk}: removed")
        elif _hash(previous, content) != sealed:
            found.faults.append(f"row {pk}: altered")
        previous = sealed
    found.sealed += len(block.ids)
    found.faults += [f"row {pk}: put in after the sealing" for pk in standing]
