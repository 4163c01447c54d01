"""The units of messages, new patients and loyalty, derived from the records (docs/kpi.md).

Each statement gives sql.COLUMNS and `fact_at` for the persons of a scope. `channel` and
`mature_at` are empty where a number has no use for them. Where later events are read by their
day (`days`), a unit is known since its beginning: who came years ago is then no news of today
when a clinic's history is counted for the first time.
"""

from __future__ import annotations

_PEOPLE = """
WITH people AS MATERIALIZED (
    SELECT * FROM patients_patient
    WHERE voided_at IS NULL AND person_id = ANY(%(persons)s::bigint[])
), persons AS (
    SELECT person_id, bool_or(is_test) AS is_test,
           least(min(deceased_on), min(moved_away_on)) AS exit_on,
           CASE WHEN min(deceased_on) <= coalesce(min(moved_away_on), 'infinity') THEN 'deceased'
                WHEN min(moved_away_on) IS NOT NULL THEN 'moved_away' ELSE '' END AS exit_reason
    FROM people GROUP BY person_id
)"""

#: All attempts to say one thing are one unit, told by the attempt she answered, else by the one
#: whose own link she opened first, else by the first that was delivered, else by the last that went
#: out. A link that all attempts shared (the version before) does not say by which she came.
#: A sign of reading proves delivery; signs count for 72 hours after it. An account reports reading
#: from its first such report on; what it hands over later is told as read or not, and by what
#: sign ("read_answered", "not_read_booked").
OPEN_RATE_WANTED = (
    _PEOPLE
    + """, attempts AS MATERIALIZED (
    SELECT m.*, p.person_id FROM messaging_message m JOIN people p ON p.id = m.patient_id
    WHERE m.patient_id = ANY(ARRAY(SELECT id FROM people))
), opened AS MATERIALIZED (
    SELECT intent, min(first_opened_at) AS first_opened_at, count(*) AS links,
           (array_agg(attempt ORDER BY first_opened_at, attempt))[1] AS by_attempt
    FROM messaging_link WHERE patient_id = ANY(ARRAY(SELECT id FROM people)) GROUP BY intent
), told AS (
    SELECT DISTINCT ON (m.intent) m.intent, m.person_id, m.patient_id, m.branch_id, m.channel,
           m.state, m.error_code, m.template_id, m.account_id, m.called_at AS told_at
    FROM attempts m LEFT JOIN opened o USING (intent)
    ORDER BY m.intent, m.acted_at,
             coalesce(o.links > 1 AND o.first_opened_at IS NOT NULL AND o.by_attempt = m.attempt,
                      false) DESC,
             m.delivered_at, (m.called_at IS NULL), m.attempt DESC
), all_of AS (
    SELECT intent, min(called_at) AS called_at, min(queued_at) AS queued_at,
           min(delivered_at) AS delivered_at, min(acted_at) AS acted_at,
           min(seen_at) AS seen_at, max(ended_at) AS ended_at,
           bool_or(state IN ('queued', 'calling', 'accepted')) AS is_open
    FROM attempts GROUP BY intent
), reporting AS MATERIALIZED (
    SELECT account_id, min(seen_at) AS since FROM messaging_message
    WHERE seen_at IS NOT NULL GROUP BY account_id
), said AS MATERIALIZED (
    SELECT t.*, a.called_at, a.queued_at, a.acted_at, a.ended_at, a.is_open, o.first_opened_at,
           a.seen_at, coalesce(t.told_at > r.since, false) AS reports,
           o.intent IS NOT NULL AS has_link,
           CASE WHEN a.called_at IS NOT NULL
                THEN least(a.delivered_at, a.acted_at, o.first_opened_at) END AS reached_at
    FROM told t JOIN all_of a USING (intent) LEFT JOIN opened o USING (intent)
    LEFT JOIN reporting r USING (account_id)
    WHERE a.called_at IS NOT NULL OR NOT a.is_open
), booked AS (
    SELECT s.intent, min(b.booked_at) AS booked_at
    FROM said s JOIN messaging_template t ON t.id = s.template_id
    JOIN patients_appointment b ON b.patient_id = s.patient_id
     AND b.booked_at > s.reached_at AND b.booked_at <= s.reached_at + interval '72 hours'
    WHERE t.key IN ('invite', 'nudge', 'recall') AND b.voided_at IS NULL
      AND b.moved_from_id IS NULL AND b.import_batch_id IS NULL
      AND b.patient_id = ANY(ARRAY(SELECT id FROM people))
    GROUP BY s.intent
), signs AS (
    SELECT s.*,
           CASE WHEN s.acted_at <= s.reached_at + interval '72 hours' THEN s.acted_at END
               AS answered_in,
           CASE WHEN s.first_opened_at <= s.reached_at + interval '72 hours'
                THEN s.first_opened_at END AS opened_in,
           b.booked_at AS booked_in,
           CASE WHEN s.seen_at <= s.reached_at + interval '72 hours' THEN s.seen_at END AS seen_in
    FROM said s LEFT JOIN booked b USING (intent)
)
SELECT s.intent AS unit, s.person_id, s.patient_id, s.branch_id, NULL::bigint AS service_id,
       NULL::bigint AS dentist_id,
       (coalesce(s.called_at, s.queued_at) AT TIME ZONE %(zone)s)::date AS index_day,
       CASE WHEN g.is_test THEN 'excluded'
            WHEN s.reached_at IS NOT NULL THEN
                 CASE WHEN coalesce(s.answered_in, s.opened_in, s.booked_in, s.seen_in) IS NULL
                      THEN 'not_counted' ELSE 'counted' END
            WHEN s.is_open THEN 'missing' ELSE 'excluded' END AS role,
       CASE WHEN g.is_test THEN 'test_patient'
            WHEN s.reached_at IS NOT NULL AND s.reports THEN
                 CASE WHEN coalesce(s.answered_in, s.opened_in, s.seen_in) IS NULL
                      THEN 'not_read' ELSE 'read' END
                 || CASE WHEN s.answered_in IS NOT NULL THEN '_answered'
                         WHEN s.opened_in IS NOT NULL THEN '_opened'
                         WHEN s.booked_in IS NOT NULL THEN '_booked'
                         WHEN s.has_link THEN '' ELSE '_one_way' END
            WHEN s.answered_in IS NOT NULL THEN 'answered'
            WHEN s.opened_in IS NOT NULL THEN 'opened_link'
            WHEN s.booked_in IS NOT NULL THEN 'booked'
            WHEN s.seen_in IS NOT NULL AND s.has_link THEN 'seen'
            WHEN s.seen_in IS NOT NULL THEN 'seen_one_way'
            WHEN s.reached_at IS NOT NULL AND s.has_link THEN 'no_sign'
            WHEN s.reached_at IS NOT NULL THEN 'one_way'
            WHEN s.is_open THEN 'under_way'
            WHEN s.state = 'cancelled' AND s.error_code = 'refused' THEN 'refused_first'
            WHEN s.state = 'cancelled' THEN 'withdrawn'
            WHEN s.state = 'expired' THEN 'expired'
            WHEN s.state = 'unknown' THEN 'outcome_unknown'
            ELSE left('failed_' || regexp_replace(s.error_code, '[^a-zA-Z0-9_-]', '', 'g'), 40)
       END AS reason,
       NULL::int AS days, NULL::int AS any_days, NULL::int AS exit_days,
       NULL::bigint AS import_batch_id, s.channel::text AS channel,
       s.reached_at + interval '72 hours' AS mature_at,
       CASE WHEN s.reached_at IS NOT NULL
            THEN greatest(s.reached_at, s.answered_in, s.opened_in, s.booked_in, s.seen_in)
            WHEN s.is_open THEN s.called_at
            ELSE coalesce(s.ended_at, s.called_at, s.queued_at) END AS fact_at
FROM signs s JOIN persons g USING (person_id)
"""
)

