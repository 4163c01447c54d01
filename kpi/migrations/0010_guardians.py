"""Who was a child when she was written down is reached through who speaks for her: her ties, her
guardian's numbers and her age mark new_data as well (docs/kpi.md, "new_data")."""

from importlib import import_module

from django.db import migrations

_more = import_module("kpi.migrations.0004_three_numbers")
_AGED = _more.MARK_RECORDS.replace(
    "o.full_name = '')", "o.full_name = '', o.birth_date, o.age_years, o.age_on)"
).replace("n.full_name = '')", "n.full_name = '', n.birth_date, n.age_years, n.age_on)")

#: A number of somebody marks those she speaks for.
MARK_WARDS = f"""
CREATE OR REPLACE FUNCTION public.kpi_mark_wards() RETURNS trigger {_more._HEAD}
DECLARE patients bigint[]; found_some integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT patient_id) INTO patients FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT patient_id) INTO patients FROM old_rows;
    ELSE
        SELECT array_agg(DISTINCT patient_id) INTO patients
        FROM (SELECT patient_id FROM old_rows UNION SELECT patient_id FROM new_rows) both_rows;
    END IF;
    EXECUTE format(
        'INSERT INTO %1$I.kpi_dirty (metric, person_id)
         SELECT DISTINCT ''new_data'', p.person_id
         FROM %1$I.patients_tie t JOIN %1$I.patients_patient p ON p.id = t.patient_id
         WHERE t.is_guardian AND t.relative_id = ANY($1)',
        TG_TABLE_SCHEMA
    ) USING patients;
    {_more._KNOCK}
"""
_EVENTS = ("INSERT", "UPDATE", "DELETE")
_CALLS = {
    "patients_tie": "kpi_mark_people('new_data')",
    "patients_patientcontactpoint": "kpi_mark_wards()",
}
_MAKE = "\n".join(
    f"CREATE TRIGGER kpi_wards_{event.lower()} AFTER {event} ON {table} "
    f"REFERENCING {_more._TABLES[event]} FOR EACH STATEMENT EXECUTE FUNCTION public.{call};"
    for table, call in _CALLS.items()
    for event in _EVENTS
)
_DROP = "\n".join(
    f"DROP TRIGGER IF EXISTS kpi_wards_{event.lower()} ON {table};"
    for table in _CALLS
    for event in _EVENTS
)
#: Once: those somebody speaks for, and a hint that somebody must look.
WHAT_IS_THERE = """
INSERT INTO kpi_dirty (metric, person_id)
SELECT DISTINCT 'new_data', p.person_id
FROM patients_tie t JOIN patients_patient p ON p.id = t.patient_id WHERE t.is_guardian;
INSERT INTO public.registry_duehint (schema, kind, due_at)
SELECT current_schema(), 'kpi', timestamptz '2000-01-01Z'
WHERE EXISTS (SELECT FROM patients_tie WHERE is_guardian);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kpi", "0009_checked_in"),
        ("patients", "0004_families_and_care"),
    ]
    operations = [
        migrations.RunSQL(
            _more._ALONE + _AGED + MARK_WARDS, _more._ALONE + _more.MARK_RECORDS
        ),
        migrations.RunSQL(_MAKE, _DROP),
        migrations.RunSQL(WHAT_IS_THERE, migrations.RunSQL.noop),
    ]
