"""What marks the numbers open_rate, new_data and loyalty (docs/kpi.md, "Freshness").

As in 0003: the functions live once in `public` and take the clinic from TG_TABLE_SCHEMA; the
numbers they mark are the trigger's arguments. What is there already is marked once.
"""

from django.db import migrations, models

_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('kpi.functions', 0));"
_HEAD = (
    "LANGUAGE plpgsql SECURITY DEFINER "
    "SET search_path = pg_catalog SET enable_nestloop = off AS $$"
)
_KNOCK = """
    GET DIAGNOSTICS found_some = ROW_COUNT;
    IF found_some > 0 THEN
        INSERT INTO public.registry_duehint (schema, kind, due_at)
        VALUES (TG_TABLE_SCHEMA, 'kpi', timestamptz '2000-01-01Z');
    END IF;
    RETURN NULL;
END $$;
"""
_MARK_PATIENTS = """
    EXECUTE format(
        'INSERT INTO %1$I.kpi_dirty (metric, person_id)
         SELECT DISTINCT metric, p.person_id
         FROM unnest($1) AS touched (id) JOIN %1$I.patients_patient p USING (id),
              unnest($2) AS metrics (metric)',
        TG_TABLE_SCHEMA
    ) USING patients, TG_ARGV;
"""

#: Rows that belong to a patient: visits, plans, treatments, numbers, bases, links.
MARK_PEOPLE = f"""
CREATE OR REPLACE FUNCTION public.kpi_mark_people() RETURNS trigger {_HEAD}
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
    {_MARK_PATIENTS}
    {_KNOCK}
"""

#: What a clinic books itself for somebody it has lately written to; imported appointments answer
#: no message of ours.
MARK_BOOKINGS = f"""
CREATE OR REPLACE FUNCTION public.kpi_mark_bookings() RETURNS trigger {_HEAD}
DECLARE patients bigint[]; since timestamptz; found_some integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT patient_id), min(booked_at) INTO patients, since FROM new_rows
        WHERE import_batch_id IS NULL AND moved_from_id IS NULL;
    ELSE
        SELECT array_agg(DISTINCT n.patient_id), min(least(o.booked_at, n.booked_at))
        INTO patients, since
        FROM old_rows o JOIN new_rows n USING (id)
        WHERE n.import_batch_id IS NULL
          AND (o.voided_at, o.booked_at) IS DISTINCT FROM (n.voided_at, n.booked_at);
    END IF;
    EXECUTE format(
        'INSERT INTO %1$I.kpi_dirty (metric, person_id)
         SELECT DISTINCT ''open_rate'', p.person_id FROM %1$I.patients_patient p
         WHERE p.id = ANY(ARRAY(
             SELECT m.patient_id FROM %1$I.messaging_message m
             WHERE m.patient_id = ANY($1) AND m.called_at > $2 - interval ''7 days''))',
        TG_TABLE_SCHEMA
    ) USING patients, since;
    {_KNOCK}
"""

#: Messages that went out, arrived or ended; one that only waits is nothing yet. A first delivery
#: also tells whether a new patient can be reached.
MARK_MESSAGES = f"""
CREATE OR REPLACE FUNCTION public.kpi_mark_messages() RETURNS trigger {_HEAD}
DECLARE patients bigint[]; fresh bigint[]; found_some integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT patient_id) INTO patients FROM new_rows
        WHERE attempt > 1 OR called_at IS NOT NULL OR ended_at IS NOT NULL;
        SELECT array_agg(DISTINCT patient_id) INTO fresh FROM new_rows
        WHERE delivered_at IS NOT NULL;
    ELSE
        SELECT array_agg(DISTINCT n.patient_id),
               array_agg(DISTINCT n.patient_id)
                   FILTER (WHERE o.delivered_at IS DISTINCT FROM n.delivered_at)
        INTO patients, fresh
        FROM old_rows o JOIN new_rows n USING (id)
        WHERE (o.called_at, o.delivered_at, o.acted_at, o.ended_at, o.branch_id,
               o.state IN ('queued', 'calling', 'accepted'))
           IS DISTINCT FROM
              (n.called_at, n.delivered_at, n.acted_at, n.ended_at, n.branch_id,
               n.state IN ('queued', 'calling', 'accepted'));
    END IF;
    EXECUTE format(
        'INSERT INTO %1$I.kpi_dirty (metric, person_id)
         SELECT DISTINCT ''open_rate'', p.person_id
         FROM unnest($1) AS touched (id) JOIN %1$I.patients_patient p USING (id)
         UNION ALL SELECT DISTINCT ''new_data'', p.person_id
         FROM unnest($2) AS touched (id) JOIN %1$I.patients_patient p USING (id)',
        TG_TABLE_SCHEMA
    ) USING patients, fresh;
    {_KNOCK}
"""