#: A person is dated by her first record. What makes it complete may come from any record of hers.
#: Who was under 18 on that day (patients/ages.py has the same rule) is reached by a number of
#: somebody who speaks for her, too.
NEW_DATA_WANTED = (
    _PEOPLE
    + """, first AS (
    SELECT DISTINCT ON (p.person_id) p.*, h.uid AS unit FROM people p
    JOIN patients_person h ON h.id = p.person_id
    ORDER BY p.person_id, p.recorded_at, p.id
), mobile AS (
    SELECT DISTINCT p.person_id FROM people p
    JOIN patients_patientcontactpoint l ON l.patient_id = p.id
    JOIN patients_contactpoint c ON c.id = l.contact_point_id
    WHERE c.kind = 'phone' AND c.can_sms AND l.patient_id = ANY(ARRAY(SELECT id FROM people))
    UNION
    SELECT p.person_id FROM people p JOIN first f USING (person_id)
    JOIN patients_tie t ON t.patient_id = p.id AND t.is_guardian
    JOIN patients_patientcontactpoint l ON l.patient_id = t.relative_id
    JOIN patients_contactpoint c ON c.id = l.contact_point_id
    WHERE c.kind = 'phone' AND c.can_sms AND t.patient_id = ANY(ARRAY(SELECT id FROM people))
      AND (f.recorded_at AT TIME ZONE %(zone)s)::date < CASE
          WHEN p.birth_date IS NOT NULL THEN (p.birth_date + interval '18 years')::date
               + (to_char(p.birth_date, 'MMDD') = '0229')::int
          ELSE p.age_on + ceil((18 - p.age_years) * 365.25)::int END
), allowed AS (
    SELECT p.person_id, min(b.recorded_at) AS recorded_at,
           (array_agg(b.noted_by_id ORDER BY b.recorded_at, b.id))[1] AS noted_by_id
    FROM patients_basis b JOIN people p ON p.id = b.patient_id
    LEFT JOIN patients_importbatch i ON i.id = b.import_batch_id
    WHERE b.kind <> 'refusal' AND b.source <> '' AND i.undone_at IS NULL
      AND b.patient_id = ANY(ARRAY(SELECT id FROM people))
    GROUP BY p.person_id
), reached AS (
    SELECT p.person_id, min(m.delivered_at) AS delivered_at
    FROM messaging_message m JOIN people p ON p.id = m.patient_id
    WHERE m.patient_id = ANY(ARRAY(SELECT id FROM people)) AND m.delivered_at IS NOT NULL
    GROUP BY p.person_id
), known AS (
    SELECT f.*, g.is_test AS any_test, a.noted_by_id, a.recorded_at AS allowed_at,
           (f.recorded_at AT TIME ZONE %(zone)s)::date AS index_day,
           CASE WHEN r.delivered_at >= f.recorded_at THEN r.delivered_at END AS reached_at,
           CASE WHEN g.is_test THEN 'test_patient'
                WHEN f.import_batch_id IS NOT NULL THEN 'imported'
                WHEN f.full_name = '' THEN 'no_name'
                WHEN m.person_id IS NULL THEN 'no_phone'
                WHEN a.person_id IS NULL THEN 'no_basis' ELSE 'new' END AS reason
    FROM first f JOIN persons g USING (person_id) LEFT JOIN mobile m USING (person_id)
    LEFT JOIN allowed a USING (person_id) LEFT JOIN reached r USING (person_id)
)
SELECT k.unit, k.person_id, k.id AS patient_id, k.branch_id, NULL::bigint AS service_id,
       k.noted_by_id AS dentist_id, k.index_day,
       CASE WHEN k.reason IN ('test_patient', 'imported') THEN 'excluded'
            WHEN k.reason = 'new' THEN 'counted' ELSE 'not_counted' END AS role, k.reason,
       (k.reached_at AT TIME ZONE %(zone)s)::date - k.index_day AS days,
       NULL::int AS any_days, NULL::int AS exit_days, k.import_batch_id, ''::text AS channel,
       NULL::timestamptz AS mature_at,
       CASE WHEN k.import_batch_id IS NOT NULL THEN k.recorded_at
            ELSE greatest(k.recorded_at, k.allowed_at) END AS fact_at
FROM known k
"""
)

