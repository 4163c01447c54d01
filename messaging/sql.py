"""The few statements of this app that the ORM cannot say."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from django.db import connection
from psycopg2 import Binary


def here() -> str:
    """The schema of the clinic we are in."""
    return str(connection.schema_name)  # type: ignore[attr-defined]


@contextmanager
def session_lock(name: str) -> Iterator[None]:
    """Wait for a lock of this clinic that outlives transactions; a killed process drops it."""
    key = f"{here()}:{name}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


_SPENT = """
SELECT COALESCE(sum(cost), 0) FROM (
    SELECT cost FROM messaging_message WHERE accepted_at >= %(first)s AND accepted_at < %(until)s
    UNION ALL
    SELECT cost FROM messaging_talkline WHERE accepted_at >= %(first)s AND accepted_at < %(until)s
) AS taken
"""


def spent(first: dt.datetime, until: dt.datetime) -> int:
    """VND for what providers took between two instants: messages, and answers of the desk."""
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, {"first": first, "until": until})
        return int(cursor.fetchone()[0])


@dataclass(slots=True)
class Claimed:
    """A message that is ours to send now, with what its provider needs; `price` as the lists say
    (messaging/costs.py)."""

    id: int
    uid: uuid.UUID
    values: dict[str, str]
    text: str
    tries: int
    queued_at: dt.datetime
    limit_at: dt.datetime | None
    to: str
    to_kind: str
    is_ad: bool
    title: str
    keeps_accents: bool
    template_pk: int
    template_id: str
    params: str
    parts: int | None
    price_phone: int | None
    price_user: int | None
    code: str  # of the try before
    nonce: bytes | None  # of its link
    price: int | None = None


# An attempt that the version before queued has no link of its own and goes out with the nearest
# earlier attempt's.
_CLAIM = """
WITH mine AS (
    SELECT id FROM messaging_message
    WHERE state = 'queued' AND account_id = %(account)s AND due_at <= %(now)s
      AND is_ad = %(ads)s AND (error_code = 'no_answer'  -- begun: it is settled by its own key
        OR ((safety OR NOT %(safety_only)s) AND (valid_until IS NULL OR valid_until > %(now)s)))
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE messaging_message m
SET state = 'calling', called_at = %(now)s, tries = m.tries + 1,
    due_at = CASE WHEN m.limit_at IS NULL THEN %(until)s
                  ELSE LEAST(%(until)s, GREATEST(m.limit_at, %(soonest)s)) END
FROM mine, patients_contactpoint c, messaging_template t
WHERE m.id = mine.id AND c.id = m.contact_point_id AND t.id = m.template_id
RETURNING m.id, m.uid, m.values, m.text, m.tries, m.queued_at, m.limit_at,
          c.value, c.kind, m.is_ad, t.title, t.keep_accents, t.id, t.provider_id, t.params,
          m.parts, t.price_phone, t.price_user, m.error_code,
          (SELECT l.nonce FROM messaging_link l WHERE l.intent = m.intent
           AND l.attempt <= m.attempt ORDER BY l.attempt DESC LIMIT 1)
"""


def claim(
    *,
    account: int,
    ads: bool,
    limit: int,
    now: dt.datetime,
    until: dt.datetime,
    soonest: dt.datetime,
    safety_only: bool = False,
) -> list[Claimed]:
    """Take due messages of an account, care or advertising, and mark them as being handed over:
    one statement.

    `until`: when somebody must look again if we are gone; the purpose's own limit may bring
    that forward, but not before `soonest`. `safety_only`: leave other care, except what a
    provider may have taken already.
    """
    said: dict[str, Any] = {
        "account": account,
        "ads": ads,
        "limit": limit,
        "now": now,
        "until": until,
        "soonest": soonest,
        "safety_only": safety_only,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, said)
        rows = [Claimed(*row) for row in cursor.fetchall()]
    for row in rows:
        # Django leaves jsonb of a plain cursor as text, and psycopg2 bytes as a view of memory.
        row.values = json.loads(cast("str", row.values))
        row.nonce = None if row.nonce is None else bytes(row.nonce)
    return rows


class Settled(NamedTuple):
    """How one handing-over ended."""

    id: int
    state: str
    provider_ref: str = ""
    error_code: str = ""
    error_text: str = ""
    due_at: dt.datetime | None = None
    accepted_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    cost: int | None = None

    @property
    def ending(self) -> tuple[Any, ...]:
        """What many of a batch have in common, in the order of the statement below."""
        _id, state, _ref, *rest, _cost = self
        return (state, *rest)


# A receipt may be faster than this statement: then the row has moved on and only learns its
# provider's id. `due_at` of a row that moved on is its own business. Most of a batch ends alike,
# and to write instants out costs more than all else: so each ending is sent once.
_SETTLE = """
UPDATE messaging_message m
SET provider_ref = CASE WHEN m.provider_ref = '' THEN v.ref ELSE m.provider_ref END,
    accepted_at = COALESCE(m.accepted_at, v.accepted_at),
    price = COALESCE(m.price, v.cost),
    cost = COALESCE(m.cost, v.cost),
    state = CASE WHEN m.state = 'calling' THEN v.state ELSE m.state END,
    due_at = CASE WHEN m.state = 'calling' THEN v.due_at ELSE m.due_at END,
    ended_at = CASE WHEN m.state = 'calling' THEN v.ended_at ELSE m.ended_at END,
    error_code = CASE WHEN m.state = 'calling' THEN v.code ELSE m.error_code END,
    error_text = CASE WHEN m.state = 'calling' THEN v.text ELSE m.error_text END
FROM (
    SELECT u.id, u.ref, u.cost, e.*
    FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[]) AS u (id, ref, cost, ending)
    JOIN unnest(
        %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[]
    ) WITH ORDINALITY AS e (state, code, text, due_at, accepted_at, ended_at, place)
    ON e.place = u.ending
) v
WHERE m.id = v.id
RETURNING m.id, m.state
"""


def settle(rows: Sequence[Settled]) -> dict[int, str]:
    """Write how handings-over ended, in one statement. Returns the state each row now has."""
    if not rows:
        return {}
    endings: dict[tuple[Any, ...], int] = {}
    placed = [endings.setdefault(row.ending, len(endings) + 1) for row in rows]
    columns: list[list[Any]] = [
        [row.id for row in rows],
        [row.provider_ref for row in rows],
        [row.cost for row in rows],
        placed,
        *([each[place] for each in endings] for place in range(6)),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, columns)
        return dict(cursor.fetchall())


_PUT_OFF = """
UPDATE messaging_message
SET due_at = %(opening)s + random() * %(jitter)s::interval
WHERE state = 'queued' AND due_at <= %(now)s AND (NOT safety OR %(all)s)
"""


def put_off(
    *, now: dt.datetime, opening: dt.datetime, jitter: dt.timedelta, everything: bool
) -> int:
    """Let what is due wait for the opening and a random part of the jitter; safety messages only
    with `everything`. Returns how many."""
    said: dict[str, Any] = {"now": now, "opening": opening, "jitter": jitter, "all": everything}
    with connection.cursor() as cursor:
        cursor.execute(_PUT_OFF, said)
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class OverCap:
    """Due advertising that would be one too many for its reader."""

    id: int
    oldest: dt.datetime | None  # of those she had in the window


_OVER_CAP = """
WITH due AS (
    SELECT id, contact_point_id, row_number() OVER (
        PARTITION BY contact_point_id ORDER BY due_at, id) AS place
    FROM messaging_message
    WHERE state = 'queued' AND account_id = %(account)s AND is_ad AND due_at <= %(now)s
), had AS (
    SELECT contact_point_id, count(*) AS number, min(called_at) AS oldest
    FROM messaging_message
    WHERE is_ad AND channel = %(channel)s AND called_at > %(since)s
      AND state NOT IN ('queued', 'failed', 'cancelled')
      AND contact_point_id IN (SELECT contact_point_id FROM due)
    GROUP BY contact_point_id
)
SELECT due.id, had.oldest
FROM due LEFT JOIN had USING (contact_point_id)
WHERE due.place + COALESCE(had.number, 0) > %(cap)s
"""


def over_cap(
    *, account: int, channel: str, now: dt.datetime, since: dt.datetime, cap: int
) -> list[OverCap]:
    """Due advertising of an account beyond what a number may get on its channel since then."""
    said: dict[str, Any] = {
        "account": account,
        "channel": channel,
        "now": now,
        "since": since,
        "cap": cap,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OVER_CAP, said)
        return [OverCap(*row) for row in cursor.fetchall()]


#: What a report may change of a message, with its type.
_MOVED = {
    "state": "text",
    "due_at": "timestamptz",
    "ended_at": "timestamptz",
    "delivered_at": "timestamptz",
    "seen_at": "timestamptz",
    "acted_at": "timestamptz",
    "accepted_at": "timestamptz",
    "provider_ref": "text",
    "error_code": "text",
    "price": "int",
    "cost": "int",
}
_MOVE = f"""
UPDATE messaging_message m
SET {", ".join(f"{name} = v.{name}" for name in _MOVED)}
FROM unnest(%s::bigint[], {", ".join(f"%s::{kind}[]" for kind in _MOVED.values())})
    AS v (id, {", ".join(_MOVED)})
