"""The few statements of this app that the ORM cannot say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def advisory_lock(name: str) -> Iterator[bool]:
    """Hold a session lock of this name; yields False when another session holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def forget_hints(hints: Sequence[int]) -> None:
    """Forget hints by their ids: exactly those a visit was made for."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.registry_duehint WHERE id = ANY(%s)", [list(hints)])


def leave_hint(schema: str, kind: str, due_at: dt.datetime) -> None:
    """Leave a hint, unless one as early stands already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO public.registry_duehint (schema, kind, due_at)"
            " SELECT %(schema)s, %(kind)s, %(at)s WHERE NOT EXISTS (SELECT 1"
            " FROM public.registry_duehint"
            " WHERE schema = %(schema)s AND kind = %(kind)s AND due_at <= %(at)s)",
            {"schema": schema, "kind": kind, "at": due_at},
        )


def applied_migrations(schemas: list[str], wanted: list[tuple[str, str]]) -> dict[str, int]:
    """How many of the wanted migrations each schema has: one statement for all schemas."""
    if not schemas:
        return {}
    quote = connection.ops.quote_name
    parts = " UNION ALL ".join(
        f"SELECT %s::text, count(*) FROM {quote(schema)}.django_migrations"
        " WHERE (app || '.' || name) = ANY(%s)"
        for schema in schemas
    )
    keys = [f"{app}.{name}" for app, name in wanted]
    params: list[Any] = []
    for schema in schemas:
        params += [schema, keys]
    with connection.cursor() as cursor:
        cursor.execute(parts, params)
        return dict(cursor.fetchall())


def schemas_that_exist() -> set[str]:
    """Every schema of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return {row[0] for row in cursor.fetchall()}


def create_schema(schema: str) -> None:
    """Make an empty schema unless it is there; the owner's role is needed."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")


def schemas_ever_migrated() -> set[str]:
    """Every schema with a table of applied migrations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'django_migrations'")
        return {row[0] for row in cursor.fetchall()}


def transactions_now() -> tuple[int, int]:
    """The oldest transaction that is open in this database, and the first that has not begun.

    Another database of the server holds nothing back. A process shows the low 32 bits of its
    transaction's number.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ahead - coalesce(max(mod(4294967296 + mod(ahead, 4294967296)"
            " - a.backend_xid::text::bigint, 4294967296)), 0), ahead FROM"
            " (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS ahead) s"
            " LEFT JOIN pg_stat_activity a ON a.datname = current_database()"
            " AND a.backend_xid IS NOT NULL AND a.pid <> pg_backend_pid() GROUP BY ahead"
        )
        oldest, ahead = cursor.fetchone()
        return oldest, ahead


def changed_past() -> tuple[list[int], int]:
    """Changes whose former values are not those that were sealed, and how many were redacted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM clinics_changeevent WHERE before IS NOT NULL AND before_hash <>"
            " encode(sha256(convert_to(salt || before::text, 'UTF8')), 'hex') ORDER BY id"
        )
        altered = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "SELECT count(*) FROM clinics_changeevent WHERE before IS NULL AND before_hash <> ''"
        )
        (redacted,) = cursor.fetchone()
        return altered, redacted


def forget_act(link: Any) -> None:
    """Take back who acts (clinics/acting.py) for the rest of this transaction; `link` is
    psycopg2's own, so that this is nobody's statement."""
    with link.cursor() as cursor:
        cursor.execute("SELECT set_config('crm.act', '', true)")
