"""The version before can be put back: its tables return, and no text is lost."""

from __future__ import annotations

import io
import os

import psycopg2
from django.core.management import call_command
from django_tenants.utils import schema_context

from clinics import clock
from messaging import accounts
from messaging.models import Template, TemplatePurpose

STEPS = ("0007", "0008")


def script(step: str, *more: str) -> str:
    out = io.StringIO()
    with schema_context("an_tam"):  # in `public` these tables are not migrated
        call_command("sqlmigrate", "messaging", step, *more, stdout=out, no_color=True)
    assert "messaging_" in out.getvalue()
    return out.getvalue()


def test_back_and_forth_with_a_draft_beside_the_one_in_use(own_database: str) -> None:
    with schema_context("an_tam"):
        esms = accounts.connect_esms(name="A", brand_name="ANTAM", api_key="a", secret_key="b")
        for body, status in (("cũ", "approved"), ("mới", "draft")):
            Template.objects.create(
                key="reminder", channel="sms", account=esms, purpose=TemplatePurpose.REMINDER,
                body=body, status=status, status_at=clock.now(),
            )  # fmt: skip
        Template.objects.create(
            key="recall", channel="sms", account=esms, body="ngừng", disabled_reason="-146"
        )
    link = psycopg2.connect(os.environ["DATABASE_OWNER_URL"], dbname=own_database)
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute("SET search_path = an_tam, public")
        for step in reversed(STEPS):
            cursor.execute(script(step, "--backwards"))
        cursor.execute("SELECT key, body FROM messaging_template ORDER BY body")
        before = dict(cursor.fetchall())
        assert before.pop("reminder") == "cũ" and before.pop("recall") == "ngừng"
        ((other, body),) = before.items()
        assert other.startswith("reminder~") and body == "mới"
        for step in STEPS:
            cursor.execute(script(step))
    link.close()
    with schema_context("an_tam"):
        found = dict(Template.objects.values_list("body", "status"))
        assert found == {"cũ": "approved", "mới": "draft", "ngừng": "disabled"}
        assert Template.objects.get(body="cũ").purpose == "reminder"
