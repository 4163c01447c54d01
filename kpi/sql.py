"""The units a number wants for some days or persons, and how the stored ones are brought there.

Set-based: one statement closes what changed, one adds what is new, whatever the number of rows.
Rules and their reasons: docs/kpi.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from clinics.clock import CLINIC_ZONE
from kpi import wanted

#: What the statements below give for each unit, in this order; `fact_at` says since when.
COLUMNS = (
    "unit",
    "person_id",
    "patient_id",
    "branch_id",
    "service_id",
    "dentist_id",
    "index_day",
    "role",
    "reason",
    "days",
    "any_days",
    "exit_days",
    "import_batch_id",
    "channel",
    "mature_at",
)

#: An appointment is one unit; its outcome decides, and who has checked in has come. What lies
#: in the future of `now` has not been heard yet. B9: did not come ÷ (came + did not come +
#: cancelled late).
NO_SHOW_WANTED = """
WITH slots AS MATERIALIZED (
    SELECT a.* FROM patients_appointment a
    WHERE a.voided_at IS NULL
      AND (a.on_date = ANY(%(days)s::date[]) OR a.patient_id = ANY(ARRAY(
          SELECT id FROM patients_patient WHERE person_id = ANY(%(persons)s::bigint[]))))
)
SELECT a.uid AS unit, p.person_id, a.patient_id, a.branch_id, a.service_id, a.dentist_id,
       a.on_date AS index_day,
       CASE WHEN p.is_test THEN 'excluded'
            WHEN heard.outcome IS NULL THEN 'missing'
            WHEN heard.outcome = 'no_show' THEN 'counted'
            WHEN heard.outcome IN ('on_time', 'late', 'late_cancel') THEN 'not_counted'
            ELSE 'excluded' END AS role,
       CASE WHEN p.is_test THEN 'test_patient' ELSE coalesce(heard.outcome, '') END AS reason,
       NULL::int AS days, NULL::int AS any_days, NULL::int AS exit_days, a.import_batch_id,
       ''::text AS channel, NULL::timestamptz AS mature_at,
       CASE WHEN a.import_batch_id IS NULL THEN greatest(a.recorded_at, heard.at)
            ELSE coalesce(heard.at, a.booked_at) END AS fact_at
FROM slots a
JOIN patients_patient p ON p.id = a.patient_id AND p.voided_at IS NULL
CROSS JOIN LATERAL (
    SELECT CASE WHEN a.outcome_at <= %(now)s THEN a.outcome
                WHEN a.outcome IS NULL AND a.checked_in_at <= %(now)s
                THEN CASE WHEN a.checked_in_at > lower(a.during) + interval '15 minutes'
                          THEN 'late' ELSE 'on_time' END END AS outcome,
           CASE WHEN a.outcome_at <= %(now)s THEN a.outcome_at
                WHEN a.outcome IS NULL AND a.checked_in_at <= %(now)s
                THEN a.checked_in_at END AS at
) heard
WHERE p.id = ANY(ARRAY(SELECT patient_id FROM slots))
"""

#: An episode is one unit, dated by its last visit; the event is the first later day on which
#: the person comes for something new. Imported facts count from the visit itself; that an
#: imported return lies later than the instant asked for is seen when it is read.
REVISIT_WANTED = """
WITH people AS MATERIALIZED (
    SELECT * FROM patients_patient
    WHERE voided_at IS NULL AND person_id = ANY(%(persons)s::bigint[])
), persons AS (
    SELECT person_id, bool_or(is_test) AS is_test,
           least(min(deceased_on), min(moved_away_on)) AS exit_on,
           CASE WHEN min(deceased_on) <= coalesce(min(moved_away_on), 'infinity') THEN 'deceased'
                WHEN min(moved_away_on) IS NOT NULL THEN 'moved_away' ELSE '' END AS exit_reason
    FROM people GROUP BY person_id
), seen AS MATERIALIZED (
    SELECT v.*, p.person_id FROM patients_visit v JOIN people p ON p.id = v.patient_id
    WHERE v.patient_id = ANY(ARRAY(SELECT id FROM people)) AND v.voided_at IS NULL
      AND v.started_at <= %(now)s
), plans AS MATERIALIZED (
    SELECT DISTINCT ON (e.id) e.uid AS unit, v.person_id, e.patient_id, v.branch_id,
           e.service_id, t.dentist_id, v.on_date AS index_day, v.started_at,
           CASE WHEN e.closed_at <= %(now)s THEN e.closed_at END AS closed_at,
           greatest(e.recorded_at, t.signed_at, v.recorded_at) AS recorded_at, t.import_batch_id
    FROM patients_episode e
    JOIN patients_treatment t ON t.episode_id = e.id AND t.status = 'signed'
    JOIN seen v ON v.patient_id = t.patient_id
               AND v.on_date = (t.done_at AT TIME ZONE %(zone)s)::date
    WHERE e.patient_id = ANY(ARRAY(SELECT id FROM people)) AND e.voided_at IS NULL
      AND t.patient_id = ANY(ARRAY(SELECT id FROM people)) AND t.done_at <= %(now)s
    ORDER BY e.id, v.on_date DESC, t.done_at DESC, t.id DESC
), visits AS (
    SELECT person_id, on_date, bool_or(is_return) AS is_return, min(recorded_at) AS recorded_at
    FROM seen GROUP BY person_id, on_date
), later AS (
    SELECT s.unit, min(v.on_date) AS any_on,
           min(v.on_date) FILTER (WHERE v.is_return) AS back_on,
           (array_agg(v.recorded_at ORDER BY v.on_date))[1] AS any_recorded_at,
           (array_agg(v.recorded_at ORDER BY v.on_date) FILTER (WHERE v.is_return))[1]
               AS back_recorded_at
    FROM plans s JOIN visits v ON v.person_id = s.person_id AND v.on_date > s.index_day
    GROUP BY s.unit
)
SELECT s.unit, s.person_id, s.patient_id, s.branch_id, s.service_id, s.dentist_id, s.index_day,
       CASE WHEN g.is_test OR s.closed_at IS NULL OR g.exit_on < s.index_day THEN 'excluded'
            WHEN l.back_on IS NOT NULL AND coalesce(l.back_on <= g.exit_on, true) THEN 'counted'
            ELSE 'not_counted' END AS role,
       CASE WHEN g.is_test THEN 'test_patient'
            WHEN s.closed_at IS NULL THEN 'in_treatment' ELSE g.exit_reason END AS reason,
       l.back_on - s.index_day AS days, l.any_on - s.index_day AS any_days,
       CASE WHEN g.exit_on >= s.index_day THEN g.exit_on - s.index_day END AS exit_days,
       s.import_batch_id, ''::text AS channel, NULL::timestamptz AS mature_at,
       CASE WHEN s.import_batch_id IS NULL
            THEN greatest(s.recorded_at, s.closed_at, l.back_recorded_at, l.any_recorded_at)
            ELSE greatest(s.started_at, s.closed_at) END AS fact_at
