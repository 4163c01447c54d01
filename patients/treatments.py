"""Treatments and the plans (episodes) they belong to (docs/patients.md).

What was done is recorded by anybody at the chair; only its dentist signs it. Care is counted
from when it was done, never from the signature.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clinics import clock
from clinics.public import Branch, Service, Staff
from patients import courses, events, names, plans, visits
from patients.models import Appointment, Episode, Patient, Treatment, TreatmentStatus
from patients.models.treatments import FDI_TEETH, Stage
from patients.refusals import NotPossible

#: How far back a signature is still asked for.
LOOK_BACK = dt.timedelta(days=14)


@transaction.atomic
def record(
    *,
    patient: Patient,
    service: Service,
    dentist: Staff,
    done_at: dt.datetime,
    branch: Branch,
    appointment: Appointment | None = None,
    tooth: int | None = None,
    episode: Episode | None = None,
    deep_cavity: bool = False,
    recall_months: int | None = None,
    agreed_value: int | None = None,
    remark: str = "",
    prepared_by: Staff | None = None,
    said: courses.Said = courses.NOTHING,
) -> Treatment:
    """Write down what was done, not signed yet. `tooth` is FDI, `agreed_value` whole VND.

    It joins `episode`, else the open plan of the same service and tooth (or of the course it
    ends), else the plan whose step the visit was booked for, else it opens a new one. Raises
    ValidationError beside its field: tooth, done_at, recall_months, stage, revisit_weeks.
    """
    check(service, done_at, tooth, recall_months)
    said = courses.clean(said, service.code)
    if appointment is not None and (same := _standing(appointment, service, tooth, done_at)):
        return same
    plan = episode or plans.find_or_open(
        patient=patient,
        branch=branch,
        service=service,
        tooth=tooth,
        done_at=done_at,
        appointment=appointment,
    )
    plans.begin_by(plan, done_at)
    made = Treatment.objects.create(
        patient=patient,
        episode=plan,
        appointment=appointment,
        branch=branch,
        service=service,
        dentist=dentist,
        tooth=tooth,
        deep_cavity=deep_cavity,
        recall_months=recall_months,
        agreed_value=agreed_value,
        remark=remark,
        prepared_by=prepared_by,
        **asdict(said),
        status=TreatmentStatus.DONE,
        done_at=done_at,
        recorded_at=clock.now(),
    )
    events.treatment_recorded.tell(events.TreatmentNews(made, None))
    return made


def check(
    service: Service, done_at: dt.datetime, tooth: int | None, recall_months: int | None
) -> None:
    """Raise ValidationError beside its field when this cannot have been done."""
    if tooth is not None and tooth not in FDI_TEETH:
        raise ValidationError(
            {"tooth": _("There is no tooth %(tooth)s. Teeth are 11-48, milk teeth 51-85.")
             % {"tooth": tooth}}
        )  # fmt: skip
    if tooth is None and service.by_tooth:
        raise ValidationError({"tooth": _("Say which tooth this was done on.")})
    if done_at > clock.now():
        raise ValidationError({"done_at": _("This has not been done yet at that time.")})
    if recall_months is not None and not 3 <= recall_months <= 24:
        raise ValidationError({"recall_months": _("Between 3 and 24 months.")})


def _standing(
    appointment: Appointment, service: Service, tooth: int | None, done_at: dt.datetime
) -> Treatment | None:
    """The same entry, when the button was pressed twice."""
    return Treatment.objects.filter(
        appointment=appointment, service=service, tooth=tooth, done_at=done_at
    ).exclude(status=TreatmentStatus.VOIDED).first()  # fmt: skip


@transaction.atomic
def sign(treatment: Treatment, *, by: Staff) -> Treatment:
    """Its dentist vouches for it: care begins, and with a check-in the day becomes a visit.

    The plan of a single-visit service, or of the course it ends, is closed at once. Twice is the
    same as once. NotPossible for another dentist, or when it was voided.
    """
    if by.pk != treatment.dentist_id:
        raise NotPossible(
            _("%(dentist)s did this treatment and signs it.")
            % {"dentist": treatment.dentist.short_name}
        )
    now = clock.now()
    changed = Treatment.objects.filter(pk=treatment.pk, status=TreatmentStatus.DONE).update(
        status=TreatmentStatus.SIGNED, signed_at=now
    )
    treatment.refresh_from_db()
    if not changed:
        if treatment.status == TreatmentStatus.VOIDED:
            raise NotPossible(_("This treatment was removed."))
        return treatment
    if treatment.episode.service.single_visit or treatment.service.code in courses.ENDS:
        close_plan(treatment.episode, by=by)
    visits.settle(patient=treatment.patient, day=clock.day_of(treatment.done_at), by=by)
    events.treatment_signed.tell(events.TreatmentNews(treatment, by))
    return treatment


@transaction.atomic
def close_plan(episode: Episode, *, by: Staff | None) -> Episode:
    """The plan is finished: from its last visit on, the next one is a return. Twice is once."""
    changed = Episode.objects.filter(
        pk=episode.pk, closed_at__isnull=True, voided_at__isnull=True
    ).update(closed_at=clock.now(), closed_by=by)
    episode.refresh_from_db()
    if changed:
        events.episode_closed.tell(events.EpisodeNews(episode, by))
    return episode


@transaction.atomic
def void(treatment: Treatment, *, reason: str, by: Staff | None) -> Treatment:
    """It was written by mistake. It stays readable, its plan and visit are counted anew."""
    now = clock.now()
    changed = (
        Treatment.objects.filter(pk=treatment.pk)
        .exclude(status=TreatmentStatus.VOIDED)
        .update(
            status=TreatmentStatus.VOIDED,
            voided_at=now,
            void_reason=" ".join(reason.split())[:200],
        )
    )
    treatment.refresh_from_db()
    if not changed:
        return treatment
    if treatment.signed_at and treatment.service.code in courses.ENDS:
        plans.reopen(treatment)
    plans.settle(treatment.episode)
    visits.settle(patient=treatment.patient, day=clock.day_of(treatment.done_at), by=by)
    events.treatment_voided.tell(events.TreatmentNews(treatment, by))
    return treatment


# reads


@dataclass(frozen=True)
class Line:
    """One treatment with everything a list shows. `plan_open` = its plan is not finished."""

    id: int
    uid: str
    patient_uid: str
    name: str
    initials: str
    service: str
    tooth: int | None
    dentist: str
    branch: str
    done_at: dt.datetime
    signed_at: dt.datetime | None
    status: str
    status_label: str
    deep_cavity: bool
    recall_months: int | None
    agreed_value: int | None
    remark: str
    prepared_by: str
    stage: str
    stage_label: str
    revisit_weeks: int | None
    planned_months: int | None
    episode_uid: str
    plan_open: bool
    service_code: str
    appointment_uid: str


def _lines(rows: QuerySet[Treatment]) -> list[Line]:
    joined = rows.select_related(
        "patient", "service", "dentist", "branch", "episode", "appointment", "prepared_by"
    )
    return [
        Line(
            id=row.pk,
            uid=str(row.uid),
            patient_uid=str(row.patient.uid),
            name=str(row.patient),
            initials=names.initials(row.patient.full_name),
            service=row.service.name,
            tooth=row.tooth,
            dentist=row.dentist.short_name,
            branch=row.branch.name,
            done_at=row.done_at,
            signed_at=row.signed_at,
            status=row.status,
            status_label=str(TreatmentStatus(row.status).label),
            deep_cavity=row.deep_cavity,
            recall_months=row.recall_months,
            agreed_value=row.agreed_value,
            remark=row.remark,
            prepared_by=str(row.prepared_by or ""),
            stage=row.stage,
            stage_label=str(Stage(row.stage).label) if row.stage else "",
            revisit_weeks=row.revisit_weeks,
            planned_months=row.planned_months,
            episode_uid=str(row.episode.uid),
            plan_open=row.episode.closed_at is None,
            service_code=row.service.code,
            appointment_uid=str(row.appointment.uid) if row.appointment else "",
        )
        for row in joined
    ]


def unsigned_in(branch: Branch, *, limit: int = 100) -> list[Line]:
    """What was done in this branch and nobody has signed, the oldest first; one statement."""
    rows = Treatment.objects.filter(branch=branch, status=TreatmentStatus.DONE)
    return _lines(rows.order_by("done_at", "id")[:limit])


def unsigned() -> QuerySet[Treatment]:
    """What was noted in the last 14 days and waits for its signature, the oldest first."""
    rows = Treatment.objects.filter(
        status=TreatmentStatus.DONE,
        import_batch__isnull=True,
        recorded_at__gte=clock.now() - LOOK_BACK,
    )
    return rows.select_related("patient", "branch", "dentist").order_by("recorded_at", "id")


def of_patient(patient: Patient) -> list[Line]:
    """What was done for her and stands, the latest first; one statement."""
    rows = Treatment.objects.filter(patient=patient).exclude(status=TreatmentStatus.VOIDED)
    return _lines(rows.order_by("-done_at", "-id"))


def of_appointment(appointment: Appointment) -> list[Line]:
    """What was done in this appointment and stands, in order; one statement."""
    rows = Treatment.objects.filter(appointment=appointment)
    return _lines(rows.exclude(status=TreatmentStatus.VOIDED).order_by("done_at", "id"))


def noted_in(appointment_ids: Iterable[int]) -> list[Line]:
    """What was noted in these appointments and waits for a signature, in order; one statement."""
    rows = Treatment.objects.filter(
        appointment__in=list(appointment_ids), status=TreatmentStatus.DONE
    )
    return _lines(rows.order_by("done_at", "id"))


def of_day(dentist: Staff, date: dt.date) -> list[Line]:
    """What this dentist did on a day, signed or not; one statement."""
    begin, end = clock.day_bounds(date)
    rows = Treatment.objects.filter(dentist=dentist, done_at__gte=begin, done_at__lt=end)
    return _lines(rows.exclude(status=TreatmentStatus.VOIDED).order_by("done_at", "id"))


def get(uid: UUID | str, *, branches: Iterable[Branch]) -> Treatment:
    """One treatment of these branches. Raises Treatment.DoesNotExist."""
    return Treatment.objects.select_related(
        "patient", "service", "dentist", "branch", "episode"
    ).get(uid=uid, branch__in=branches)


def open_plans(patient: Patient) -> list[Episode]:
    """Her plans that are not finished, the latest first."""
    return list(
        Episode.objects.filter(patient=patient, closed_at__isnull=True, voided_at__isnull=True)
        .select_related("service", "branch")
        .order_by("-opened_at")
    )


@dataclass(frozen=True)
class Ended:
    """A tooth restored for good, or found healed, on a day of the clinic's clock."""

    patient_id: int
    tooth: int
    on_date: dt.date
    healed: bool


