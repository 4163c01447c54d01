"""Migrations for many clinics: one look at what is pending, a visit only where it is."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import schema_context

from clinics import clock, opening, schemas
from clinics.registry.models import Clinic
from clinics.sql import applied_migrations, create_schema, schemas_ever_migrated

#: How long a migration waits for a lock before it lets the clinic work on and tries again.
LOCK_TIMEOUT = "5s"
TRIES = 5


def tenant_migrations() -> list[tuple[str, str]]:
    """Every migration a clinic's schema must have."""
    labels = {
        config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS
    }
    loader = MigrationLoader(None)
    return sorted(key for key in loader.disk_migrations if key[0] in labels)


def fingerprint(wanted: list[tuple[str, str]]) -> str:
    """One hash over the names and the text of what a clinic's schema is made by."""
    loader = MigrationLoader(None)
    total = hashlib.sha256()
    for key in wanted:
        module = sys.modules[type(loader.disk_migrations[key]).__module__]
        total.update(repr(key).encode())
        with open(str(module.__file__), "rb") as source:
            total.update(source.read())
    return total.hexdigest()


def public_pending() -> bool:
    """Whether the shared tables lack something."""
    with schema_context("public"):
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def pending(wanted: list[tuple[str, str]]) -> list[str]:
    """The schemas that lack a migration: one statement for all of them."""
    schemas = list(
        Clinic.objects.exclude(schema_name="public").values_list("schema_name", flat=True)
    )
    there = schemas_ever_migrated()
    counts = applied_migrations([schema for schema in schemas if schema in there], wanted)
    return [schema for schema in schemas if counts.get(schema, 0) < len(wanted)]


def migrate_all(*, jobs: int = 2) -> list[str]:
    """Bring the shared tables, the ready schema and every clinic to the head.

    Returns the schemas that were visited: none when nothing was pending.
    Raises RuntimeError naming the clinics that could not be migrated.
    """
    wanted = tenant_migrations()
    visited: list[str] = []
    if "registry_clinic" not in connection.introspection.table_names() or public_pending():
        call_command("migrate_schemas", shared=True, verbosity=0)
        visited.append("public")
        _open_tables("public")
    _ensure_ready_row()
    waiting = pending(wanted)
    if len(waiting) < 2 * jobs:
        failed = migrate_these(waiting)
    else:
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            parts = pool.map(_in_own_process, (waiting[part::jobs] for part in range(jobs)))
            failed = [schema for part in parts for schema in part]
    if failed:
        raise RuntimeError(f"Not migrated: {', '.join(failed)}")
    opening.store_ready_script(fingerprint(wanted))
    return visited + waiting


def migrate_these(schemas: list[str]) -> list[str]:
    """Migrate these schemas one after the other. Returns those that could not be."""
    return [schema for schema in schemas if not _visit(schema)]


def _visit(schema: str) -> bool:
    """Migrate one schema; where a lock is held, let the clinic work on and try again."""
    for attempt in range(TRIES):
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            call_command("migrate_schemas", schema_name=schema, verbosity=0)
            _open_tables(schema)
            return True
        except OperationalError as held:
            sys.stderr.write(f"{schema}: {held}")
            time.sleep(1 + attempt)
        finally:
            schemas.leave()
    return False


def _in_own_process(schemas: list[str]) -> list[str]:
    """Migrate a share of the schemas beside others; a process cannot share a connection."""
    command = [sys.executable, "-m", "django", "migrate", "--only", *schemas]
    environment = os.environ | {"CRM_DB_ROLE": "owner"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    sys.stderr.write(done.stderr)
    return [] if done.returncode == 0 else pending_of(schemas)


def pending_of(schemas: list[str]) -> list[str]:
    """Which of these still lack a migration."""
    return [schema for schema in pending(tenant_migrations()) if schema in schemas]


def _ensure_ready_row() -> None:
    Clinic.objects.get_or_create(
        schema_name=opening.READY, defaults={"name": "ready", "opened_at": clock.now()}
    )
    create_schema(opening.READY)


def _open_tables(schema: str) -> None:
    with connection.cursor() as cursor:
        if schema == "public":
            cursor.execute("SELECT public.crm_open_tables('public')")
        else:
            cursor.execute(opening.grants(schema))
