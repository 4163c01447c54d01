"""Numbers over what is held, not over what was dated: data_leak (docs/kpi.md).

Records are held for years, so no day dates them: a period's records are all that were held in
it. Nothing is kept as units; the rows below are only ever appended, each with its time, so what
was known at an instant is asked of them directly.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from clinics import clock
from clinics.clock import CLINIC_ZONE
from kpi.metrics import Part

#: Losses stand as soon as the trail shows them, unless a person wrote why they were right.
LOSSES = ("deleted", "voided", "identity", "contact")

#: Months of the period, each with the part of it that lies inside; or the period as one.
_ONE_SPAN = (
    "SELECT NULL::date AS day, %(first_at)s::timestamptz AS a, %(until_at)s::timestamptz AS b"
)
_MONTHS = """
SELECT greatest(m::date, %(first)s::date) AS day,
       greatest(m::date, %(first)s::date)::timestamp AT TIME ZONE %(zone)s AS a,
       least((m + interval '1 month')::date, %(until)s::date)::timestamp AT TIME ZONE %(zone)s AS b
FROM generate_series(date_trunc('month', %(first)s::date::timestamp),
                     %(until)s::date::timestamp - interval '1 day', interval '1 month') AS m
"""

#: A record that was deleted is held no more, yet it was: what its row held tells of it.
RECORDS = """
WITH spans AS ({spans}), held AS (
    SELECT uid, id, person_id, branch_id, is_test, recorded_at,
           CASE WHEN voided_at <= %(at)s THEN voided_at END AS gone_at
    FROM patients_patient
    UNION ALL
    SELECT (before->>'uid')::uuid, object_id, (before->>'person_id')::bigint,
           (before->>'branch_id')::bigint, (before->>'is_test')::boolean,
           (before->>'recorded_at')::timestamptz, happened_at
    FROM clinics_changeevent
    WHERE kind = 'patients_patient' AND deed = 'delete' AND before IS NOT NULL
), cases AS (
    SELECT c.id, c.kind, c.actor_id, c.happened_at,
           CASE WHEN v.verdict = 'dismissed' THEN 'dismissed'
                WHEN c.kind = ANY(%(losses)s::text[]) THEN 'lost'
                WHEN v.verdict = 'confirmed' THEN 'exposed' ELSE 'suspected' END AS state
    FROM kpi_leakcase c
    LEFT JOIN LATERAL (
        SELECT verdict FROM kpi_leakverdict WHERE case_id = c.id AND at <= %(at)s
        ORDER BY at DESC, id DESC LIMIT 1) v ON true
    WHERE c.found_at <= %(at)s AND c.happened_at >= %(first_at)s AND c.happened_at < %(until_at)s
), touched AS (
    SELECT DISTINCT ON (s.day, r.patient_id) s.day, r.patient_id, c.kind, c.actor_id,
           c.happened_at, c.state = ANY(%(counts)s::text[]) AS counted
    FROM spans s
    JOIN cases c ON c.happened_at >= s.a AND c.happened_at < s.b
                AND c.state = ANY(%(looked_at)s::text[])
    JOIN kpi_leakrecord r ON r.case_id = c.id AND r.found_at <= %(at)s
    ORDER BY s.day, r.patient_id, counted DESC, c.happened_at, c.id
), told AS (
    SELECT h.uid AS unit, h.person_id, h.id AS patient_id, h.branch_id,
           NULL::bigint AS service_id, t.actor_id AS dentist_id, ''::text AS channel,
           coalesce(s.day, (coalesce(t.happened_at, h.recorded_at) AT TIME ZONE %(zone)s)::date)
               AS index_day,
           0 AS start_at, NULL::int AS event_at, 0 AS followed,
           CASE WHEN h.is_test THEN 'excluded' WHEN t.counted THEN 'counted'
                WHEN t.counted IS NOT NULL THEN 'immature' ELSE 'not_counted' END AS told_role,
           0 AS told_time, 0 AS told_state,
           CASE WHEN h.is_test THEN 'test_patient' ELSE coalesce(t.kind, 'held') END AS told_reason
    FROM spans s
    JOIN held h ON h.recorded_at < s.b AND h.recorded_at <= %(at)s
               AND (h.gone_at IS NULL OR h.gone_at >= s.a)
    LEFT JOIN touched t ON t.patient_id = h.id AND t.day IS NOT DISTINCT FROM s.day
    WHERE {mine}
)
"""

#: Acts on a patient's record that must be answerable: reads, reveals, exports, and changes of
#: who she is, how she is reached and what she agreed to, and whatever is deleted.
ACTS = """
WITH done AS (
    SELECT md5('change' || e.id)::uuid AS unit, e.patient_id, e.actor_id, e.happened_at,
           CASE WHEN e.actor_id IS NOT NULL THEN 'counted'
                WHEN e.source IN ('web', 'task') THEN 'excluded' ELSE 'not_counted' END AS role,
           CASE WHEN e.actor_id IS NOT NULL THEN 'named' WHEN e.source = 'web' THEN 'by_link'
                WHEN e.source = 'task' THEN 'by_product' WHEN e.source = 'command' THEN 'by_command'
                ELSE 'past_product' END AS reason
    FROM clinics_changeevent e
    WHERE e.happened_at >= %(first_at)s AND e.happened_at < %(until_at)s
      AND e.happened_at <= %(at)s AND e.batch = '' AND e.patient_id IS NOT NULL
      AND (e.deed = 'delete' OR e.deed = 'update' AND e.kind = 'patients_patient'
           OR e.kind IN ('patients_patientcontactpoint', 'patients_basis'))
    UNION ALL
    SELECT md5('entry' || e.id)::uuid, p.id, e.actor_id, e.happened_at,
           CASE WHEN e.actor_id IS NOT NULL THEN 'counted' ELSE 'not_counted' END,
           CASE WHEN e.actor_id IS NOT NULL THEN 'named' ELSE 'past_product' END
    FROM clinics_auditentry e
    JOIN patients_patient p ON p.uid = coalesce(e.subject, e.subjects[1])
    WHERE e.happened_at >= %(first_at)s AND e.happened_at < %(until_at)s
      AND e.happened_at <= %(at)s
      AND (e.verb LIKE '%%.seen' OR e.verb IN ('phone.revealed', 'list.exported'))
), told AS (
    SELECT d.unit, h.person_id, h.id AS patient_id, h.branch_id, NULL::bigint AS service_id,
           d.actor_id AS dentist_id, ''::text AS channel,
           (d.happened_at AT TIME ZONE %(zone)s)::date AS index_day,
           0 AS start_at, NULL::int AS event_at, 0 AS followed,
           CASE WHEN h.is_test THEN 'excluded' ELSE d.role END AS told_role,
           0 AS told_time, 0 AS told_state,
           CASE WHEN h.is_test THEN 'test_patient' ELSE d.reason END AS told_reason
    FROM done d JOIN patients_patient h ON h.id = d.patient_id
    WHERE {mine}
)
"""


def statement(
    part: Part,
    *,
    first: dt.date,
    until: dt.date,
    as_of: dt.datetime | None,
    branches: tuple[int, ...] | None,
    by: tuple[str, ...],
) -> tuple[str, dict[str, Any]]:
    """What a part over the stock tells of each record or act, as the table `told`."""
    words = {
        "spans": _MONTHS if "month" in by else _ONE_SPAN,
        "mine": "true" if branches is None else "h.branch_id = ANY(%(branches)s::bigint[])",
    }
    return {"records": RECORDS, "acts": ACTS}[part.stock].format(**words), {
        "first": first,
        "until": until,
        "first_at": clock.day_bounds(first)[0],
        "until_at": clock.day_bounds(until)[0],
        "at": as_of or clock.now(),
        "zone": CLINIC_ZONE.key,
        "branches": list(branches or ()),
        "losses": list(LOSSES),
        "counts": list(part.counts),
        "looked_at": [*part.counts, *part.waits],
    }