FROM plans s JOIN persons g USING (person_id) LEFT JOIN later l USING (unit)
"""

WANTED = {"no_show": NO_SHOW_WANTED, "revisit": REVISIT_WANTED, **wanted.WANTED}

_PATIENTS = "ARRAY(SELECT id FROM patients_patient WHERE person_id = ANY(%(persons)s::bigint[]))"
_LATER_VISITS = f"""
INSERT INTO kpi_dirty (metric, person_id, due_at)
SELECT '{{metric}}', p.person_id, min(f.at)
FROM patients_patient p JOIN (
    SELECT patient_id, started_at AS at FROM patients_visit
    WHERE voided_at IS NULL AND patient_id = ANY({_PATIENTS})
    UNION ALL SELECT patient_id, closed_at FROM patients_episode
    WHERE voided_at IS NULL AND patient_id = ANY({_PATIENTS})
    UNION ALL SELECT patient_id, done_at FROM patients_treatment
    WHERE status = 'signed' AND patient_id = ANY({_PATIENTS})
) f ON f.patient_id = p.id
WHERE p.person_id = ANY(%(persons)s::bigint[]) AND f.at > %(now)s
  AND NOT EXISTS (SELECT FROM kpi_dirty d WHERE d.metric = '{{metric}}'
                  AND d.person_id = p.person_id AND d.due_at > %(now)s)
GROUP BY p.person_id
"""
#: What lies in the future of `now` comes up again when its time has come.
LATER = {
    "no_show": """
        INSERT INTO kpi_dirty (metric, day, due_at)
        SELECT 'no_show', a.on_date, min(a.outcome_at) FROM patients_appointment a
        WHERE a.voided_at IS NULL AND a.outcome_at > %(now)s
          AND a.on_date = ANY(%(days)s::date[])
          AND NOT EXISTS (SELECT FROM kpi_dirty d WHERE d.day = a.on_date AND d.due_at > %(now)s)
        GROUP BY a.on_date
    """,
    "revisit": _LATER_VISITS.format(metric="revisit"),
    "loyalty": _LATER_VISITS.format(metric="loyalty"),
}

#: Since when a unit stands as it does. What was not heard before the last look is dated when it
#: happened, the rest now: a report given in the past never changes. Imported history counts as
#: recorded when it happened, the first time it is seen.
SINCE = """
CASE WHEN (w.import_batch_id IS NOT NULL AND NOT {known}) OR w.fact_at > %(looked_at)s
     THEN least(w.fact_at, %(now)s) ELSE %(now)s END
