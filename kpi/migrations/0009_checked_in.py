"""Who has checked in has come: a check-in marks the day of its appointment, too (docs/kpi.md,
"no_show"). The function is replaced in place; the triggers that call it stay as they are."""

from importlib import import_module

from django.db import migrations

_marks = import_module("kpi.migrations.0003_dirty_marks")
_NOW = _marks.MARK_DAYS.replace("o.outcome_at,", "o.outcome_at, o.checked_in_at,").replace(
    "n.outcome_at,", "n.outcome_at, n.checked_in_at,"
)


class Migration(migrations.Migration):
    dependencies = [
        ("kpi", "0008_seen"),
        ("patients", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(_marks._ALONE + _NOW, _marks._ALONE + _marks.MARK_DAYS),
    ]