#: New records, and what is known about a person: merges, deaths, test records, names.
MARK_RECORDS = f"""
CREATE OR REPLACE FUNCTION public.kpi_mark_records() RETURNS trigger {_HEAD}
DECLARE persons bigint[]; found_some integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT person_id) INTO persons FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT person_id) INTO persons FROM old_rows;
    ELSE
        SELECT array_agg(DISTINCT person) INTO persons
        FROM old_rows o JOIN new_rows n USING (id)
        CROSS JOIN LATERAL (VALUES (o.person_id), (n.person_id)) AS both_persons (person)
        WHERE (o.person_id, o.is_test, o.deceased_on, o.moved_away_on, o.voided_at, o.branch_id,
               o.recorded_at, o.full_name = '')
           IS DISTINCT FROM
              (n.person_id, n.is_test, n.deceased_on, n.moved_away_on, n.voided_at, n.branch_id,
               n.recorded_at, n.full_name = '');
    END IF;
    EXECUTE format(
        'INSERT INTO %I.kpi_dirty (metric, person_id)
         SELECT metric, person FROM unnest($1) AS touched (person), unnest($2) AS metrics (metric)',
        TG_TABLE_SCHEMA
    ) USING persons, TG_ARGV;
    {_KNOCK}
"""

#: Once, in a clinic that has a history: everybody, and a hint that somebody must look.
WHAT_IS_THERE = """
INSERT INTO kpi_dirty (metric, person_id)
SELECT metric, person_id FROM (SELECT DISTINCT person_id FROM patients_patient) AS people,
       unnest(ARRAY['open_rate', 'new_data', 'loyalty']) AS metrics (metric);
INSERT INTO public.registry_duehint (schema, kind, due_at)
SELECT current_schema(), 'kpi', timestamptz '2000-01-01Z'
WHERE EXISTS (SELECT FROM patients_patient);
"""
FORGET = """
DELETE FROM kpi_dirty WHERE metric IN ('open_rate', 'new_data', 'loyalty');
DELETE FROM kpi_refreshed WHERE metric IN ('open_rate', 'new_data', 'loyalty');
DELETE FROM kpi_unit WHERE metric IN ('open_rate', 'new_data', 'loyalty');
"""

_TABLES = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows"}
_TABLES["UPDATE"] = f"{_TABLES['DELETE']} {_TABLES['INSERT']}"
_ALL = ("INSERT", "UPDATE", "DELETE")
_NUMBERS = ("open_rate", "new_data", "loyalty")


def marks(table: str, function: str, *events: str, metrics: tuple[str, ...]) -> migrations.RunSQL:
    """Statement-level triggers on one table that mark these numbers."""
    said = ", ".join(f"'{metric}'" for metric in metrics)
    make = "\n".join(
        f"CREATE TRIGGER kpi_more_{event.lower()} AFTER {event} ON {table} REFERENCING "
        f"{_TABLES[event]} FOR EACH STATEMENT EXECUTE FUNCTION public.{function}({said});"
        for event in events
    )
    drop = "\n".join(
        f"DROP TRIGGER IF EXISTS kpi_more_{event.lower()} ON {table};" for event in events
    )
    return migrations.RunSQL(make, drop)


class Migration(migrations.Migration):
    dependencies = [
        ("kpi", "0003_dirty_marks"),
        ("patients", "0003_statistics"),
        ("messaging", "0003_message_purpose"),
    ]
    operations = [
        migrations.AddField("kpiunit", "mature_at", models.DateTimeField(null=True)),
        migrations.RunSQL(
            _ALONE + MARK_PEOPLE + MARK_BOOKINGS + MARK_MESSAGES + MARK_RECORDS,
            migrations.RunSQL.noop,
        ),
        marks("patients_visit", "kpi_mark_people", *_ALL, metrics=("loyalty",)),
        marks("patients_episode", "kpi_mark_people", *_ALL, metrics=("loyalty",)),
        marks("patients_treatment", "kpi_mark_people", *_ALL, metrics=("loyalty",)),
        marks("patients_patientcontactpoint", "kpi_mark_people", *_ALL, metrics=("new_data",)),
        marks("patients_basis", "kpi_mark_people", *_ALL, metrics=("new_data",)),
        marks("messaging_link", "kpi_mark_people", "UPDATE", metrics=("open_rate",)),
        marks("patients_appointment", "kpi_mark_bookings", "INSERT", "UPDATE", metrics=()),
        marks("messaging_message", "kpi_mark_messages", "INSERT", "UPDATE", metrics=()),
        marks("patients_patient", "kpi_mark_records", "INSERT", metrics=("new_data",)),
        marks("patients_patient", "kpi_mark_records", "UPDATE", "DELETE", metrics=_NUMBERS),
        migrations.RunSQL(WHAT_IS_THERE, FORGET),
    ]