WHERE m.id = v.id
"""


def move(rows: Sequence[Any]) -> None:
    """Write how far messages have come (models.Message), in one statement."""
    if not rows:
        return
    columns = [[row.pk for row in rows]]
    columns += [[getattr(row, name) for row in rows] for name in _MOVED]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, columns)


@dataclass(frozen=True, slots=True)
class Reported:
    """A webhook as it will be kept (messaging/models/inbound.py); its body is sealed already."""

    account_id: int
    dedupe_key: str
    body: bytes
    event: str
    genuine: bool
    received_at: dt.datetime


_KEEP = """
INSERT INTO messaging_inbound
    (account_id, dedupe_key, body, event, genuine, received_at, due_at, error)
SELECT account_id, dedupe_key, body, event, genuine, at, CASE WHEN genuine THEN at END, ''
FROM unnest(%s::bigint[], %s::text[], %s::bytea[], %s::text[], %s::boolean[], %s::timestamptz[])
    AS told (account_id, dedupe_key, body, event, genuine, at)
ON CONFLICT (account_id, dedupe_key) DO NOTHING
"""


def keep(rows: Sequence[Reported]) -> None:
    """Write webhooks by one statement; a model's row each would cost twice the time."""
    if not rows:
        return
    columns: list[Any] = [
        [each.account_id for each in rows],
        [each.dedupe_key for each in rows],
        [Binary(each.body) for each in rows],
        [each.event for each in rows],
        [each.genuine for each in rows],
        [each.received_at for each in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, columns)
