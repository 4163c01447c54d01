"""What marks data_leak: tasks, and what is known of their people. Functions of 0004."""

from django.db import migrations

_TABLES = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows"}
_TABLES["UPDATE"] = f"{_TABLES['DELETE']} {_TABLES['INSERT']}"

WHAT_IS_THERE = """
INSERT INTO kpi_dirty (metric, person_id)
SELECT DISTINCT 'data_leak', p.person_id
FROM followup_task t JOIN patients_patient p ON p.id = t.patient_id;
INSERT INTO public.registry_duehint (schema, kind, due_at)
SELECT current_schema(), 'kpi', timestamptz '2000-01-01Z'
WHERE EXISTS (SELECT FROM followup_task);
"""
FORGET = """
DELETE FROM kpi_dirty WHERE metric = 'data_leak';
DELETE FROM kpi_refreshed WHERE metric = 'data_leak';
DELETE FROM kpi_unit WHERE metric = 'data_leak';
"""


def marks(table: str, function: str, *events: str) -> migrations.RunSQL:
    """Statement-level triggers on one table that mark data_leak."""
    make = "\n".join(
        f"CREATE TRIGGER kpi_leak_{event.lower()} AFTER {event} ON {table} REFERENCING "
        f"{_TABLES[event]} FOR EACH STATEMENT EXECUTE FUNCTION public.{function}('data_leak');"
        for event in events
    )
    drop = "\n".join(
        f"DROP TRIGGER IF EXISTS kpi_leak_{event.lower()} ON {table};" for event in events
    )
    return migrations.RunSQL(make, drop)


class Migration(migrations.Migration):
    dependencies = [
        ("kpi", "0004_three_numbers"),
        ("followup", "0004_wanted_visits_move"),
    ]
    operations = [
        marks("followup_task", "kpi_mark_people", "INSERT", "UPDATE", "DELETE"),
        marks("patients_patient", "kpi_mark_records", "UPDATE", "DELETE"),
        migrations.RunSQL(WHAT_IS_THERE, FORGET),
    ]
