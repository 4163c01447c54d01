"""What the three latest migrations write in SQL can be taken back and made again."""

from __future__ import annotations

import importlib

import psycopg2
from django.conf import settings
from django.db import migrations
from django_tenants.utils import schema_context

from clinics import audit
from clinics.public import Role, staff
from clinics.registry.models import DueHint
from kpi.models import Dirty
from messaging.public import Message
from tests.kpi.facts import Day, Facts, at
from tests.kpi.letters import Letters

NAMES = ("0006_due_returns", "0007_leaks", "0008_seen")
_THERE = (
    "SELECT (SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE c.relnamespace = 'an_tam'::regnamespace AND t.tgname = 'kpi_wake_leaks'),"
    " (SELECT count(*) FROM pg_indexes WHERE schemaname = 'an_tam' AND indexname IN"
    " ('kpi_contact_window', 'kpi_deleted_records', 'kpi_message_seen'))"
)


def statements() -> list[tuple[str, str]]:
    return [
        (str(each.sql), str(each.reverse_sql))
        for name in NAMES
        for each in importlib.import_module(f"kpi.migrations.{name}").Migration.operations
        if isinstance(each, migrations.RunSQL)
    ]


def seen_marks(message: Message, when: int) -> bool:
    """Whether a report of reading marks its person."""
    Dirty.objects.all().delete()
    Message.objects.filter(pk=message.pk).update(seen_at=at(Day(2026, 5, when)))
    return Dirty.objects.filter(metric="open_rate").exists()


def test_back_and_forth(own_database: str) -> None:
    with schema_context("an_tam"):
        facts = Facts()
        desk = staff.hire(
            username="d", password=None, full_name="Lê Diễm", role=Role.RECEPTION,
            branches=facts.branches,
        )  # fmt: skip
        her = facts.patient()
        noon = at(Day(2026, 5, 4), 12)
        Letters().said(her, noon, state="delivered", delivered_at=noon)
        message = Message.objects.get()
        assert seen_marks(message, 5)
    link = psycopg2.connect(settings.DATABASE_OWNER_URL)
    with link, link.cursor() as cursor:
        cursor.execute("SET search_path = an_tam, public")
        cursor.execute(_THERE)
        assert cursor.fetchone() == (2, 3)
        for _, back in reversed(statements()):
            if back:
                cursor.execute(back)
        cursor.execute(_THERE)
        assert cursor.fetchone() == (0, 0)
    with schema_context("an_tam"):
        assert not seen_marks(message, 6)
    with link, link.cursor() as cursor:
        cursor.execute("SET search_path = an_tam, public")
        for forth, _ in statements():
            cursor.execute(forth)
        cursor.execute(_THERE)
        assert cursor.fetchone() == (2, 3)
    link.close()
    with schema_context("public"):
        DueHint.objects.all().delete()
    with schema_context("an_tam"):
        assert seen_marks(message, 7)
        audit.saw(what="patient", actor=desk, subjects=[her.uid])
    with schema_context("public"):
        assert DueHint.objects.filter(schema="an_tam", kind="kpi").exists()
