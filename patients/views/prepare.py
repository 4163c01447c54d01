"""At the chair: what was done is noted for the dentist, who signs it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clinics.public import Service, Staff, access, places, staff
from patients import chairside, people, preparing, prices, teeth
from patients.forms import ChairsideForm
from patients.refusals import NotPossible
from patients.views.answers import branches_of, by_uid, is_part, or_404


@access.staff_view("treatments.prepare")
def prepare(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """What is noted in this visit, and one more line. Nobody signs here. A part of the form is
    read anew when the service or the tooth changes; nothing typed is lost."""
    sheet = or_404(lambda: chairside.sheet(uid, dentist=None, branches=branches_of(request)))
    services = list(places.services())
    form = _form(request, sheet, services)
    if request.method == "POST":
        if request.POST.get("deed") == "remove":
            return _removed(request, sheet)
        if form.is_valid() and _noted(request, sheet, form):
            return _again(request)
    service = by_uid(services, str(form["service"].value() or ""))
    form.fields["tooth"].required = bool(service and service.by_tooth)
    tooth = str(form["tooth"].value() or "")
    marks = teeth.chart(sheet.history)
    context = {
        "sheet": sheet,
        "entry": sheet.entry,
        "form": form,
        "service": service,
        "tooth": tooth,
        "chart": marks,
        "side": teeth.side_of(tooth) if tooth else request.GET.get("sign-chart-side", "left"),
        "prices": prices.changes(sheet.appointment.patient, sheet.written),
        "called": people.called(sheet.appointment.patient),
        "signs": access.may(request.staff, "treatments.sign"),
    }
    return render(
        request,
        "patients/dentist/prepare.html",
        context,
        status=422 if request.method == "POST" else 200,
    )


def _form(
    request: access.StaffRequest, sheet: chairside.Sheet, services: list[Service]
) -> ChairsideForm:
    named = sheet.appointment.dentist
    dentists = [] if named else list(staff.dentists(sheet.appointment.branch))
    if request.method == "POST":
        return ChairsideForm(request.POST, services=services, dentists=dentists)
    said = request.GET
    own = sheet.appointment.service
    chosen = said.get("service") or (str(own.uid) if own and not sheet.here else "")
    service = by_uid(services, chosen)
    same = said.get("was", "") == chosen  # another service has another price
    usual = str(service.price or "") if service else ""
    initial = {
        "service": chosen,
        "tooth": said.get("pick") or said.get("tooth", ""),
        "agreed_value": said["agreed_value"] if same and "agreed_value" in said else usual,
        "remark": said.get("remark", ""),
        "dentist": said.get("dentist", ""),
    }
    return ChairsideForm(initial=initial, services=services, dentists=dentists)


def _noted(request: access.StaffRequest, sheet: chairside.Sheet, form: ChairsideForm) -> bool:
    said = form.cleaned_data
    dentist: Staff = sheet.appointment.dentist or said["dentist"]
    try:
        made = preparing.prepare(
            appointment=sheet.appointment,
            service=said["service"],
            dentist=dentist,
            tooth=said["tooth"],
            agreed_value=said["agreed_value"],
            remark=said["remark"],
            by=request.staff,
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    except NotPossible as refusal:
        form.add_error(None, refusal.message)
        return False
    words = _("%(service)s is prepared. %(dentist)s signs it.")
    messages.success(
        request, words % {"service": made.service.name, "dentist": made.dentist.short_name}
    )
    return True


def _removed(request: access.StaffRequest, sheet: chairside.Sheet) -> HttpResponse:
    wanted = request.POST.get("entry", "")
    line = next((one for one in sheet.written if one.uid == wanted), None)
    noted = preparing.entry(line.uid, appointment=sheet.appointment) if line else None
    if noted is not None:
        try:
            preparing.take_back(noted, by=request.staff)
        except NotPossible as refusal:
            messages.error(request, refusal.message)
        else:
            words = _("%(service)s is taken back.") % {"service": noted.service.name}
            messages.success(request, words)
    return _again(request)


def _again(request: access.StaffRequest) -> HttpResponse:
    """The page anew, with what is noted now."""
    if is_part(request):
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = request.path
        return answer
    return redirect(request.path)
