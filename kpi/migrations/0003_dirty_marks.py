"""Facts that change mark what must be counted again, and knock (docs/kpi.md, "Freshness").

The functions live once in `public` and take the clinic from TG_TABLE_SCHEMA, so replayed and
migrated schemas behave alike. One hint a statement, dated so early that it is due at once on
any setting of the product's clock.
"""

from django.db import migrations

#: Two clinics migrate at once: re-creating one function concurrently fails without a lock.
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('kpi.functions', 0));"

# No nested loops: plpgsql keeps the plan of its first call, and a plan made for a statement that
# touched no row would join an import's 110,000 old and new rows row by row, for minutes.
_HEAD = (
    "LANGUAGE plpgsql SECURITY DEFINER "
    "SET search_path = pg_catalog SET enable_nestloop = off AS $$"
)
_KNOCK = """
    IF found_some > 0 THEN
        INSERT INTO public.registry_duehint (schema, kind, due_at)
        VALUES (TG_TABLE_SCHEMA, 'kpi', timestamptz '2000-01-01Z');
    END IF;
    RETURN NULL;
END $$;
"""

#: Days of appointments. An update counts only when it changes something a number reads.
MARK_DAYS = f"""
CREATE OR REPLACE FUNCTION public.kpi_mark_days() RETURNS trigger {_HEAD}
DECLARE days date[]; found_some integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT on_date) INTO days FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT on_date) INTO days FROM old_rows;
    ELSE
        SELECT array_agg(DISTINCT day) INTO days
        FROM old_rows o JOIN new_rows n USING (id)
        CROSS JOIN LATERAL (VALUES (o.on_date), (n.on_date)) AS both_days (day)
        WHERE (o.on_date, o.patient_id, o.branch_id, o.service_id, o.dentist_id, o.outcome,
               o.outcome_at, o.voided_at)
           IS DISTINCT FROM
              (n.on_date, n.patient_id, n.branch_id, n.service_id, n.dentist_id, n.outcome,
               n.outcome_at, n.voided_at);
    END IF;
    EXECUTE format(
        'INSERT INTO %I.kpi_dirty (metric, day) SELECT ''no_show'', unnest($1)', TG_TABLE_SCHEMA
    ) USING days;
    GET DIAGNOSTICS found_some = ROW_COUNT;
    {_KNOCK}
"""

#: Persons of visits, episodes and treatments.
MARK_PERSONS = f"""
CREATE OR REPLACE FUNCTION public.kpi_mark_persons() RETURNS trigger {_HEAD}
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
         SELECT DISTINCT ''revisit'', p.person_id
         FROM unnest($1) AS touched (id) JOIN %1$I.patients_patient p USING (id)',
        TG_TABLE_SCHEMA
    ) USING patients;
    GET DIAGNOSTICS found_some = ROW_COUNT;
    {_KNOCK}
"""

#: What is known about a patient: merges, deaths, test records. A new patient has no facts yet.
MARK_PATIENTS = f"""
CREATE OR REPLACE FUNCTION public.kpi_mark_patients() RETURNS trigger {_HEAD}
DECLARE persons bigint[]; found_some integer;
BEGIN
    SELECT array_agg(DISTINCT person) INTO persons
    FROM old_rows o JOIN new_rows n USING (id)
    CROSS JOIN LATERAL (VALUES (o.person_id), (n.person_id)) AS both_persons (person)
    WHERE (o.person_id, o.is_test, o.deceased_on, o.moved_away_on, o.voided_at)
       IS DISTINCT FROM (n.person_id, n.is_test, n.deceased_on, n.moved_away_on, n.voided_at);
    EXECUTE format(
        'INSERT INTO %I.kpi_dirty (metric, person_id)
         SELECT metric, person FROM unnest($1) AS touched (person),
                unnest(ARRAY[''no_show'', ''revisit'']) AS metrics (metric)',
        TG_TABLE_SCHEMA
    ) USING persons;
    GET DIAGNOSTICS found_some = ROW_COUNT;
    {_KNOCK}
"""

_TABLES = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows"}
_TABLES["UPDATE"] = f"{_TABLES['DELETE']} {_TABLES['INSERT']}"


def marks(table: str, function: str, *events: str) -> migrations.RunSQL:
    """Statement-level triggers on one table."""
    make = "\n".join(
        f"CREATE TRIGGER kpi_{event.lower()} AFTER {event} ON {table} "
        f"REFERENCING {_TABLES[event]} FOR EACH STATEMENT EXECUTE FUNCTION public.{function}();"
        for event in events
    )
    drop = "\n".join(f"DROP TRIGGER IF EXISTS kpi_{event.lower()} ON {table};" for event in events)
    return migrations.RunSQL(make, drop)


class Migration(migrations.Migration):
    dependencies = [
        ("kpi", "0002_unit_table"),
        ("patients", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            _ALONE + MARK_DAYS + MARK_PERSONS + MARK_PATIENTS, migrations.RunSQL.noop
        ),
        marks("patients_appointment", "kpi_mark_days", "INSERT", "UPDATE", "DELETE"),
        marks("patients_visit", "kpi_mark_persons", "INSERT", "UPDATE", "DELETE"),
        marks("patients_episode", "kpi_mark_persons", "INSERT", "UPDATE", "DELETE"),
        marks("patients_treatment", "kpi_mark_persons", "INSERT", "UPDATE", "DELETE"),
        marks("patients_patient", "kpi_mark_patients", "UPDATE"),
    ]