def ended(patient_ids: Iterable[int]) -> list[Ended]:
    """What was signed for these patients that ends the care of a root canal; one statement."""
    restores = Q()
    for code in courses.RESTORES:
        restores |= Q(service__code__startswith=code)
    rows = Treatment.objects.filter(
        restores | Q(healed=True),
        patient_id__in=list(patient_ids),
        tooth__isnull=False,
        status=TreatmentStatus.SIGNED,
    ).values_list("patient_id", "tooth", "done_at", "healed")
    return [
        Ended(who, tooth, clock.day_of(at), healed)
        for who, tooth, at, healed in rows
        if tooth is not None
    ]


def weeks_of(treatment: Treatment) -> int | None:
    """Weeks until the next adjustment: what was said last in its course by then."""
    if treatment.revisit_weeks is not None:
        return treatment.revisit_weeks
    before = Treatment.objects.filter(
        episode_id=treatment.episode_id,
        done_at__lte=treatment.done_at,
        revisit_weeks__isnull=False,
    ).exclude(status=TreatmentStatus.VOIDED)
    return before.order_by("-done_at").values_list("revisit_weeks", flat=True).first()


def progress_of(episode: Episode) -> courses.Progress | None:
    """How far a course of braces is; None for other plans and where nobody said how long."""
    bonded = Treatment.objects.filter(episode=episode, planned_months__isnull=False).exclude(
        status=TreatmentStatus.VOIDED
    )
    latest = bonded.order_by("-done_at").values_list("done_at", "planned_months").first()
    if latest is None or latest[1] is None:
        return None
    return courses.progress(clock.day_of(latest[0]), clock.today(), latest[1])
