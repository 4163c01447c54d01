"""One appointment at the side of the page: who, what, and what can be done next."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from clinics import clock
from clinics.public import access, staff
from patients import appointments, board, desk, people
from patients.forms import CancelForm, MoveForm
from patients.labels import purpose_word
from patients.models import Appointment
from patients.refusals import Clash, NotPossible
from patients.views.answers import branches_of, drawer, or_404, say, told

#: What a button may ask for without a form, and the sentence that says it was done.
DEEDS: dict[str, Callable[..., Appointment]] = {
    "confirm": appointments.confirm,
    "check-in": appointments.check_in,
    "seat": appointments.seat,
    "done": appointments.done,
    "miss": appointments.miss,
    "undo": appointments.undo_outcome,
}


def _get(request: access.StaffRequest, uid: uuid.UUID) -> Appointment:
    return or_404(lambda: appointments.get(uid, branches=branches_of(request)))


def day_of(appointment: Appointment) -> str:
    """The address of the day it stands on."""
    return f"/today/?branch={appointment.branch.uid}&date={appointment.on_date.isoformat()}"


@access.staff_view("today.see")
def show(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """The drawer: what is known, and only the steps that are possible now."""
    line = or_404(lambda: appointments.line_of(uid, branches=branches_of(request)))
    entry = board.entry_of(line, clock.now())
    context = {
        "entry": entry,
        "line": line,
        "for_purpose": purpose_word(line.purpose),
        "back": f"/today/?date={line.on_date.isoformat()}",
        "may_write": access.may(request.staff, "appointments.write"),
        "may_open": access.may(request.staff, "patients.see"),
    }
    return drawer(request, "patients/appointments/show.html", context)


@require_POST
@access.staff_view("appointments.write")
def act(request: access.StaffRequest, uid: uuid.UUID, deed: str) -> HttpResponse:
    """Do one of the plain deeds. Pressed twice, or by two people, it is done once."""
    if deed not in DEEDS:
        raise Http404
    appointment = _get(request, uid)
    try:
        appointment = DEEDS[deed](appointment, by=request.staff)
    except NotPossible as refusal:
        return told(request, refusal.message, back=day_of(appointment), refused=True)
    return told(request, _said(deed, appointment), back=day_of(appointment))


def _said(what: str, appointment: Appointment, **more: object) -> str:
    called = people.called(appointment.patient)
    context: dict[str, object] = {
        "what": what,
        "called": called,
        "Called": called[:1].upper() + called[1:],
        "Told": desk.told(appointment.patient) if more.get("hears") else "",
        "appointment": appointment,
        "start": appointments.start_of(appointment),
        "hour_known": appointment.during is not None,
        **more,
    }
    return say("appointment", context)


@access.staff_view("appointments.write")
def cancel(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Cancel with a reason and who it was that cancelled."""
    appointment = _get(request, uid)
    form = CancelForm(request.POST or None)
    line = or_404(lambda: appointments.line_of(uid, branches=branches_of(request)))
    if request.method == "POST" and form.is_valid():
        try:
            appointments.cancel(
                appointment,
                form.cleaned_data["reason"],
                by_clinic=form.cleaned_data["who"] == "clinic",
                by=request.staff,
            )
        except NotPossible as refusal:
            return told(request, refusal.message, back=day_of(appointment), refused=True)
        hears = not desk.reached(appointment.patient)
        return told(request, _said("cancel", appointment, hears=hears), back=day_of(appointment))
    context = {"form": form, "line": line, "start": appointments.start_of(appointment)}
    return drawer(
        request,
        "patients/appointments/cancel.html",
        context,
        status=422 if request.method == "POST" else 200,
    )


@access.staff_view("appointments.write")
def move(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Agree another time; a clash offers the nearest free ones."""
    appointment = _get(request, uid)
    dentists = list(staff.dentists(appointment.branch))
    initial = {
        "dentist": str(appointment.dentist.uid) if appointment.dentist else "",
        "date": appointment.on_date,
        "time": clock.local(appointments.start_of(appointment)).time(),
        **_dragged(request),
    }
    asked = request.method == "POST"
    form = MoveForm(request.POST if asked else None, initial=initial, dentists=dentists)
    clash: Clash | None = None
    if asked and form.is_valid():
        try:
            new = _moved(request, appointment, form)
        except Clash as refusal:
            clash = refusal
        except NotPossible as refusal:
            form.add_error(None, refusal.message)
        else:
            hears = not desk.reached(new.patient)
            return told(request, _said("move", new, hears=hears), back=day_of(new))
    context = {
        "form": form,
        "line": or_404(lambda: appointments.line_of(uid, branches=branches_of(request))),
        "clash": clash,
        "may_overbook": access.may(request.staff, "overbook"),
        "slots_for": f"branch={appointment.branch.uid}&minutes={_minutes(appointment)}",
    }
    return drawer(request, "patients/appointments/move.html", context, status=422 if asked else 200)


def _dragged(request: access.StaffRequest) -> dict[str, object]:
    """Where it was dropped on the calendar (?start=, ?dentist=); nothing is moved by that alone."""
    try:
        start = clock.local(clock.parse(request.GET.get("start", "")))
    except ValueError:
        return {}
    found: dict[str, object] = {"date": start.date(), "time": start.time()}
    if "dentist" in request.GET:
        found["dentist"] = request.GET["dentist"]
    return found


def _minutes(appointment: Appointment) -> int:
    if appointment.during is None:
        return 30
    return int((appointment.during.upper - appointment.during.lower).total_seconds() // 60)


def _moved(request: access.StaffRequest, appointment: Appointment, form: MoveForm) -> Appointment:
    may = access.may(request.staff, "overbook", appointment.branch)
    dentist = form.cleaned_data["dentist"]
    return appointments.move(
        appointment,
        form.start(),
        dentist=dentist if dentist != appointment.dentist else None,
        by=request.staff,
        overbook_reason=form.cleaned_data["overbook_reason"] if may else "",
    )
