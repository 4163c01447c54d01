"""A call in two presses: open it, say what came of it."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import pgettext

from clinics.public import access
from followup import calling, wording
from followup.forms import CallForm
from followup.views.answers import told
from followup.views.timeline import patient_of
from messaging.public import CallResult, Direction, calls
from patients.public import Patient, guardians, people


@access.staff_view("tasks.do")
def call(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Write a call down. Each result is a button; a note may stand beside it."""
    patient = patient_of(request, uid)
    to = guardians.receiver_of(patient)
    points = people.points(to.patient if to else patient)
    asked = request.method == "POST"
    form = CallForm(request.POST if asked else None, points=points)
    if asked and form.is_valid():
        said = form.cleaned_data
        calling.note(
            uid=said["uid"],
            patient=patient,
            to=to,
            direction=Direction(said["direction"]),
            result=CallResult(said["result"]),
            number=said["number"] or (points[0] if points else None),
            text=said["note"],
            by=request.staff,
        )
        return _told(request, patient)
    context = {
        "form": form,
        "patient": patient,
        "called": people.called(patient),
        "to": wording.says_who(to) if to else "",
        "uid": form["uid"].value() or uuid.uuid4(),
        "results": CallResult.choices,
        "points": points,
        "in_vain": calls.in_vain(patient),
        "may_reveal": access.may(request.staff, "phone.reveal"),
    }
    htmx = bool(request.headers.get("HX-Request"))
    template = "followup/call.html" if htmx else "patients/drawer_page.html"
    context["inside"] = "followup/call.html"
    return render(request, template, context, status=422 if asked else 200)


def _told(request: access.StaffRequest, patient: Patient) -> HttpResponse:
    text = pgettext("call", "The call with %(called)s is written down.")
    return told(
        request, text % {"called": people.called(patient)}, back=f"/patients/{patient.uid}/"
    )
