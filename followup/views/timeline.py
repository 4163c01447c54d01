"""Parts of a patient's page: her thread, and the danger that must not be overlooked."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from clinics import clock
from clinics.public import access
from followup import contacts, enrolments, timeline, worklist
from patients.public import NotPossible, Patient, people


def patient_of(request: access.StaffRequest, uid: uuid.UUID) -> Patient:
    """The patient, if she is one of the branches this person sees; else 404."""
    try:
        return people.get(uid, branches=access.branches(request.staff))
    except Patient.DoesNotExist as error:
        raise Http404 from error


@access.staff_view("patients.see")
def thread(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Past, today and what is expected; `?show=` filters, `?all=1` shows everything."""
    patient = patient_of(request, uid)
    show = request.GET.get("show", "all")
    if show not in timeline.SHOWS:
        raise Http404
    everything = request.GET.get("all") == "1"
    context = {
        "patient": patient,
        "thread": timeline.of(patient, show=show, everything=everything),
        "show": show,
        "tabs": [
            ("all", pgettext("thread", "All")),
            ("visits", pgettext("thread", "Visits")),
            ("messages", pgettext("thread", "Messages")),
            ("unsaid", pgettext("thread", "Not sent")),
        ],
        "everything": everything,
        "today": clock.today(),
        "may_move": access.may(request.staff, "treatments.sign"),
        "may_book": access.may(request.staff, "appointments.write"),
    }
    return render(request, "followup/timeline.html", context)


@require_POST
@access.staff_view("treatments.sign")
def move(request: access.StaffRequest, uid: uuid.UUID, contact: uuid.UUID) -> HttpResponse:
    """The dentist moves a wanted visit to another month."""
    patient = patient_of(request, uid)
    row = contacts.of_patient(patient, contact)
    if row is None:
        raise Http404
    months = request.POST.get("months", "")
    try:
        enrolments.move(row, months=int(months) if months.isdecimal() else 0)
    except NotPossible as refusal:
        messages.error(request, refusal.message)
    else:
        text = pgettext("move", "Moved to month %(months)s after the treatment.")
        messages.success(request, text % {"months": months})
    return redirect("patient", uid=patient.uid)


@access.staff_view("patients.see")
def alerts(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """The open danger of a patient, for the head of her page; empty when there is none."""
    patient = patient_of(request, uid)
    context = {
        "patient": patient,
        "called": people.called(patient),
        "danger": worklist.alert_of(patient),
        "may_do": access.may(request.staff, "tasks.do"),
    }
    return render(request, "followup/alerts.html", context)
