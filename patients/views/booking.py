"""Booking: a patient found as one types, or somebody new, and a free time."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render

from clinics import clock
from clinics.public import Branch, access, places, staff
from patients import appointments, desk, people
from patients.forms import BookingForm, day_of_text
from patients.labels import purpose_word
from patients.models import Appointment, Patient
from patients.refusals import Clash, NotPossible
from patients.views.answers import (
    branch_of,
    branches_of,
    by_uid,
    drawer,
    or_404,
    say,
    told,
)
from patients.views.appointment import day_of

USUAL_MINUTES = 30


@access.staff_view("appointments.write")
def new(request: access.StaffRequest) -> HttpResponse:
    """The form, and booking. What was typed stays when it cannot be booked."""
    branch = _branch(request)
    asked = request.method == "POST"
    form = BookingForm(
        request.POST if asked else None,
        initial=_initial(request, branch),
        branches=branches_of(request),
        services=list(places.services()),
        dentists=list(staff.dentists(branch)),
    )
    patient = _patient(request, str(form["patient"].value() or ""))
    clash: Clash | None = None
    if asked and form.is_valid():
        try:
            made = _booked(request, form, branch, patient)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        except Clash as refusal:
            clash = refusal
        except NotPossible as refusal:
            form.add_error(None, refusal.message)
        else:
            return told(request, _said(made), back=day_of(made))
    context = {
        "form": form,
        "branch": branch,
        "patient": patient,
        "person": people.card(patient) if patient else None,
        "newcomer": _flag(form["newcomer"].value()),
        "clash": clash,
        "for_purpose": purpose_word(str(form["purpose"].value() or "")),
        "may_overbook": access.may(request.staff, "overbook"),
    }
    return drawer(request, "patients/appointments/book.html", context, status=422 if asked else 200)


def _flag(value: object) -> bool:
    return str(value) in ("1", "True", "on")


def _branch(request: access.StaffRequest) -> Branch:
    posted = by_uid(branches_of(request), request.POST.get("branch", ""))
    return or_404(lambda: _some(posted or branch_of(request)))


def _some(branch: Branch | None) -> Branch:
    if branch is None:
        raise Branch.DoesNotExist
    return branch


def _initial(request: access.StaffRequest, branch: Branch) -> dict[str, object]:
    """What the link that opened the form knows already (a slot, a patient, what it is for)."""
    said = request.GET
    found: dict[str, object] = {
        name: said.get(name, "")
        for name in ("patient", "service", "dentist", "purpose", "newcomer", "full_name", "phone")
    }
    found |= {"branch": str(branch.uid), "counts_as_return": said.get("counts_as_return", "")}
    found |= {"may_write": True, "date": day_of_text(said.get("date", "")) or clock.today()}
    try:
        start = clock.local(clock.parse(said.get("start", "")))
    except ValueError:
        return found
    return found | {"date": start.date(), "time": start.time()}


def _patient(request: access.StaffRequest, uid: str) -> Patient | None:
    try:
        wanted = uuid.UUID(uid)
    except ValueError:
        return None
    return or_404(lambda: people.get(wanted, branches=branches_of(request)))


def _booked(
    request: access.StaffRequest, form: BookingForm, branch: Branch, patient: Patient | None
) -> Appointment:
    said = form.cleaned_data
    may = access.may(request.staff, "overbook", branch)
    return desk.book(
        who=patient or form.typed(),
        branch=branch,
        start=form.start(),
        service=said["service"],
        dentist=said["dentist"],
        purpose=said["purpose"],
        counts_as_return=said["counts_as_return"],
        by=request.staff,
        overbook_reason=said["overbook_reason"] if may else "",
    )


def _said(made: Appointment) -> str:
    called = people.called(made.patient)
    context: dict[str, object] = {
        "start": appointments.start_of(made),
        "called": called,
        "Called": called[:1].upper() + called[1:],
        "Told": desk.told(made.patient),
        "why_not": desk.reached(made.patient),
    }
    return say("booked", context)


@access.staff_view("appointments.write")
def who(request: access.StaffRequest) -> HttpResponse:
    """The part of the form that says for whom: chosen, somebody new, or still to be found."""
    patient = _patient(request, request.GET.get("patient", ""))
    form = BookingForm(
        initial={
            "patient": request.GET.get("patient", ""),
            "newcomer": request.GET.get("newcomer", ""),
            "may_write": True,
            **_typed(request.GET.get("q", "")),
        },
        branches=[],
        services=[],
        dentists=[],
    )
    form.fields["full_name"].widget.attrs["autofocus"] = True
    context = {
        "form": form,
        "patient": patient,
        "person": people.card(patient) if patient else None,
        "newcomer": _flag(request.GET.get("newcomer")),
    }
    return render(request, "patients/appointments/who.html", context)


def _typed(query: str) -> dict[str, str]:
    """What was looked for is the start of what is written down."""
    return {"phone" if query[:1].isdigit() or query[:1] == "+" else "full_name": query}


@access.staff_view("appointments.write")
def find(request: access.StaffRequest) -> HttpResponse:
    """Patients for the form, as one types."""
    query = request.GET.get("q", "")
    found = people.find(query, branches=branches_of(request), limit=5)
    known = appointments.glance([hit.id for hit in found])
    context = {"query": query, "rows": [(hit, known[hit.id]) for hit in found]}
    return render(request, "patients/appointments/found.html", context)


@access.staff_view("appointments.write")
def slots(request: access.StaffRequest) -> HttpResponse:
    """Free times of a dentist on a day, for the form; several branches are never mixed."""
    branch = _branch(request)
    dentist = by_uid(list(staff.dentists(branch)), request.GET.get("dentist", ""))
    service = by_uid(list(places.services()), request.GET.get("service", ""))
    asked = request.GET.get("minutes", "")
    minutes = int(asked) if asked.isdigit() else service.duration_min if service else USUAL_MINUTES
    day = day_of_text(request.GET.get("date", "")) or clock.today()
    free = appointments.free_slots(
        branch=branch, minutes=max(minutes, 5), first_day=day, days=1, dentist=dentist
    )
    context = {"slots": free, "dentist": dentist, "day": day, "chosen": request.GET.get("time", "")}
    return render(request, "patients/appointments/slots.html", context)