#: A person is dated by her first visit. She is loyal on the first day on which the year up to it
#: holds three days with a visit over 90 days or more, for two things: plans of treatment, or
#: visits that count as a return without opening one (a check-up she kept).
LOYALTY_WANTED = (
    _PEOPLE
    + """, seen AS MATERIALIZED (
    SELECT v.*, p.person_id FROM patients_visit v JOIN people p ON p.id = v.patient_id
    WHERE v.patient_id = ANY(ARRAY(SELECT id FROM people)) AND v.voided_at IS NULL
      AND v.started_at <= %(now)s
), visits AS MATERIALIZED (
    SELECT person_id, on_date, bool_or(is_return) AS is_return, min(recorded_at) AS recorded_at
    FROM seen GROUP BY person_id, on_date
), treated AS MATERIALIZED (
    SELECT v.person_id, v.on_date, t.episode_id, t.service_id, t.dentist_id, t.done_at
    FROM patients_treatment t
    JOIN patients_episode e ON e.id = t.episode_id AND e.voided_at IS NULL
    JOIN seen v ON v.patient_id = t.patient_id
               AND v.on_date = (t.done_at AT TIME ZONE %(zone)s)::date
    WHERE t.patient_id = ANY(ARRAY(SELECT id FROM people)) AND t.status = 'signed'
      AND t.done_at <= %(now)s
), opening AS (
    SELECT person_id, episode_id, min(on_date) AS on_date FROM treated
    GROUP BY person_id, episode_id
), things AS (
    SELECT DISTINCT person_id, on_date, 'plan' || episode_id AS thing FROM treated
    UNION ALL
    SELECT v.person_id, v.on_date, 'kept' || v.on_date FROM visits v
    LEFT JOIN opening o USING (person_id, on_date)
    WHERE v.is_return AND o.episode_id IS NULL
), years AS (
    SELECT d.person_id, d.on_date, count(*) AS visits, min(v.on_date) AS first_on
    FROM visits d JOIN visits v ON v.person_id = d.person_id
     AND v.on_date <= d.on_date AND v.on_date >= d.on_date - 365
    GROUP BY d.person_id, d.on_date
), reasons AS (
    SELECT d.person_id, d.on_date, count(DISTINCT t.thing) AS things
    FROM visits d JOIN things t ON t.person_id = d.person_id
     AND t.on_date <= d.on_date AND t.on_date >= d.on_date - 365
    GROUP BY d.person_id, d.on_date
), loyal AS (
    SELECT y.person_id, min(y.on_date) AS loyal_on
    FROM years y JOIN reasons r USING (person_id, on_date)
    WHERE y.visits >= 3 AND r.things >= 2 AND y.on_date - y.first_on >= 90
    GROUP BY y.person_id
), first AS (
    SELECT DISTINCT ON (person_id) * FROM seen ORDER BY person_id, on_date, started_at, id
), first_treated AS (
    SELECT DISTINCT ON (f.person_id) f.person_id, t.service_id, t.dentist_id
    FROM first f JOIN treated t ON t.person_id = f.person_id AND t.on_date = f.on_date
    ORDER BY f.person_id, t.done_at, t.episode_id
), back AS (
    SELECT f.person_id, min(v.on_date) AS back_on
    FROM first f JOIN visits v ON v.person_id = f.person_id AND v.on_date > f.on_date
    WHERE v.is_return GROUP BY f.person_id
)
SELECT h.uid AS unit, f.person_id, f.patient_id, f.branch_id, t.service_id, t.dentist_id,
       f.on_date AS index_day,
       CASE WHEN g.is_test OR g.exit_on < f.on_date THEN 'excluded'
            WHEN coalesce(l.loyal_on <= coalesce(g.exit_on, l.loyal_on), false) THEN 'counted'
            ELSE 'not_counted' END AS role,
       CASE WHEN g.is_test THEN 'test_patient' ELSE g.exit_reason END AS reason,
       l.loyal_on - f.on_date AS days, b.back_on - f.on_date AS any_days,
       CASE WHEN g.exit_on >= f.on_date THEN g.exit_on - f.on_date END AS exit_days,
       f.import_batch_id, ''::text AS channel, NULL::timestamptz AS mature_at,
       CASE WHEN f.import_batch_id IS NULL THEN f.recorded_at ELSE f.started_at END AS fact_at
FROM first f JOIN persons g USING (person_id) JOIN patients_person h ON h.id = f.person_id
LEFT JOIN first_treated t USING (person_id) LEFT JOIN loyal l USING (person_id)
LEFT JOIN back b USING (person_id)
"""
)

