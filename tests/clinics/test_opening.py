"""Opening a clinic: the same schema as migrations make, routable at once, no rights too many."""

from __future__ import annotations

import os

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from clinics import opening
from clinics.models import Profile
from clinics.registry.models import Clinic

SHAPE = """
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, contype::text, ''
  FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace
UNION ALL
SELECT 'trigger', t.tgrelid::regclass::text, tgname, tgfoid::regproc::text, ''
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE NOT tgisinternal AND c.relnamespace = %(schema)s::regnamespace
"""


def shape(schema: str) -> set[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SHAPE, {"schema": schema})
        return {
            tuple(str(part).removeprefix(f"{schema}.") for part in row) for row in cursor.fetchall()
        }


@pytest.fixture
def opened(own_database: str) -> Clinic:
    return opening.open_clinic(
        schema="hoa_sen", host="hoa-sen.localhost", name="Nha khoa Hoa Sen"
    ).clinic


def test_a_replayed_clinic_equals_the_migrated_one(opened: Clinic) -> None:
    assert shape("hoa_sen") == shape(opening.READY)
    assert len(shape("hoa_sen")) > 300


def test_it_is_routable_and_empty(opened: Clinic) -> None:
    answer = Client(headers={"host": "hoa-sen.localhost"}).get("/accounts/login/")
    assert answer.status_code == 200
    with schema_context("hoa_sen"):
        assert Profile.objects.get().name == "Nha khoa Hoa Sen"


def test_the_product_may_not_change_tables_or_the_trail(opened: Clinic) -> None:
    link = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        with link.cursor() as cursor:
            cursor.execute("SET search_path = hoa_sen")
            for forbidden in (
                "CREATE TABLE more (id int)",
                "UPDATE clinics_auditentry SET note = 'other'",
                "DELETE FROM clinics_auditentry",
                "DROP TABLE patients_patient",
            ):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(forbidden)
                link.rollback()
                cursor.execute("SET search_path = hoa_sen")
    finally:
        link.close()


@pytest.mark.parametrize("schema", ["public", "pg_x", "zz_ready", "An", "a", "a-b", "x; d", "1a"])
def test_a_name_that_cannot_be_a_schema_is_refused(db: None, schema: str) -> None:
    with pytest.raises(CommandError):
        call_command("open_clinic", schema=schema, host="x.localhost", name="X")


def test_a_taken_host_or_schema_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="belongs to another"):
        call_command("open_clinic", schema="moi", host="an-tam.localhost", name="X")
    with pytest.raises(CommandError, match="exists already"):
        call_command("open_clinic", schema="an_tam", host="moi.localhost", name="X")


def test_opening_again_changes_nothing(opened: Clinic, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("open_clinic", schema="hoa_sen", host="hoa-sen.localhost", name="Other")
    assert "already" in capsys.readouterr().out
    assert Clinic.objects.get(schema_name="hoa_sen").name == "Nha khoa Hoa Sen"


def test_an_opening_cut_short_is_made_anew(opened: Clinic) -> None:
    Clinic.objects.filter(pk=opened.pk).update(ready_at=None)
    again = opening.open_clinic(schema="hoa_sen", host="hoa-sen.localhost", name="Hoa Sen")
    assert again.clinic.pk == opened.pk and again.clinic.ready_at is not None
