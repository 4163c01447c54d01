"""What web and workers may do in the database: rows, never tables, never the trail."""

from __future__ import annotations

import psycopg2
import pytest
from django.db import ProgrammingError, connection, transaction
from django_tenants.utils import schema_context


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clinics_auditentry SET id = id",
        "DELETE FROM clinics_auditentry",
        "TRUNCATE clinics_auditentry",
        "CREATE TABLE anything ()",
        "ALTER TABLE clinics_branch ADD COLUMN x int",
        "DROP TABLE clinics_branch",
        "CREATE SCHEMA anything",
        "CREATE TABLE public.anything ()",
    ],
)
@pytest.mark.usefixtures("clinic")
def test_the_products_own_role_may_not(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("crm_app",)
        with pytest.raises(ProgrammingError) as refused:
            cursor.execute(statement)
        transaction.set_rollback(True)
    assert isinstance(refused.value.__cause__, psycopg2.errors.InsufficientPrivilege)


@pytest.mark.django_db
def test_every_clinic_has_the_same_rights_as_the_next() -> None:
    rights = """
        SELECT table_name, string_agg(privilege_type, ',' ORDER BY privilege_type)
        FROM information_schema.table_privileges
        WHERE table_schema = %s AND grantee = 'crm_app' GROUP BY table_name ORDER BY 1"""
    with schema_context("public"), connection.cursor() as cursor:
        cursor.execute(rights, ["an_tam"])
        first = cursor.fetchall()
        cursor.execute(rights, ["mai_lan"])
        assert cursor.fetchall() == first
    given = dict(first)
    assert given["clinics_auditentry"] == "INSERT,SELECT"
    assert given["clinics_branch"] == "DELETE,INSERT,SELECT,UPDATE"
    assert len(given) > 20
