"""One person on one page: who she is, her teeth, her appointments, what she agreed to."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from clinics import clock
from clinics.public import access, audit, places
from patients import basis, board, desk, details, guardians, people, prices, teeth, treatments
from patients.labels import purpose_word
from patients.models import BasisKind, Channel, Patient, Purpose
from patients.views.answers import branches_of, is_part, or_404, say, told

_CHANNELS = {channel.value: str(channel.label) for channel in Channel}


def _get(request: access.StaffRequest, uid: uuid.UUID) -> Patient:
    return or_404(lambda: people.get(uid, branches=branches_of(request)))


def _page(uid: uuid.UUID) -> str:
    return f"/patients/{uid}/"


@access.staff_view("patients.see")
def show(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """The page; asked for as a part it is only what lives (appointments, plans, consents)."""
    patient = _get(request, uid)
    audit.saw(what="patient", actor=request.staff, subjects=[patient.uid])
    seen = desk.overview(patient)
    now = clock.now()
    tooth = request.GET.get("tooth", "")
    context = {
        "patient": patient,
        "card": people.card(patient),
        "seen": seen,
        "plans": [(plan, seen.progress.get(str(plan.uid))) for plan in seen.plans],
        "next": board.entry_of(seen.next, now) if seen.next else None,
        "next_purpose": purpose_word(seen.next.purpose) if seen.next else "",
        "chart": teeth.chart(seen.done),
        "prices": prices.changes(patient, seen.done),
        "tooth": tooth,
        "side": teeth.side_of(tooth),
        "of_tooth": [line for line in seen.done if str(line.tooth) == tooth],
        "past": [board.entry_of(line, now) for line in seen.past],
        "channels": _CHANNELS,
        "details": details.read(patient),
        "may_call": access.may(request.staff, "tasks.do"),
        "may_book": access.may(request.staff, "appointments.write"),
        "may_write": access.may(request.staff, "patients.write"),
        "may_reveal": access.may(request.staff, "phone.reveal"),
        "may_trail": access.may(request.staff, "trail.see"),
        "may_sign": access.may(request.staff, "treatments.sign"),
        "may_inbox": access.may(request.staff, "inbox.see"),
    }
    template = "patients/patient/side.html" if is_part(request) else "patients/patient/page.html"
    return render(request, template, context)


@require_POST
@access.staff_view("phone.reveal")
def reveal(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """The numbers in full, or (`whose=receiver`) of who is called for her while she is a minor.
    That they were looked at is noted."""
    patient = _get(request, uid)
    to = guardians.receiver_of(patient) if request.POST.get("whose") == "receiver" else None
    numbers = people.reveal(patient=to.patient if to else patient, by=request.staff)
    return render(
        request,
        "patients/patient/phones.html" if is_part(request) else "patients/patient/phones_page.html",
        {"patient": patient, "numbers": numbers},
    )


@require_POST
@access.staff_view("patients.write")
def consent(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Note that she agrees to, or refuses, one purpose on one channel. A refusal wins at once."""
    patient = _get(request, uid)
    purpose, channel = request.POST.get("purpose", ""), request.POST.get("channel", "")
    wish = request.POST.get("wish", "")
    if purpose not in Purpose.values or channel not in _CHANNELS or wish not in ("yes", "no"):
        raise Http404
    if wish == "no":
        basis.refuse(patient=patient, purpose=purpose, channel=channel, by=request.staff)
    else:
        basis.note(
            patient=patient,
            purpose=purpose,
            kind=BasisKind.CONSENT,
            text_version=basis.text_of(purpose, places.profile().care_basis_text),
            channel=channel,
            by=request.staff,
        )
    said = say(
        "consent",
        {
            "wish": wish,
            "label": str(Purpose(purpose).label),
            "channel": _CHANNELS[channel],
            "called": people.called(patient),
        },
    )
    return told(request, said, back=_page(uid))


@require_POST
@access.staff_view("treatments.sign")
def close_plan(request: access.StaffRequest, uid: uuid.UUID, plan: uuid.UUID) -> HttpResponse:
    """A dentist says that a plan is finished."""
    patient = _get(request, uid)
    episode = next((one for one in treatments.open_plans(patient) if one.uid == plan), None)
    if episode is not None:
        treatments.close_plan(episode, by=request.staff)
    service = episode.service.name if episode else ""
    return told(
        request,
        say("plan_closed", {"service": service, "tooth": episode.tooth if episode else None}),
        back=_page(uid),
    )
