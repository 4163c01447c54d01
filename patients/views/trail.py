"""Who opened a patient's record and who changed it: for owner and manager."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render

from clinics.public import access, audit, history
from patients import people
from patients.views.answers import branches_of, or_404


@access.staff_view("trail.see")
def show(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """One day of it; that it was looked up is noted too."""
    patient = or_404(lambda: people.get(uid, branches=branches_of(request)))
    seen = history.of_patient(
        uid=patient.uid,
        pk=patient.pk,
        numbers=people.number_ids(patient),
        day=history.typed_day(request.GET.get("day", "")),
    )
    audit.saw(what="trail", actor=request.staff, subjects=[patient.uid])
    return render(request, "patients/patient/trail.html", {"patient": patient, "seen": seen})
