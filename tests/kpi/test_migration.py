"""The marks of the three later numbers can be taken back and made again, with rows there."""

from __future__ import annotations

import importlib

import psycopg2
from django.conf import settings
from django.db import migrations
from django_tenants.utils import schema_context

from kpi import refresh
from kpi.models import Dirty, KpiUnit
from tests.kpi.facts import Day, Facts

MAY = Day(2026, 5, 4)
MORE = {"open_rate", "new_data", "loyalty"}
_TRIGGERS = (
    "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE c.relnamespace = 'an_tam'::regnamespace AND t.tgname LIKE 'kpi_more_%'"
)


def statements() -> list[tuple[str, str]]:
    module = importlib.import_module("kpi.migrations.0004_three_numbers")
    made = [each for each in module.Migration.operations if isinstance(each, migrations.RunSQL)]
    return [(str(each.sql), str(each.reverse_sql)) for each in made]


def test_back_and_forth(own_database: str) -> None:
    with schema_context("an_tam"):
        facts = Facts()
        facts.plan(facts.patient(), MAY)
        refresh.refresh_due()
        assert set(KpiUnit.objects.values_list("metric", flat=True)) == {
            "revisit", "new_data", "loyalty",
        }  # fmt: skip
    link = psycopg2.connect(settings.DATABASE_OWNER_URL)
    with link, link.cursor() as cursor:
        cursor.execute("SET search_path = an_tam, public")
        for _, back in reversed(statements()):
            if back:
                cursor.execute(back)
        cursor.execute(_TRIGGERS)
        assert cursor.fetchone() == (0,)
    with schema_context("an_tam"):
        assert set(KpiUnit.objects.values_list("metric", flat=True)) == {"revisit"}
        facts.plan(facts.patient(), MAY)  # nobody marks it
        assert not Dirty.objects.filter(metric__in=MORE).exists()
    with link, link.cursor() as cursor:
        cursor.execute("SET search_path = an_tam, public")
        for forth, _ in statements():
            cursor.execute(forth)
    link.close()
    with schema_context("an_tam"):
        assert set(Dirty.objects.values_list("metric", flat=True)) >= MORE
        refresh.refresh_due()
        assert KpiUnit.objects.filter(metric="loyalty").count() == 2  # what was there is counted
