"""The statements the ORM cannot say: claiming due contacts, starting steps for an import."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.db import connection

from clinics import clock
from clinics.public import quiet
from followup import engine

_CLAIM = """
SELECT id FROM followup_contact
WHERE due_at <= %s ORDER BY due_at, id LIMIT %s
FOR UPDATE SKIP LOCKED
"""


def claim(now: dt.datetime, limit: int) -> list[int]:
    """Ids of contacts due now, locked until the transaction ends; what another process holds
    is left to it."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, limit])
        return [row[0] for row in cursor.fetchall()]


#: Appointments of an import with the rule of engine.reminder_at: the last of her hours that is
#: not later than 24 hours before the start. Local times are the clinic's clock.
_AHEAD = """
WITH slot AS (
    SELECT a.id, a.patient_id, a.branch_id, a.booked_at,
           coalesce(lower(a.during), a.on_date::timestamp AT TIME ZONE %(zone)s) AS start,
           CASE WHEN p.preferred_hour IS NULL THEN %(default)s
                WHEN p.preferred_hour < %(from)s THEN %(from)s
                WHEN p.preferred_hour >= %(to)s THEN %(last)s
                ELSE p.preferred_hour END AS hour
    FROM patients_appointment a JOIN patients_patient p ON p.id = a.patient_id
    WHERE a.import_batch_id = %(batch)s AND a.voided_at IS NULL
), latest AS (
    SELECT slot.*, (start - interval '24 hours') AT TIME ZONE %(zone)s AS until FROM slot
), timed AS (
    SELECT latest.*,
           (until::date + hour - CASE WHEN until::time < hour THEN interval '1 day'
                                      ELSE interval '0' END) AT TIME ZONE %(zone)s AS at
    FROM latest
)
"""

_COUNT = (
    _AHEAD
    + """
SELECT count(*) FILTER (WHERE start > %(now)s AND booked_at <= %(now)s
                          AND booked_at <= start - interval '24 hours'),
       count(*) FILTER (WHERE start <= %(now)s),
       count(*) FILTER (WHERE start > %(now)s AND booked_at > %(now)s),
       count(*) FILTER (WHERE start > %(now)s AND booked_at <= %(now)s
                          AND booked_at > start - interval '24 hours')
FROM timed
"""
)

_START = (
    _AHEAD
    + """
INSERT INTO followup_contact (uid, kind, patient_id, branch_id, appointment_id, template, safety,
                              cycle, planned_for, due_at, created_at, import_batch_id)
SELECT gen_random_uuid(), 'reminder', patient_id, branch_id, id, 'reminder', false,
       0, at, greatest(at, %(now)s), %(now)s, %(batch)s
FROM timed
WHERE start > %(now)s AND booked_at <= %(now)s AND booked_at <= start - interval '24 hours'
ON CONFLICT DO NOTHING
"""
)


def _values(batch_id: int, now: dt.datetime) -> dict[str, Any]:
    return {
        "batch": batch_id,
        "now": now,
        "zone": clock.CLINIC_ZONE.key,
        "default": engine.DEFAULT_HOUR,
        "from": quiet.OPENS,
        "to": quiet.CLOSES,
        "last": engine.LAST_HOUR,
    }


def count_imported(batch_id: int, now: dt.datetime) -> tuple[int, int, int, int]:
    """Of an import's appointments: ahead and to be reminded, past, not booked yet at this
    moment, booked less than a day ahead."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, _values(batch_id, now))
        planned, past, unbooked, short = cursor.fetchone()
        return planned, past, unbooked, short


def start_imported(batch_id: int, now: dt.datetime) -> int:
    """Write a reminder for each appointment of an import that is ahead. Returns how many are
    new: started again it adds nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_START, _values(batch_id, now))
        return int(cursor.rowcount)


#: Their last visit is at least so old, not all of it is imported, and nobody expects them: no
#: appointment ahead, no contact of a plan still to be said, no sequence about this absence.
_LAPSED = """
WITH last AS (
    SELECT DISTINCT ON (v.patient_id) v.patient_id, v.branch_id, v.on_date, v.started_at
    FROM patients_visit v WHERE v.voided_at IS NULL
    ORDER BY v.patient_id, v.on_date DESC
), away AS (
    SELECT last.*, row_number() OVER (PARTITION BY last.branch_id
                                      ORDER BY last.on_date DESC, last.patient_id) AS place
    FROM last JOIN patients_patient p ON p.id = last.patient_id
    WHERE last.on_date <= %(until)s AND p.voided_at IS NULL AND NOT p.is_test
      AND p.deceased_on IS NULL AND p.moved_away_on IS NULL
      AND EXISTS (SELECT FROM patients_visit v WHERE v.patient_id = last.patient_id
                  AND v.voided_at IS NULL AND v.import_batch_id IS NULL)
      AND NOT EXISTS (SELECT FROM followup_sequence s WHERE s.patient_id = last.patient_id
                      AND s.kind = 'lapsed' AND s.t0 = last.started_at)
      AND NOT EXISTS (SELECT FROM patients_appointment a WHERE a.patient_id = last.patient_id
                      AND a.outcome IS NULL AND a.voided_at IS NULL AND a.on_date >= %(today)s)
      AND NOT EXISTS (SELECT FROM followup_contact c WHERE c.patient_id = last.patient_id
                      AND c.due_at IS NOT NULL AND c.enrolment_id IS NOT NULL)
)
SELECT away.patient_id, away.branch_id, away.started_at,
       (SELECT t.dentist_id FROM patients_treatment t WHERE t.patient_id = away.patient_id
        AND t.status = 'signed' ORDER BY t.done_at DESC LIMIT 1)
FROM away WHERE place <= %(limit)s ORDER BY away.branch_id, place
"""


class Lapsed(NamedTuple):
    """Somebody who stays away: since when, where, and the dentist who saw her last."""

    patient_id: int
    branch_id: int
    last_at: dt.datetime
    dentist_id: int | None


def lapsed(until: dt.date, limit: int) -> list[Lapsed]:
    """People whose last visit was on this day or before, at most so many a branch."""
    with connection.cursor() as cursor:
        cursor.execute(_LAPSED, {"until": until, "today": clock.today(), "limit": limit})
        return [Lapsed(*row) for row in cursor.fetchall()]
