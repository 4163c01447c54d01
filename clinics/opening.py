"""Opening a clinic: replay the stored script of the ready schema (docs/decisions/tenancy.md)."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from django.conf import settings
from django.db import connection, transaction
from django_tenants.utils import schema_context

from clinics import clock, routing, trail
from clinics.models import Profile
from clinics.registry.models import Clinic, Domain, DueHint, ProviderRoute, ReadyScript
from clinics.sql import schemas_that_exist

READY = "zz_ready"
SCHEMA_NAME = re.compile(r"^(?!pg_|zz_|public$)[a-z][a-z0-9_]{1,40}$")


class CannotOpen(Exception):
    """The clinic cannot be opened; the message says why and what to do."""


@dataclass(frozen=True)
class Opened:
    """A clinic that has just been opened."""

    clinic: Clinic
    host: str


def open_clinic(*, schema: str, host: str, name: str, hotline: str = "+842873006868") -> Opened:
    """Open a clinic under a host name: routable when this returns, empty but ready.

    An opening that was cut short (its clinic never became ready) is made anew. Raises CannotOpen
    when the schema's name is not usable, or the schema or the host is taken.
    """
    if not SCHEMA_NAME.match(schema):
        raise CannotOpen(
            f"{schema!r} cannot name a clinic: small letters, digits and _, starting with a letter."
        )
    script = ReadyScript.objects.order_by("-made_at").first()
    if script is None:
        raise CannotOpen("There is no ready schema yet: run `manage.py migrate` first.")
    clinic = _claim(schema, host, name)
    _replay(script.sql, schema)
    with transaction.atomic():
        with schema_context(schema):
            Profile.objects.create(name=name, hotline=hotline, sms_name=name)
        Clinic.objects.filter(pk=clinic.pk).update(ready_at=clock.now())
    routing.forget()
    clinic.refresh_from_db()
    return Opened(clinic, host)


def already_open(*, schema: str, host: str) -> bool:
    """Whether this very clinic stands and is routable."""
    standing = Domain.objects.filter(
        domain=host, tenant__schema_name=schema, tenant__ready_at__isnull=False
    )
    return bool(standing.exists())


@transaction.atomic
def _claim(schema: str, host: str, name: str) -> Clinic:
    """Take the name and the host, or take over an opening that was cut short."""
    half = Clinic.objects.filter(schema_name=schema, ready_at__isnull=True).first()
    if half is None and schema in schemas_that_exist():
        raise CannotOpen(f"The schema {schema} exists already.")
    if Domain.objects.filter(domain=host).exclude(tenant=half).exists():
        raise CannotOpen(f"The host {host} belongs to another clinic.")
    clinic: Clinic = half or Clinic.objects.create(
        schema_name=schema, name=name, opened_at=clock.now()
    )
    Domain.objects.get_or_create(domain=host, tenant=clinic, defaults={"is_primary": True})
    return clinic


def grants(schema: str) -> str:
    """What the product's own role may do in a clinic's schema: rows, never tables.

    Two functions stand in config/database.sql; they keep the audit tables append-only. The last
    statement puts the triggers of the trail on tables that lack them (clinics/trail.py).
    """
    return (
        f"GRANT USAGE ON SCHEMA {schema} TO crm_app;"
        f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {schema} TO crm_app;"
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO crm_app;"
        f"SELECT public.crm_open_tables('{schema}');"
        f"{trail.track(schema)}"
    )


def _replay(script: str, schema: str) -> None:
    """Make the schema in one transaction, on a connection of its own and as the owner."""
    link = psycopg2.connect(settings.DATABASE_OWNER_URL)
    try:
        with link, link.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")  # of an opening cut short
            cursor.execute(script.replace(READY, schema))
            cursor.execute(grants(schema))
    finally:
        link.close()


def store_ready_script(fingerprint: str) -> None:
    """Dump the ready schema and keep it as the script new clinics are made from (at deploy)."""
    if ReadyScript.objects.filter(fingerprint=fingerprint).exists():
        return
    dumped = subprocess.run(
        [
            str(Path(settings.PG_BIN) / "pg_dump") if settings.PG_BIN else "pg_dump",
            f"--dbname={settings.DATABASE_OWNER_URL}",
            f"--schema={READY}",
            "--no-owner",
            "--no-privileges",
            "--rows-per-insert=500",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    ReadyScript.objects.create(
        fingerprint=fingerprint, sql=_statements(dumped), made_at=clock.now()
    )


def _statements(dumped: str) -> str:
    """The dump without the lines that only psql understands and the session's settings.

    pg_dump 18 writes `\\restrict`; SET lines would outlive the replay on a shared connection.
    """
    lines = (
        line
        for line in dumped.splitlines()
        if not line.startswith(("\\", "SET ", "SELECT pg_catalog.set_config"))
    )
    return "\n".join(lines)


def close_clinic(schema: str) -> None:
    """Drop a clinic and all that is in it: demo's reset and tests only.

    Raises CannotOpen in production, where a clinic is suspended and never dropped by a command.
    """
    if settings.CRM_ENV == "production":
        raise CannotOpen("A clinic is not dropped in production.")
    link = psycopg2.connect(settings.DATABASE_OWNER_URL)
    try:
        with link, link.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {connection.ops.quote_name(schema)} CASCADE")
    finally:
        link.close()
    for owned in (DueHint, ProviderRoute):
        owned.objects.filter(schema=schema).delete()
    Clinic.objects.filter(schema_name=schema).delete()
    routing.forget()
