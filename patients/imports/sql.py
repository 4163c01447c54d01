"""The statements of an import, as many for any number of rows: COPY, then INSERT … SELECT."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
from django.db import connection

_STAGES = {
    "import_patient": """
        line integer, external_id varchar(80) PRIMARY KEY, person uuid DEFAULT gen_random_uuid(),
        branch_id bigint, full_name text, name_key text COLLATE "C", sort_key text COLLATE "C",
        salutation text, gender text, birth_date date, age_years smallint, age_on date,
        recorded_at timestamptz, e164 text COLLATE "C", converted_from text, can_sms boolean,
        typed text, relation text, language text""",
    "import_suffix": 'external_id varchar(80), suffix text COLLATE "C"',
    "import_appointment": """
        line integer, external_id varchar(80) PRIMARY KEY, patient varchar(80), branch_id bigint,
        on_date date, starts timestamptz, ends timestamptz, dentist_id bigint, service_id bigint,
        status text, outcome text, outcome_at timestamptz, booked_at timestamptz,
        sms_received boolean""",
    "import_treatment": """
        line integer, external_id varchar(80) PRIMARY KEY, patient varchar(80), branch_id bigint,
        done_at timestamptz, dentist_id bigint, service_id bigint, tooth smallint,
        agreed_value bigint, episode uuid DEFAULT gen_random_uuid()""",
    "import_visit": """
        line integer, patient varchar(80), branch_id bigint, on_date date,
        started_at timestamptz, is_return boolean, PRIMARY KEY (patient, on_date)""",
}

#: What an import may correct, and is given back when it is undone.
PATIENT_FIELDS = (
    "full_name", "name_key", "sort_key", "salutation", "gender", "birth_date", "age_years",
    "age_on", "language",
)  # fmt: skip
APPOINTMENT_FIELDS = (
    "patient_id", "branch_id", "on_date", "during", "dentist_id", "service_id", "status",
    "outcome", "outcome_at", "booked_at", "sms_received",
)  # fmt: skip
_TYPES = {
    "birth_date": "date", "age_years": "smallint", "age_on": "date", "patient_id": "bigint",
    "branch_id": "bigint", "on_date": "date", "during": "tstzrange", "dentist_id": "bigint",
    "service_id": "bigint", "outcome_at": "timestamptz", "booked_at": "timestamptz",
    "sms_received": "boolean",
}  # fmt: skip


@contextmanager
def alone() -> Iterator[None]:
    """Two imports of one clinic wait for each other; the trail notes statements, not rows. Tables
    that have just grown get new statistics: a nested loop by the old ones takes minutes."""
    _run("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.import'))")
    _run("SET LOCAL enable_nestloop = off; SET LOCAL crm.batch = 'import'")
    yield
    _run("SELECT public.patients_analyze(current_schema())")
    _run("SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL crm.batch = ''")


def stage(table: str, rows: pd.DataFrame) -> None:
    """Bring rows into a temporary table that goes with the transaction."""
    text = io.StringIO()
    rows.to_csv(text, index=False, header=False, na_rep="\\N")
    text.seek(0)
    columns = ", ".join(str(column) for column in rows.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TEMP TABLE {table} ({_STAGES[table]}) ON COMMIT DROP")
        copier: Any = cursor  # psycopg2's own method, behind Django's wrapper
        copier.copy_expert(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')", text)
        cursor.execute(f"ANALYZE {table}")


def _run(statement: str, values: dict[str, Any] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


_PATIENT_TARGET = """
SELECT p.id, p.voided_at, s.line,
  coalesce(s.full_name, p.full_name) AS full_name,
  coalesce(s.name_key, p.name_key) AS name_key,
  coalesce(s.sort_key, p.sort_key) AS sort_key,
  coalesce(s.salutation, p.salutation) AS salutation,
  coalesce(s.gender, p.gender) AS gender, coalesce(s.language, p.language) AS language,
  coalesce(s.birth_date, p.birth_date) AS birth_date,
  CASE WHEN s.age_on >= coalesce(p.age_on, s.age_on) THEN s.age_years ELSE p.age_years END
    AS age_years,
  CASE WHEN s.age_on >= coalesce(p.age_on, s.age_on) THEN s.age_on ELSE p.age_on END AS age_on
