"""The dentist's phone: my patients today, and signing in three taps."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from clinics import clock
from clinics.public import Service, access, places, staff
from patients import chairside, courses, people, preparing, prices, teeth, treatments
from patients.forms import ABOUT_STEP, SignForm
from patients.models import Stage, ToothLeft, Treatment
from patients.refusals import NotPossible
from patients.views.answers import branches_of, by_uid, is_part, or_404, say


@access.staff_view("treatments.prepare")
def today(request: access.StaffRequest) -> HttpResponse:
    """What waits for a signature first, then who comes. Who does not sign looks at the day of a
    dentist of her branches (?dentist=), and prepares."""
    signs = access.may(request.staff, "treatments.sign")
    here = "/dentist/"
    if signs:
        context: dict[str, object] = {"day": chairside.read(request.staff)}
    else:
        branches = branches_of(request)
        dentists = list(staff.dentists_of(branches))
        dentist = by_uid(dentists, request.GET.get("dentist", "")) or next(iter(dentists), None)
        here += f"?dentist={dentist.uid}" if dentist else ""
        context = {
            "day": chairside.read(dentist, branches=branches) if dentist else None,
            "dentist": dentist,
            "dentists": dentists,
        }
    context |= {"signs": signs, "here": here, "tasks": access.may(request.staff, "tasks.see")}
    template = "patients/dentist/parts.html" if is_part(request) else "patients/dentist/today.html"
    return render(request, template, context)


@access.staff_view("treatments.sign")
def sign(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """What was done in one visit: read it, sign it. A part of the form is read anew when the
    service or the tooth changes; nothing typed is lost."""
    sheet = or_404(
        lambda: chairside.sheet(uid, dentist=request.staff, branches=branches_of(request))
    )
    services = list(places.services())
    form = _form(request, sheet, services)
    answer = _signed(request, sheet, form) if request.method == "POST" and form.is_valid() else None
    if answer is not None:
        return answer
    service = by_uid(services, str(form["service"].value() or ""))
    steps = courses.stages_of(service.code) if service else ()
    form.ask_step(steps)
    form.fields["tooth"].required = bool(service and service.by_tooth)  # the verb insists on it
    noted = _noted(sheet, str(form["entry"].value() or ""))
    context = {
        "sheet": sheet,
        "noted": noted,
        "others": [line for line in sheet.written if line != noted],
        "prices": prices.changes(sheet.appointment.patient, [noted] if noted else []),
        "entry": sheet.entry,
        "form": form,
        "service": service,
        "tooth": form["tooth"].value(),
        "chart": _chart(sheet, service, form["tooth"].value()),
        "side": _side(request, form),
        "is_filling": bool(service and teeth.mark_of(service.code) == "filling"),
        "steps": steps,
        "stage": str(form["stage"].value() or ""),
        "age": people.age_of(sheet.appointment.patient, clock.today()),
        "called": people.called(sheet.appointment.patient),
        "preview": _preview(form, service),
    }
    return render(
        request,
        "patients/dentist/sign.html",
        context,
        status=422 if request.method == "POST" else 200,
    )


def _form(
    request: access.StaffRequest, sheet: chairside.Sheet, services: list[Service]
) -> SignForm:
    if request.method == "POST":
        return SignForm(request.POST, services=services)
    said = request.GET
    written = _noted(sheet, said.get("entry", ""))
    own = sheet.appointment.service
    chosen = said.get("service") or (str(own.uid) if own and not sheet.signed else "")
    if written and "service" not in said:
        chosen = next((str(s.uid) for s in services if s.code == written.service_code), chosen)
    service = by_uid(services, chosen)
    end = clock.local(written.done_at if written else preparing.usual_end(sheet.appointment))
    plan = sheet.plan_of(service)
    usual: dict[str, object] = {
        "service": chosen,
        "tooth": written.tooth if written else plan.tooth if plan else "",
        "done_on": end.date(),
        "done_time": end.time().replace(second=0, microsecond=0),
        "agreed_value": (service.price or "") if service else "",
        "recall_months": (written.recall_months or "") if written else "",
        "deep_cavity": bool(written and written.deep_cavity),
        "remark": written.remark if written else "",
        "entry": written.uid if written else said.get("entry", ""),
        **_usual_step(sheet, service),
    }
    if written and written.agreed_value is not None:
        usual["agreed_value"] = written.agreed_value
    return SignForm(services=services, initial={**usual, **_said(said, usual, service)})


def _noted(sheet: chairside.Sheet, uid: str) -> treatments.Line | None:
    """What was prepared and is signed now: the one named, else the first; "new" is none of them."""
    if uid == "new":
        return None
    named = next((line for line in sheet.written if line.uid == uid), None)
    return named or next(iter(sheet.written), None)


def _usual_step(sheet: chairside.Sheet, service: Service | None) -> dict[str, object]:
    """The likeliest step of a course: braces are adjusted while their plan is open. What was
    done to a root nobody guesses."""
    steps = courses.stages_of(service.code) if service else ()
    plan = sheet.plan_of(service)
    own = [line for line in sheet.written if service and line.service_code == service.code]
    braces = Stage.ADJUSTMENT if plan else Stage.BONDING
    return {
        "stage": next((line.stage for line in own), "") or (braces if braces in steps else ""),
        "tooth_left": ToothLeft.TEMPORARY if Stage.SESSION in steps else "",
        "healed": "",
        "revisit_weeks": sheet.weeks_of(plan) or "",
        "planned_months": "",
    }


def _said(said: QueryDict, usual: dict[str, object], service: Service | None) -> dict[str, object]:
    """What stands in the address: the form so far, and the tooth that was touched."""
    asked: dict[str, object] = {name: said.get(name) for name in usual if name in said}
    if "was" in said:  # read anew: a tick that was taken away is not sent
        asked["deep_cavity"] = said.get("deep_cavity", "")
    if said.get("pick"):
        asked["tooth"] = said.get("pick")
    if said.get("was") != (str(service.uid) if service else ""):
        for name in ("agreed_value", *ABOUT_STEP):  # another service: another price, other steps
            asked.pop(name, None)
    return asked


def _side(request: access.StaffRequest, form: SignForm) -> str:
    """The side of the mouth a phone shows: the tooth's, else the one she was looking at."""
    tooth = form["tooth"].value()
    return teeth.side_of(tooth) if tooth else request.GET.get("sign-chart-side", "left")