"""

CLOSE = """
WITH wanted AS MATERIALIZED ({wanted}),
held AS (
    SELECT k.id, k.unit FROM kpi_unit k
    WHERE k.metric = %(metric)s AND upper_inf(k.recorded)
      AND (k.index_day = ANY(%(days)s::date[]) OR k.person_id = ANY(%(persons)s::bigint[]))
    UNION
    SELECT k.id, k.unit FROM kpi_unit k
    WHERE k.metric = %(metric)s AND k.unit = ANY(ARRAY(SELECT unit FROM wanted))
      AND upper_inf(k.recorded)
)
UPDATE kpi_unit k
SET recorded = tstzrange(lower(k.recorded), greatest(lower(k.recorded), coalesce({since}, %(now)s)))
FROM held LEFT JOIN wanted w USING (unit)
WHERE k.id = held.id
  AND (w.unit IS NULL OR k.version <> %(version)s OR ({w_columns}) IS DISTINCT FROM ({k_columns}))
"""

ADD = """
WITH wanted AS MATERIALIZED ({wanted}),
past AS MATERIALIZED (
    SELECT unit, max(upper(recorded)) AS until, bool_or(upper_inf(recorded)) AS open
    FROM kpi_unit WHERE metric = %(metric)s AND unit = ANY(ARRAY(SELECT unit FROM wanted))
    GROUP BY unit
)
INSERT INTO kpi_unit (metric, version, {columns}, recorded)
SELECT %(metric)s, %(version)s, {w_columns},
       tstzrange(greatest(past.until, {since}), NULL)
FROM wanted w LEFT JOIN past USING (unit)
WHERE past.open IS NOT TRUE
"""

#: The planner cannot know how many units a scope holds (after an import no statistics stand yet);
#: row by row the joins would be quadratic. Rows are found by index (= ANY), then joined at once.
JOIN_AT_ONCE = "SET LOCAL enable_nestloop = off"
JOIN_AS_USUAL = "SET LOCAL enable_nestloop = on"


@dataclass(frozen=True)
class Scope:
    """What is counted again: days, persons, or both."""

    days: Sequence[dt.date] = ()
    persons: Sequence[int] = ()

    def __bool__(self) -> bool:
        return bool(self.days or self.persons)


def bring_up_to_date(
    metric: str, version: int, scope: Scope, *, now: dt.datetime, looked_at: dt.datetime | None
) -> tuple[int, int]:
    """Close the units of the scope that changed and add what is new. Returns (closed, added).

    `looked_at` is when the metric was last brought up to date; what became known before that
    and changes only now is dated now.
    """
    params: dict[str, Any] = {
        "metric": metric,
        "version": version,
        "days": list(scope.days),
        "persons": list(scope.persons),
        "now": now,
        "looked_at": looked_at or dt.datetime.min.replace(tzinfo=dt.UTC),
        "zone": CLINIC_ZONE.key,
    }
    words = {
        "wanted": WANTED[metric],
        "columns": ", ".join(COLUMNS),
        "w_columns": ", ".join(f"w.{name}" for name in COLUMNS),
        "k_columns": ", ".join(f"k.{name}" for name in COLUMNS),
    }
    with connection.cursor() as cursor:
        cursor.execute(JOIN_AT_ONCE)
        cursor.execute(CLOSE.format(**words, since=SINCE.format(known="true")), params)
        closed = cursor.rowcount
        cursor.execute(
            ADD.format(**words, since=SINCE.format(known="(past.unit IS NOT NULL)")), params
        )
        added = cursor.rowcount
        if metric in LATER:
            cursor.execute(LATER[metric], params)
        cursor.execute(JOIN_AS_USUAL)
    return closed, added


def claim_dirty(metric: str, *, until: int, now: dt.datetime, limit: int) -> Scope:
    """Take marks that are due off the list and say what they name, each once.

    The ids are read once, as an array: after an import the table has no statistics yet, and a
    join with itself would be made row by row.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM kpi_dirty WHERE id = ANY(ARRAY(SELECT id FROM kpi_dirty WHERE metric = %s"
            " AND id <= %s AND (due_at IS NULL OR due_at <= %s) ORDER BY id LIMIT %s))"
            " RETURNING day, person_id",
            [metric, until, now, limit],
        )
        rows = cursor.fetchall()
    return Scope(
        days=sorted({day for day, _ in rows if day is not None}),
        persons=sorted({person for _, person in rows if person is not None}),
    )


def mark_everything() -> None:
    """Mark every day of appointments, every person with a plan of treatment, and everybody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kpi_dirty (metric, day)"
            " SELECT DISTINCT 'no_show', on_date FROM patients_appointment"
        )
        cursor.execute(
            "INSERT INTO kpi_dirty (metric, person_id)"
            " SELECT DISTINCT 'revisit', p.person_id FROM patients_episode e"
            " JOIN patients_patient p ON p.id = e.patient_id"
        )
        cursor.execute(
            "INSERT INTO kpi_dirty (metric, person_id) SELECT metric, person_id"
            " FROM (SELECT DISTINCT person_id FROM patients_patient) people, unnest(%s) AS metric",
            [list(wanted.WANTED)],
        )
