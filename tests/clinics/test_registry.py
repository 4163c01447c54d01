"""`public` holds clinics and operators: no table with a person of a clinic may ever stand there."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction
from django_tenants.utils import schema_context

from clinics.models import Branch

ALLOWED = {
    # the registry
    "registry_clinic",
    "registry_domain",
    "registry_duehint",
    "registry_providerroute",
    "registry_unroutedwebhook",
    "registry_benchmarkcell",
    "registry_lease",
    "registry_readyscript",
    # operators and their sessions
    "accounts_user",
    "accounts_user_groups",
    "accounts_user_user_permissions",
    "account_emailaddress",
    "account_emailconfirmation",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_session",
}


def test_public_holds_only_what_is_allowed(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        there = {row[0] for row in cursor.fetchall()}
    assert there == ALLOWED


def test_code_that_forgets_its_clinic_fails(db: None) -> None:
    with schema_context("public"), pytest.raises(ProgrammingError), transaction.atomic():
        list(Branch.objects.all())
