"""What will be said after a signature, for the page on which a dentist signs."""

from __future__ import annotations

import datetime as dt
import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render

from clinics import clock
from clinics.public import access, places
from followup import preview, protocols
from followup.views.timeline import patient_of
from patients.public import courses


@access.staff_view("treatments.sign")
def show(request: access.StaffRequest) -> HttpResponse:
    """?patient=, ?service=, ?done_at= (ISO, the clinic's clock), ?deep_cavity=, ?recall_months=,
    and of a course ?stage=, ?tooth_left=, ?revisit_weeks="""
    said = request.GET
    try:
        patient = patient_of(request, uuid.UUID(said.get("patient", "")))
    except ValueError as error:
        raise Http404 from error
    service = next((s for s in places.services() if str(s.uid) == said.get("service", "")), None)
    if service is None:
        raise Http404
    months, weeks = said.get("recall_months", ""), said.get("revisit_weeks", "")
    coming = preview.of(
        patient=patient,
        branch=patient.branch,
        service=service,
        done_at=_instant(said.get("done_at", "")),
        deep_cavity=said.get("deep_cavity") == "1",
        recall_months=int(months) if months.isdigit() else None,
        said=protocols.Said(
            stage=said.get("stage", ""),
            unsealed=bool(said.get("tooth_left")),
            weeks=int(weeks) if weeks in map(str, courses.WEEKS) else None,
        ),
    )
    return render(request, "followup/preview.html", {"coming": coming})


def _instant(text: str) -> dt.datetime:
    try:
        return clock.parse(text)
    except ValueError:
        return clock.now()