FROM import_patient s JOIN patients_patient p ON p.external_id = s.external_id
"""

_APPOINTMENT_TARGET = """
SELECT a.id, a.voided_at, s.line, p.id AS patient_id, s.branch_id, s.on_date,
  CASE WHEN s.starts IS NULL THEN CASE WHEN a.on_date = s.on_date THEN a.during END
       ELSE tstzrange(s.starts, s.ends) END AS during,
  coalesce(s.dentist_id, a.dentist_id) AS dentist_id,
  coalesce(s.service_id, a.service_id) AS service_id,
  CASE WHEN s.outcome IS NULL THEN a.status ELSE s.status END AS status,
  coalesce(s.outcome, a.outcome) AS outcome,
  CASE WHEN s.outcome IS NULL OR (s.outcome = a.outcome AND s.on_date = a.on_date)
       THEN a.outcome_at ELSE s.outcome_at END AS outcome_at,
  coalesce(s.booked_at, a.booked_at) AS booked_at,
  coalesce(s.sms_received, a.sms_received) AS sms_received
FROM import_appointment s
JOIN patients_appointment a ON a.external_id = s.external_id
JOIN patients_patient p ON p.external_id = s.patient
"""


def correct_patients(batch: int) -> tuple[int, int]:
    """Patients that stand: (created again after an undo, corrected)."""
    return _correct("patient", _PATIENT_TARGET, PATIENT_FIELDS, batch)


def correct_appointments(batch: int) -> tuple[int, int]:
    """Appointments that stand: (created again after an undo, corrected).

    A corrected time may run into another one: the file says what was, so it is let through.
    """
    let_through = (
        "overbooked = o.overbooked OR (t.dentist_id IS NOT NULL AND "
        "(t.during, t.dentist_id) IS DISTINCT FROM (o.during, o.dentist_id))"
    )
    return _correct("appointment", _APPOINTMENT_TARGET, APPOINTMENT_FIELDS, batch, let_through)


def _correct(
    noun: str, target: str, fields: Sequence[str], batch: int, also: str = ""
) -> tuple[int, int]:
    """Write what differs, and keep what stood before. An empty cell never erases what is known."""
    table, values = f"patients_{noun}", {"batch": batch}
    theirs, ours = (", ".join(f"{row}.{name}" for name in fields) for row in "to")
    sets = ", ".join([*(f"{name} = t.{name}" for name in fields), *filter(None, [also])])
    _run(
        "DROP TABLE IF EXISTS import_target;"
        f"CREATE TEMP TABLE import_target ON COMMIT DROP AS SELECT t.* FROM ({target}) t "
        f"JOIN {table} o ON o.id = t.id "
        f"WHERE o.voided_at IS NOT NULL OR ({ours}) IS DISTINCT FROM ({theirs})"
    )
    again = _run(
        f"UPDATE {table} o SET {sets}, voided_at = NULL, import_batch_id = %(batch)s "
        "FROM import_target t WHERE o.id = t.id AND o.voided_at IS NOT NULL",
        values,
    )
    for name in fields:
        _run(
            f"INSERT INTO patients_importchange (batch_id, {noun}_id, field, old, new) "
            f"SELECT %(batch)s, o.id, '{name}', o.{name}::text, t.{name}::text "
            f"FROM import_target t JOIN {table} o ON o.id = t.id "
            f"WHERE t.voided_at IS NULL AND o.{name} IS DISTINCT FROM t.{name}",
            values,
        )
    corrected = _run(
        f"UPDATE {table} o SET {sets} FROM import_target t "
        "WHERE o.id = t.id AND t.voided_at IS NULL"
    )
    return again, corrected


def insert_patients(batch: int) -> int:
    """Patients seen for the first time, each with a person of her own."""
    _run(
        "DROP TABLE IF EXISTS import_new;"
        "CREATE TEMP TABLE import_new ON COMMIT DROP AS SELECT s.* FROM import_patient s "
        "WHERE NOT EXISTS (SELECT 1 FROM patients_patient p WHERE p.external_id = s.external_id)"
    )
    _run("INSERT INTO patients_person (uid) SELECT person FROM import_new")
    return _run(
        """
        INSERT INTO patients_patient (uid, person_id, branch_id, external_id, full_name, name_key,
          sort_key, salutation, gender, birth_date, age_years, age_on, is_test, import_batch_id,
          recorded_at, language)
        SELECT gen_random_uuid(), h.id, s.branch_id, s.external_id, coalesce(s.full_name, ''),
          coalesce(s.name_key, ''), coalesce(s.sort_key, ''), coalesce(s.salutation, ''),
          coalesce(s.gender, ''), s.birth_date, s.age_years, s.age_on, false, %(batch)s,
          s.recorded_at, coalesce(s.language, 'vi')
        FROM import_new s JOIN patients_person h ON h.uid = s.person ORDER BY s.line
        ON CONFLICT (external_id) DO NOTHING
        """,
        {"batch": batch},
    )


def insert_phones(moment: object) -> int:
    """The numbers of the file, and whose they are."""
    _run(
        """
        INSERT INTO patients_contactpoint (uid, kind, value, reversed_value, typed, converted_from,
          can_sms, recorded_at)
        SELECT gen_random_uuid(), 'phone', s.e164, reverse(substr(s.e164, 2)), min(s.typed),
          min(s.converted_from), bool_and(s.can_sms), %(moment)s
        FROM import_patient s WHERE s.e164 IS NOT NULL GROUP BY s.e164
        ON CONFLICT (kind, value) DO NOTHING
        """,
        {"moment": moment},
    )
    return _run(
        """
        INSERT INTO patients_patientcontactpoint (patient_id, contact_point_id, relation, position)
        SELECT p.id, c.id, coalesce(s.relation, ''),
          (SELECT count(*) FROM patients_patientcontactpoint l
           WHERE l.patient_id = p.id AND l.ended_at IS NULL)
        FROM import_patient s JOIN patients_patient p USING (external_id)
        JOIN patients_contactpoint c ON c.kind = 'phone' AND c.value = s.e164
        WHERE NOT EXISTS (SELECT 1 FROM patients_patientcontactpoint l
                          WHERE l.patient_id = p.id AND l.contact_point_id = c.id)
        """
    )


def index_names() -> None:
    """The word-starts of the names in the file, where they are not there yet."""
    _run(
        """
        DELETE FROM patients_namesuffix n USING patients_patient p, import_patient s
        WHERE p.external_id = s.external_id AND n.patient_id = p.id AND s.full_name IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM import_suffix x
                          WHERE x.external_id = s.external_id AND x.suffix = n.suffix)
        """
    )
    _run(
        """
        INSERT INTO patients_namesuffix (patient_id, suffix)
        SELECT p.id, x.suffix FROM import_suffix x JOIN patients_patient p USING (external_id)
        WHERE NOT EXISTS (
          SELECT 1 FROM patients_namesuffix n WHERE n.patient_id = p.id AND n.suffix = x.suffix)
        """
    )


def insert_appointments(batch: int) -> int:
    """Appointments seen for the first time. Recorded when they were booked."""
    return _run(
        """
        INSERT INTO patients_appointment (uid, external_id, patient_id, branch_id, dentist_id,
          service_id, on_date, during, status, outcome, outcome_at, booked_at, recorded_at,
          sms_received, import_batch_id, reason, purpose, counts_as_return, overbooked, move_wish)
        SELECT gen_random_uuid(), s.external_id, p.id, s.branch_id, s.dentist_id, s.service_id,
          s.on_date, CASE WHEN s.starts IS NOT NULL THEN tstzrange(s.starts, s.ends) END,
          s.status, s.outcome, s.outcome_at, s.booked_at, s.booked_at,
          s.sms_received, %(batch)s, '', '', false,
          s.starts IS NOT NULL AND s.dentist_id IS NOT NULL AND (
            EXISTS (SELECT 1 FROM patients_appointment a
                    WHERE a.dentist_id = s.dentist_id AND a.during && tstzrange(s.starts, s.ends)
                      AND a.voided_at IS NULL)
            OR coalesce(s.starts < max(s.ends) OVER (
              PARTITION BY s.dentist_id ORDER BY s.starts, s.line
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false)),
          ''
        FROM import_appointment s JOIN patients_patient p ON p.external_id = s.patient
        WHERE NOT EXISTS (
          SELECT 1 FROM patients_appointment a WHERE a.external_id = s.external_id)
        ORDER BY s.line
        ON CONFLICT (external_id) DO NOTHING
        """,
        {"batch": batch},
    )


def insert_treatments(batch: int) -> tuple[int, int]:
    """History: signed when it was done, each in a plan of its own; (created, brought back)."""
    again = _run(
        "UPDATE patients_treatment t SET status = 'signed', voided_at = NULL, void_reason = '', "
        "import_batch_id = %(batch)s FROM import_treatment s WHERE "
        "t.external_id = s.external_id AND t.voided_at NOTNULL AND t.import_batch_id NOTNULL",
        {"batch": batch},
    )
    _run(
        "UPDATE patients_episode e SET voided_at = NULL FROM patients_treatment t JOIN "
        "import_treatment s USING (external_id) WHERE e.id = t.episode_id AND e.voided_at NOTNULL"
    )
    _run(
        """
        INSERT INTO patients_episode (uid, patient_id, branch_id, service_id, tooth, opened_at,
          closed_at, recorded_at)
        SELECT s.episode, p.id, s.branch_id, s.service_id, s.tooth, s.done_at,
          CASE WHEN v.single_visit THEN s.done_at END, s.done_at
        FROM import_treatment s JOIN patients_patient p ON p.external_id = s.patient
        JOIN clinics_service v ON v.id = s.service_id
        WHERE NOT EXISTS (SELECT 1 FROM patients_treatment t WHERE t.external_id = s.external_id)
        """
    )
    created = _run(
        """
        INSERT INTO patients_treatment (uid, external_id, patient_id, episode_id, branch_id,
          service_id, dentist_id, tooth, agreed_value, status, done_at, signed_at, recorded_at,
          import_batch_id, deep_cavity, void_reason)
        SELECT gen_random_uuid(), s.external_id, e.patient_id, e.id, s.branch_id, s.service_id,
          s.dentist_id, s.tooth, s.agreed_value, 'signed', s.done_at, s.done_at, s.done_at,
          %(batch)s, false, '' FROM import_treatment s JOIN patients_episode e ON e.uid = s.episode
        """,
        {"batch": batch},
    )
    return created, again


def insert_visits(batch: int) -> int:
    """One visit a patient and day, unless one stands."""
    return _run(
        """
        INSERT INTO patients_visit (uid, patient_id, branch_id, on_date, started_at, is_return,
          recorded_at, import_batch_id)
        SELECT gen_random_uuid(), p.id, s.branch_id, s.on_date, s.started_at, s.is_return,
          s.started_at, %(batch)s FROM import_visit s
        JOIN patients_patient p ON p.external_id = s.patient
        ON CONFLICT (patient_id, on_date) WHERE voided_at IS NULL DO NOTHING
        """,
        {"batch": batch},
    )


def note_basis(batch: int, text_version: str, moment: object) -> int:
    """The care relationship, for the patients of the file who have neither it nor a refusal."""
    return _run(
        """
        INSERT INTO patients_basis (patient_id, purpose, channel, kind, text_version, source,
          import_batch_id, recorded_at)
        SELECT p.id, 'care', '', 'care_relation', %(text)s, 'import', %(batch)s, %(moment)s
        FROM import_patient s JOIN patients_patient p USING (external_id)
        WHERE NOT EXISTS (SELECT 1 FROM patients_basis b
          WHERE b.patient_id = p.id AND b.purpose = 'care' AND b.channel = ''
            AND (b.kind = 'refusal' OR b.text_version = %(text)s)
            AND NOT coalesce(b.import_batch_id = ANY(ARRAY(
              SELECT i.id FROM patients_importbatch i WHERE i.undone_at IS NOT NULL)), false))
        """,
        {"batch": batch, "text": text_version, "moment": moment},
    )


def batches_of_file(noun: str) -> list[int]:
    """The batches that hold the rows of the staged file."""
    statement = (
        f"SELECT DISTINCT import_batch_id FROM patients_{noun} JOIN import_{noun} s "
        "USING (external_id) WHERE voided_at IS NULL AND import_batch_id IS NOT NULL ORDER BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]


def void_batch(batch: int, moment: object) -> dict[str, int]:
    """Take the rows of a batch out of every number, give back what it corrected."""
    values = {"batch": batch, "moment": moment}
    _give_back("appointment", APPOINTMENT_FIELDS, batch)
    _give_back("patient", PATIENT_FIELDS, batch)
    counts = {
        noun: _run(
            f"UPDATE patients_{noun} SET voided_at = %(moment)s "
            "WHERE import_batch_id = %(batch)s AND voided_at IS NULL",
            values,
        )
        for noun in ("appointment", "visit")
    }
    counts["treatment"] = _run(
        "UPDATE patients_treatment SET status = 'voided', voided_at = %(moment)s, "
        "void_reason = 'import undone' WHERE import_batch_id = %(batch)s AND voided_at IS NULL",
        values,
    )
    _run(
        "UPDATE patients_episode e SET voided_at = %(moment)s WHERE voided_at IS NULL AND id IN "
        "(SELECT episode_id FROM patients_treatment WHERE import_batch_id = %(batch)s) AND NOT "
        "EXISTS (SELECT 1 FROM patients_treatment WHERE episode_id = e.id AND voided_at IS NULL)",
        values,
    )
    counts["patient"] = _run(
        "UPDATE patients_patient p SET voided_at = %(moment)s "
        "WHERE p.import_batch_id = %(batch)s AND p.voided_at IS NULL "
        + "".join(
            f"AND NOT EXISTS (SELECT 1 FROM patients_{noun} o "
            "WHERE o.patient_id = p.id AND o.voided_at IS NULL) "
            for noun in ("appointment", "visit", "treatment")
        ),
        values,
    )
    return counts


def _give_back(noun: str, fields: Sequence[str], batch: int) -> None:
    """All fields of a row at once: its constraints hold over several of them."""
    olds = ", ".join(
        f"bool_or(c.field = '{name}') AS has_{name}, "
        f"max(c.old) FILTER (WHERE c.field = '{name}') AS old_{name}"
        for name in fields
    )
    sets = ", ".join(
        f"{name} = CASE WHEN b.has_{name} THEN b.old_{name}::{_TYPES.get(name, 'text')} "
        f"ELSE o.{name} END"
        for name in fields
    )
    _run(
        f"UPDATE patients_{noun} o SET {sets} FROM (SELECT c.{noun}_id AS id, {olds} "
        f"FROM patients_importchange c WHERE c.batch_id = %(batch)s AND c.{noun}_id IS NOT NULL "
        f"GROUP BY c.{noun}_id) b WHERE o.id = b.id",
        {"batch": batch},
    )
