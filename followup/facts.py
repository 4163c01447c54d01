"""What the gate must know about a batch of due contacts, in a fixed number of statements."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from clinics import clock
from followup import contacts, ends, engine, enrolments, hints, protocols, sequences, tasks
from followup.judgement import Facts, Plan
from followup.models import (
    Answer,
    AnswerChoice,
    Contact,
    ContactKind,
    Enrolment,
    EnrolmentState,
    SequenceKind,
    StepKind,
    Task,
    TaskKind,
)
from messaging.public import outbox, routes
from patients.public import Appointment, Patient, Purpose, Treatment, Visit, basis, guardians

FINE = frozenset({AnswerChoice.FINE, AnswerChoice.BETTER})


@dataclass(frozen=True)
class Came:
    """A completed visit, as a wanted visit is compared with it."""

    day: dt.date
    purpose: str
    is_return: bool
    episodes: frozenset[int]


#: Treatments of one service done on one day are asked about once: patient, version, day.
Twins = tuple[int, int, dt.date]


def twins(plan: Enrolment) -> Twins:
    """What plans that are asked about together have in common."""
    return plan.patient_id, plan.version_id, clock.day_of(plan.t0)


@dataclass
class Known:
    """The rows of one batch, by what they are asked for."""

    now: dt.datetime
    through: dict[int, guardians.Receiver]  # by patient: who is written to for a minor
    reach: dict[routes.Want, routes.Reach]
    bases: dict[int, dict[str, basis.Verdict]]
    content: dict[int, dict[str, basis.Verdict]]  # of who is to get a hint
    danger: dict[int, Task]
    silence: set[int]  # enrolments somebody is calling about
    answers: dict[Twins, list[Answer]]  # oldest first
    question_days: dict[int, set[dt.date]]  # by enrolment
    booked: dict[int, list[Appointment]]  # by patient, wanted visits that stand
    came: dict[int, list[Came]]  # by patient
    ends: ends.Ends
    sequences: dict[int, str]  # those that are over, and why


def load(batch: Sequence[Contact]) -> Known:
    """Read everything the batch needs, whatever its size."""
    now = clock.now()
    patients = {row.patient_id for row in batch}
    plans = {row.enrolment_id for row in batch if row.enrolment_id}
    wanting = [row for row in batch if row.window_from is not None]
    away = [row for row in batch if row.sequence and row.sequence.kind == SequenceKind.LAPSED]
    through = guardians.receivers(patients)
    hinted = {row.patient_id for row in batch if row.kind == ContactKind.HINT}
    content = guardians.verdicts(hinted, Purpose.CONTENT, through) if hinted else {}
    return Known(
        now=now,
        through=through,
        reach=routes.reach((want(row) for row in batch), through),
        bases=guardians.verdicts(patients, Purpose.CARE, through),
        content=content,
        danger=tasks.danger_of(patients),
        silence=_silence(plans),
        answers=_answers(patients if plans else set()),
        question_days=_question_days(plans),
        booked=_booked([*wanting, *away], now),
        came=_came(wanting),
        ends=ends.load(batch),
        sequences=sequences.over(batch),
    )


def want(contact: Contact) -> routes.Want:
    """Whom to reach with which text, for messaging."""
    return routes.Want(contact.patient_id, contact.branch_id, contact.template)


def _silence(plans: set[int]) -> set[int]:
    rows = Task.objects.filter(
        kind__in=[TaskKind.SILENCE, TaskKind.DANGER, TaskKind.UNDELIVERED],
        done_at__isnull=True,
        contact__enrolment_id__in=plans,
    )
    return set(rows.values_list("contact__enrolment_id", flat=True)) if plans else set()


def _answers(patients: set[int]) -> dict[Twins, list[Answer]]:
    found: dict[Twins, list[Answer]] = defaultdict(list)
    rows = Answer.objects.filter(
        contact__patient_id__in=patients, contact__enrolment__isnull=False
    ).select_related("contact__enrolment")
    for row in rows.order_by("answered_at", "id") if patients else ():
        if row.contact.enrolment is not None:
            found[twins(row.contact.enrolment)].append(row)
    return found


def _question_days(plans: set[int]) -> dict[int, set[dt.date]]:
    found: dict[int, set[dt.date]] = defaultdict(set)
    rows = Contact.objects.filter(enrolment_id__in=plans, kind=ContactKind.ASK)
    for plan, at in rows.values_list("enrolment_id", "planned_for") if plans else ():
        found[plan].add(clock.day_of(at))
    return found


def _booked(wanting: Sequence[Contact], now: dt.datetime) -> dict[int, list[Appointment]]:
    found: dict[int, list[Appointment]] = defaultdict(list)
    if not wanting:
        return found
    rows = Appointment.objects.filter(
        patient_id__in={row.patient_id for row in wanting},
        on_date__gte=clock.day_of(now),
        outcome__isnull=True,
        voided_at__isnull=True,
    )
    for row in rows:
        found[row.patient_id].append(row)
    return found


def _came(wanting: Sequence[Contact]) -> dict[int, list[Came]]:
    found: dict[int, list[Came]] = defaultdict(list)
    if not wanting:
        return found
    ids = {row.patient_id for row in wanting}
    since = min(row.window_from for row in wanting if row.window_from) - 60 * engine.DAY
    plans: dict[tuple[int, dt.date], set[int]] = defaultdict(set)
    signed = Treatment.objects.filter(
        patient_id__in=ids, status="signed", done_at__gte=clock.day_bounds(since)[0]
    )
    for patient, done_at, episode in signed.values_list("patient_id", "done_at", "episode_id"):
        plans[patient, clock.day_of(done_at)].add(episode)
    visits = Visit.objects.filter(patient_id__in=ids, on_date__gte=since, voided_at__isnull=True)
    for patient, day, purpose, is_return in visits.values_list(
        "patient_id", "on_date", "appointment__purpose", "is_return"
    ):
        episodes = frozenset(plans[patient, day])
        found[patient].append(Came(day, purpose or "", is_return, episodes))
    return found


def of(contact: Contact, known: Known) -> Facts:
    """The facts of one contact of the batch."""
    reach = known.reach[want(contact)]
    bases = bases_of(contact, known)
    allowed = tuple(ch for ch in routes.channels() if bases[ch].allowed)
    appointment = contact.appointment
    return Facts(
        now=known.now,
        kind=contact.kind,
        planned_for=contact.planned_for,
        hour=engine.sayable_hour(contact.patient.preferred_hour),
        safety=contact.safety,
        why=_why(contact),
        gone=_gone(contact.patient, known.now),
        no_contact_point=reach.why_not == "no_contact_point",
        allowed=allowed,
        call_allowed=bases["call"].reason != "refused",
        no_basis=_no_basis(contact, {verdict.reason for verdict in bases.values()}),
        routes=tuple(dict.fromkeys(route.channel for route in reach.routes)),
        no_route=_no_route(reach, allowed),
        danger_open=contact.patient_id in known.danger,
        start=contacts.start_of(appointment) if appointment else None,
        outcome=_outcome(appointment, known.now),
        slot_voided=bool(appointment and appointment.voided_at),
        plan=_plan(contact, known),
    )


def bases_of(contact: Contact, known: Known) -> dict[str, basis.Verdict]:
    """What she said about messages of this purpose: hints are asked for apart from care."""
    found = known.content if contact.kind == ContactKind.HINT else known.bases
    return found[contact.patient_id]


def _no_basis(contact: Contact, reasons: set[str]) -> str:
    """Why we may not write on any channel: refused goes before what is only not asked yet."""
    usual = hints.NOT_AGREED if contact.kind == ContactKind.HINT else "no_basis"
    return next((code for code in ("refused", "of_age") if code in reasons), usual)


def _no_route(reach: routes.Reach, allowed: tuple[str, ...]) -> str:
    """Why nothing can be used: her refusal of the only channel left, or what messaging says."""
    return "refused" if reach.routes and allowed else reach.why_not or "no_account"


def _why(contact: Contact) -> str:
    if contact.sequence is not None and contact.sequence.kind == SequenceKind.LAPSED:
        return contact.sequence.kind
    if contact.appointment_id or contact.sequence_id:
        return contact.kind
    return contact.step.kind if contact.step else "planned"


def _gone(patient: Patient, now: dt.datetime) -> str:
    today = clock.day_of(now)
    if patient.voided_at:
        return "patient_voided"
    if patient.is_test:
        return "test_patient"
    if patient.deceased_on and patient.deceased_on <= today:
        return "deceased"
    return "moved_away" if patient.moved_away_on and patient.moved_away_on <= today else ""


def _outcome(appointment: Appointment | None, now: dt.datetime) -> str:
    """What is known by now: imported history may hold what has not happened yet."""
    if appointment is None or appointment.outcome_at is None or appointment.outcome_at > now:
        return ""
    return appointment.outcome or ""


def _plan(contact: Contact, known: Known) -> Plan:
    """The facts that only a step of a plan has."""
    plan, step = contact.enrolment, contact.step
    if contact.sequence is not None:
        over = known.sequences.get(contact.sequence.pk, "")
        kind = contact.sequence.kind
        starts = map(contacts.start_of, known.booked.get(contact.patient_id, []))
        booked = min(starts, default=None) if kind == SequenceKind.LAPSED else None
        return Plan(over=over, sequence=kind, booked_for=booked)
    if plan is None or step is None:
        return Plan()
    answers = known.answers.get(twins(plan), [])
    own = any(row.contact_id == contact.pk for row in answers)
    later = any(row.answered_at >= contact.created_at for row in answers)
    silence = contact.kind == ContactKind.CALL and step.kind == StepKind.ASK
    fine = bool(answers) and answers[-1].choice in FINE
    hangs = step.skip_if_fine or (step.only_if_asked and not plan.treatment.deep_cavity)
    stopped = plan.stopped_reason if plan.state == EnrolmentState.STOPPED else ""
    return Plan(
        stopped="treatment_voided" if plan.treatment.voided_at else stopped,
        asks=step.kind == StepKind.ASK,
        answered=later if silence else own,
        was_fine=fine and hangs and not silence,
        silence_known=plan.pk in known.silence,
        window=_window(contact),
        over=ends.over(contact, known.ends),
        came=any(_meets(contact, visit) for visit in known.came.get(contact.patient_id, [])),
        booked_for=_booked_for(contact, known.booked.get(contact.patient_id, [])),
        not_before=_not_before(contact, answers, known),
    )


def _window(contact: Contact) -> tuple[dt.date, dt.date] | None:
    if contact.window_from is None or contact.window_to is None:
        return None
    return contact.window_from, contact.window_to


def _meets(contact: Contact, visit: Came) -> bool:
    return enrolments.satisfies(
        contact,
        day=visit.day,
        purpose=visit.purpose,
        is_return=visit.is_return,
        episodes=set(visit.episodes),
    )


def came_on(contact: Contact, known: Known) -> dt.date | None:
    """The first completed visit that is the one this contact waits for."""
    visits = known.came.get(contact.patient_id, [])
    return min((visit.day for visit in visits if _meets(contact, visit)), default=None)


def _booked_for(contact: Contact, booked: Sequence[Appointment]) -> dt.datetime | None:
    """When the visit this contact wants is booked, if it is: for its purpose or more, or plainly
    for the same service, within the window's own tolerance."""
    step, plan, window = contact.step, contact.enrolment, _window(contact)
    if step is None or plan is None or window is None:
        return None
    before = step.window_from or engine.EARLY if step.kind == StepKind.RECALL else engine.EARLY
    after = max(engine.LATE, step.clinician_days or 0)
    starts = [
        contacts.start_of(row)
        for row in booked
        if engine.visit_fits(row.on_date, window, before=before, after=after)
        and (
            protocols.serves(row.purpose, wanted=step.purpose)
            or (not row.purpose and row.service_id == plan.treatment.service_id)
            or (step.kind == StepKind.RECALL and row.counts_as_return)
        )
    ]
    return min(starts, default=None)


def _not_before(contact: Contact, answers: Sequence[Answer], known: Known) -> dt.datetime | None:
    """An invitation follows the last answered check by a day (docs/protocols.md)."""
    plan = contact.enrolment
    if contact.kind != ContactKind.INVITE or plan is None or not answers:
        return None
    floor = engine.invite_floor(plan.t0, answers[-1].answered_at, known.question_days[plan.pk])
    return clock.at(floor, engine.sayable_hour(contact.patient.preferred_hour))


def other_channel(batch: Sequence[Contact]) -> dict[int, set[str]]:
    """For second invitations: the channels the first one went out on."""
    nudges = [row for row in batch if row.kind == ContactKind.NUDGE]
    if not nudges:
        return {}
    firsts = Contact.objects.filter(
        kind=ContactKind.INVITE, enrolment__in={row.enrolment_id for row in nudges}
    )
    uids = {(row.enrolment_id, row.step_id, row.cycle): row.uid for row in firsts}
    said = outbox.attempts(uids.values())
    found: dict[int, set[str]] = {}
    for row in nudges:
        uid = uids.get((row.enrolment_id, row.step_id, row.cycle))
        found[row.pk] = {message.channel for message in said.get(uid, [])} if uid else set()
    return found
