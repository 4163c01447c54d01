"""A report of reading marks its message, and an account's first one is found (docs/kpi.md)."""

from importlib import import_module

from django.db import migrations

_MORE = import_module("kpi.migrations.0004_three_numbers")
_ALONE = _MORE._ALONE
WITHOUT = _MORE.MARK_MESSAGES
WITH = WITHOUT.replace("o.acted_at, o.ended_at", "o.seen_at, o.acted_at, o.ended_at").replace(
    "n.acted_at, n.ended_at", "n.seen_at, n.acted_at, n.ended_at"
)


class Migration(migrations.Migration):
    dependencies = [("kpi", "0007_leaks")]
    operations = [
        migrations.RunSQL(_ALONE + WITH, _ALONE + WITHOUT),
        migrations.RunSQL(
            "CREATE INDEX kpi_message_seen ON messaging_message (account_id, seen_at)"
            " WHERE seen_at IS NOT NULL",
            "DROP INDEX IF EXISTS kpi_message_seen",
        ),
    ]
