"""What changes are noted, by the database itself (docs/audit.md).

A statement-level trigger on each tracked table appends a row to `clinics_changeevent` of its
own schema: who, when, which row, which columns, and what they were. The functions live in
`public` and take the clinic from TG_TABLE_SCHEMA, so migrated and replayed schemas behave alike.
"""

from __future__ import annotations

#: Table → the column that names the patient it is about ("" = it is about none).
TRACKED = {
    "clinics_profile": "",
    "clinics_branch": "",
    "clinics_closingday": "",
    "clinics_chair": "",
    "clinics_service": "",
    "clinics_staff": "",
    "clinics_staff_branches": "",
    "clinics_invitation": "",
    "clinics_shift": "",
    "clinics_dayoff": "",
    "clinics_alert": "",
    "patients_patient": "id",
    "patients_contactpoint": "",
    "patients_patientcontactpoint": "patient_id",
    "patients_basis": "patient_id",
    "patients_appointment": "patient_id",
    "patients_episode": "patient_id",
    "patients_treatment": "patient_id",
    "patients_visit": "patient_id",
    "patients_tie": "patient_id",
    "patients_careassignment": "patient_id",
    "messaging_call": "patient_id",
    "messaging_quickreply": "",
    "messaging_template": "",
    "messaging_templateparam": "",
    "messaging_spendinglimit": "",
    "messaging_guide": "",
    "messaging_guidepicture": "",
    "messaging_guidevideo": "",
    "patients_importbatch": "",
    "followup_protocol": "",
    "followup_protocolversion": "",
    "followup_protocolstep": "",
    "followup_serviceprotocol": "",
    "kpi_leakverdict": "",
}

#: `crm.act` says who writes (clinics/acting.py); `crm.batch` makes one row of a whole statement.
NOTE_CHANGE = """
CREATE OR REPLACE FUNCTION public.wake_sealer(clinic text, since timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO public.registry_duehint (schema, kind, due_at)
    SELECT clinic, 'audit', since + interval '1 minute'
    WHERE NOT EXISTS (
        SELECT FROM public.registry_duehint WHERE schema = clinic AND kind = 'audit');
$$;

CREATE OR REPLACE FUNCTION public.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    act jsonb := nullif(current_setting('crm.act', true), '')::jsonb;
    since timestamptz := coalesce((act->>'now')::timestamptz, clock_timestamp());
    batch text := coalesce(current_setting('crm.batch', true), '');
    patient text := CASE WHEN TG_ARGV[0] = '' THEN 'NULL::bigint'
                         ELSE format('r.%I', TG_ARGV[0]) END;
    lines text;
    noted bigint;
BEGIN
    IF batch <> '' THEN
        lines := 'SELECT NULL::bigint AS id, NULL::bigint AS patient, ''{}''::text[] AS fields,
                  NULL::jsonb AS before, '''' AS salt, count(*) AS rows
                  FROM changed HAVING count(*) > 0';
    ELSIF TG_OP = 'UPDATE' THEN
        lines := 'SELECT r.id, ' || patient || ' AS patient, d.fields, d.before,
                  gen_random_uuid()::text AS salt, 1 AS rows
                  FROM was JOIN changed r ON r.id = was.id
                  CROSS JOIN LATERAL (
                      SELECT array_agg(e.key ORDER BY e.key) AS fields,
                             jsonb_object_agg(e.key, e.value) AS before
                      FROM jsonb_each(to_jsonb(was)) e
                      WHERE e.value IS DISTINCT FROM to_jsonb(r) -> e.key) d
                  WHERE d.fields IS NOT NULL';
    ELSIF TG_OP = 'DELETE' THEN
        lines := 'SELECT r.id, ' || patient || ' AS patient, ''{}''::text[] AS fields,
                  to_jsonb(r) AS before, gen_random_uuid()::text AS salt, 1 AS rows
                  FROM changed r';
    ELSE
        lines := 'SELECT r.id, ' || patient || ' AS patient, ''{}''::text[] AS fields,
                  NULL::jsonb AS before, '''' AS salt, 1 AS rows FROM changed r';
    END IF;
    EXECUTE format(
        'INSERT INTO %I.clinics_changeevent (happened_at, actor_id, source, request, kind, deed,
             object_id, patient_id, fields, before, salt, before_hash, batch, rows)
         SELECT $1, $2, $3, $4, $5, $6, l.id, l.patient, l.fields, l.before, l.salt,
             CASE WHEN l.before IS NULL THEN '''' ELSE
                 encode(sha256(convert_to(l.salt || l.before::text, ''UTF8'')), ''hex'') END,
             $7, l.rows
         FROM (%s) l', TG_TABLE_SCHEMA, lines
    ) USING since, (act->>'actor')::bigint, coalesce(act->>'source', ''),
        coalesce(act->>'request', ''), TG_TABLE_NAME, lower(TG_OP), batch;
    GET DIAGNOSTICS noted = ROW_COUNT;
    IF noted > 0 THEN
        PERFORM public.wake_sealer(TG_TABLE_SCHEMA, since);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.note_read() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE since timestamptz;
BEGIN
    SELECT min(happened_at) INTO since FROM changed;
    IF since IS NOT NULL THEN
        PERFORM public.wake_sealer(TG_TABLE_SCHEMA, since);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.track_table(clinic text, tracked text, patient text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE place regclass := to_regclass(format('%I.%I', clinic, tracked));
BEGIN
    IF place IS NULL OR EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = place AND tgname = 'track_insert') THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TRIGGER track_insert AFTER INSERT ON %s
        REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION public.note_change(%L)', place, patient);
    EXECUTE format('CREATE TRIGGER track_update AFTER UPDATE ON %s
        REFERENCING OLD TABLE AS was NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION public.note_change(%L)', place, patient);
    EXECUTE format('CREATE TRIGGER track_delete AFTER DELETE ON %s
        REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION public.note_change(%L)', place, patient);
END $$;
"""

FORGET_CHANGE = """
DROP FUNCTION IF EXISTS public.track_table(text, text, text);
DROP FUNCTION IF EXISTS public.note_read() CASCADE;
DROP FUNCTION IF EXISTS public.note_change() CASCADE;
DROP FUNCTION IF EXISTS public.wake_sealer(text, timestamptz);
"""

#: Readers' rows are the product's own; the trigger only wakes the sealer.
WAKE_ON_READ = """
CREATE TRIGGER wake_sealer AFTER INSERT ON clinics_auditentry REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION public.note_read();
"""


def track(schema: str) -> str:
    """The statement that puts the triggers on every tracked table of a schema; repeatable."""
    rows = ", ".join(f"('{table}', '{patient}')" for table, patient in TRACKED.items())
    return (
        f"SELECT public.track_table('{schema}', t.name, t.patient)"  # noqa: S608 - our own names
        f" FROM (VALUES {rows}) AS t(name, patient);"
    )
