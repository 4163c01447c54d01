"""A patient's record: what is known of her, corrected; who belongs to her."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from clinics.public import access, staff
from patients import care, details, families, people
from patients.models import Patient, Relation
from patients.record_forms import DetailsForm, TieForm
from patients.views.answers import branches_of, drawer, or_404, say, told


def _get(request: access.StaffRequest, uid: uuid.UUID) -> Patient:
    return or_404(lambda: people.get(uid, branches=branches_of(request)))


def _page(patient: Patient) -> str:
    return f"/patients/{patient.uid}/"


@access.staff_view("patients.write")
def edit(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Correct what is known of her."""
    patient = _get(request, uid)
    asked = request.method == "POST"
    form = DetailsForm(
        request.POST if asked else None,
        initial=_initial(patient),
        dentists=staff.dentists(patient.branch),
        agents=staff.agents(patient.branch),
    )
    if asked and form.is_valid():
        try:
            details.correct(
                patient=patient,
                wanted=form.wanted(),
                dentist=form.cleaned_data["dentist"],
                agent=form.cleaned_data["agent"],
                by=request.staff,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _told(request, patient)
    context = {"form": form, "patient": patient, "called": people.called(patient)}
    return drawer(request, "patients/record/edit.html", context, status=422 if asked else 200)


def _initial(patient: Patient) -> dict[str, object]:
    team = care.team(patient)
    return {
        "full_name": patient.full_name,
        "salutation": patient.salutation,
        "gender": patient.gender,
        "birth_date": patient.birth_date,
        "source": patient.source,
        "language": patient.language,
        "preferred_channel": patient.preferred_channel,
        "preferred_hour": patient.preferred_hour,
        "wishes": patient.wishes,
        "fears": patient.fears,
        "dentist": str(team["dentist"].uid) if "dentist" in team else "",
        "agent": str(team["agent"].uid) if "agent" in team else "",
    }


def _told(request: access.StaffRequest, patient: Patient) -> HttpResponse:
    said = say("corrected", {"called": people.called(patient)})
    answer = told(request, said, back=_page(patient))
    if answer.status_code == 204:
        answer["HX-Redirect"] = _page(patient)  # her name stands in the head of the page too
    return answer


@access.staff_view("patients.write")
def family(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Note a relative. Typing a name offers patients; a name alone is noted as it is."""
    patient = _get(request, uid)
    asked = request.method == "POST"
    form = TieForm(request.POST if asked else None)
    if asked and form.is_valid():
        try:
            tie = _tied(request, patient, form)
        except ValidationError as refusal:
            form.add_error("name", refusal.messages)
        else:
            names: dict[str, object] = {"name": str(tie), "called": people.called(patient)}
            return told(request, say("tied", names), back=_page(patient))
    typed = (form["name"].value() or request.GET.get("name", "")).strip()
    found = people.find(typed, branches=branches_of(request), limit=5) if typed else []
    context: dict[str, object] = {
        "form": form,
        "patient": patient,
        "called": people.called(patient),
        "typed": typed,
        "found": [hit for hit in found if hit.id != patient.pk],
    }
    return drawer(request, "patients/record/family.html", context, status=422 if asked else 200)


def _tied(request: access.StaffRequest, patient: Patient, form: TieForm) -> object:
    said = form.cleaned_data
    relative = _get(request, said["relative"]) if said["relative"] else None
    return families.tie(
        patient=patient,
        relative=relative,
        name=said["name"],
        relation=Relation(said["relation"]),
        is_guardian=said["is_guardian"],
        pays=said["pays"],
        decides=said["decides"],
        by=request.staff,
    )


@require_POST
@access.staff_view("patients.write")
def untie(request: access.StaffRequest, uid: uuid.UUID, tie: uuid.UUID) -> HttpResponse:
    """This relative is none (any more)."""
    patient = _get(request, uid)
    families.untie(patient=patient, uid=tie)
    return told(request, say("untied", {}), back=_page(patient))