def _chart(sheet: chairside.Sheet, service: Service | None, tooth: object) -> dict[int, str]:
    """Her teeth, with what is about to be signed drawn in."""
    marks = teeth.chart(sheet.history)
    mark = teeth.mark_of(service.code) if service else ""
    if mark and str(tooth).isdigit():
        marks[int(str(tooth))] = mark
    return marks


def _preview(form: SignForm, service: Service | None) -> str:
    """What the page that knows the care protocols is asked (by address)."""
    if service is None:
        return ""
    asked = {
        "service": str(service.uid),
        "done_at": _done_at_text(form),
        "deep_cavity": "1" if form["deep_cavity"].value() else "",
        "recall_months": str(form["recall_months"].value() or ""),
        **{name: str(form[name].value() or "") for name in ABOUT_STEP if name != "healed"},
    }
    return urlencode({name: value for name, value in asked.items() if value})


def _done_at_text(form: SignForm) -> str:
    """When it was done as an ISO time, or "" while it cannot be read yet."""
    try:
        day = form.fields["done_on"].clean(form["done_on"].value())
        hour = form.fields["done_time"].clean(form["done_time"].value())
    except ValidationError:
        return ""
    return f"{day.isoformat()}T{hour:%H:%M}"


def _signed(
    request: access.StaffRequest, sheet: chairside.Sheet, form: SignForm
) -> HttpResponse | None:
    said = form.cleaned_data
    filling = teeth.mark_of(said["service"].code) == "filling"
    try:
        treatment = chairside.sign(
            appointment=sheet.appointment,
            service=said["service"],
            dentist=request.staff,
            done_at=min(form.done_at(), clock.now()) if _now(form) else form.done_at(),
            tooth=said["tooth"],
            deep_cavity=said["deep_cavity"] and filling,
            recall_months=said["recall_months"] if filling else None,
            agreed_value=said["agreed_value"],
            remark=said["remark"],
            said=form.said(),
            entry=_entry(sheet, said["entry"]),
        )
    except ValidationError as refusal:
        for field, errors in refusal.message_dict.items():
            form.add_error("done_time" if field == "done_at" else field, errors)
        return None
    except NotPossible as refusal:
        form.add_error(None, refusal.message)
        return None
    messages.success(request, say("signed", {"treatment": treatment}))
    if is_part(request):
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = "/dentist/"
        return answer
    return redirect("/dentist/")


def _entry(sheet: chairside.Sheet, uid: str) -> Treatment | None:
    """What was prepared of it; signed already meanwhile, it is given back as it is."""
    try:
        return preparing.entry(uuid.UUID(uid), appointment=sheet.appointment)
    except ValueError:
        return None


def _now(form: SignForm) -> bool:
    """The minute that just runs counts as done."""
    return (form.done_at() - clock.now()).total_seconds() < 60
