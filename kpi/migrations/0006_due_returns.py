"""The month's returns are found by the day their window opens (docs/kpi.md, "Due this month")."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("kpi", "0005_dropped_tasks"),
        ("followup", "0005_courses"),
    ]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX kpi_contact_window ON followup_contact (window_from)"
            " WHERE window_from IS NOT NULL",
            "DROP INDEX IF EXISTS kpi_contact_window",
        ),
    ]