#: A task is one unit, dated by the day it fell due; done within 7 days of that or dropped.
DATA_LEAK_WANTED = (
    _PEOPLE
    + """
SELECT t.uid AS unit, p.person_id, t.patient_id, t.branch_id, NULL::bigint AS service_id,
       coalesce(t.done_by_id, t.assignee_id) AS dentist_id,
       (t.due_at AT TIME ZONE %(zone)s)::date AS index_day,
       CASE WHEN g.is_test THEN 'excluded'
            WHEN t.done_at <= t.due_at + interval '7 days' THEN 'not_counted'
            ELSE 'counted' END AS role,
       CASE WHEN g.is_test THEN 'test_patient'
            WHEN t.done_at <= t.due_at + interval '7 days' THEN 'done_in_time'
            WHEN t.done_at IS NOT NULL THEN 'done_too_late' ELSE 'not_done' END AS reason,
       NULL::int AS days, NULL::int AS any_days, NULL::int AS exit_days,
       NULL::bigint AS import_batch_id, ''::text AS channel,
       t.due_at + interval '7 days' AS mature_at, greatest(t.opened_at, t.done_at) AS fact_at
FROM followup_task t JOIN people p ON p.id = t.patient_id JOIN persons g USING (person_id)
WHERE t.patient_id = ANY(ARRAY(SELECT id FROM people))
"""
)

WANTED = {
    "open_rate": OPEN_RATE_WANTED,
    "new_data": NEW_DATA_WANTED,
    "loyalty": LOYALTY_WANTED,
    "data_leak": DATA_LEAK_WANTED,
}
