"""Reception's day: calendar, plain list, waiting room, and the parts that refresh themselves."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from clinics import clock
from clinics.public import Branch, access
from patients import board, calendar, closing, week
from patients.views.answers import branch_of, is_part


def _date(request: access.StaffRequest) -> dt.date:
    try:
        return dt.date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return clock.today()


def _address(branch: Branch, date: dt.date, **more: str) -> str:
    asked = {"branch": str(branch.uid), **more}
    if date != clock.today():
        asked["date"] = date.isoformat()
    return urlencode({key: value for key, value in asked.items() if value})


def _context(request: access.StaffRequest, branch: Branch, day: board.Board) -> dict[str, object]:
    """What the page and its parts show of a day that was read."""
    state = request.GET.get("state", "")
    view = "list" if state or request.GET.get("view") == "list" else ""
    return {
        "board": day,
        "branch": branch,
        "state": state,
        "view": view,
        "rows": day.listed(state),
        "here": _address(branch, day.date, view=view, state=state),
        "day": _address(branch, day.date),
        "before": _address(branch, day.date - dt.timedelta(days=1), view=view),
        "after": _address(branch, day.date + dt.timedelta(days=1), view=view),
        "today": _address(branch, clock.today(), view=view),
        "may_write": access.may(request.staff, "appointments.write"),
        "unsettled": closing.count(branch),
        "sees_tasks": access.may(request.staff, "tasks.see"),
    }


@access.staff_view("today.see")
def today(request: access.StaffRequest) -> HttpResponse:
    """The day of a branch. The branch stands in the address, so a reload shows the same."""
    branch = branch_of(request)
    if branch is None:
        return render(request, "patients/today/no_branch.html")
    if request.GET.get("branch") != str(branch.uid):
        asked = request.GET.copy()
        asked["branch"] = str(branch.uid)
        return redirect(f"/today/?{asked.urlencode()}")
    day = board.read(branch, _date(request))
    writes = access.may(request.staff, "appointments.write")
    return render(
        request,
        "patients/today/page.html",
        _context(request, branch, day) | {"calendar": calendar.day(day, writes=writes)},
    )


@access.staff_view("today.see")
def parts(request: access.StaffRequest) -> HttpResponse:
    """The parts that live: 204 while nothing changed since the version she has."""
    branch = branch_of(request)
    if branch is None:
        raise Http404
    day = board.read(branch, _date(request))
    if request.GET.get("v") == day.version:
        return HttpResponse(status=204)
    return render(request, "patients/today/parts.html", _context(request, branch, day))


@access.staff_view("appointments.write")
def close(request: access.StaffRequest) -> HttpResponse:
    """The end of the day: settle what is open, see what is not signed."""
    branch = branch_of(request)
    if branch is None:
        return render(request, "patients/today/no_branch.html")
    context = {
        "branch": branch,
        "closing": closing.read(branch),
        "may_write": True,
        "here": f"/today/close/?branch={branch.uid}",
    }
    part = "patients/today/close_parts.html"
    return render(request, part if is_part(request) else "patients/today/close.html", context)


@access.staff_view("today.see")
def week_page(request: access.StaffRequest) -> HttpResponse:
    """Seven days of a branch: a dentist's alone, everybody's, or everybody's by dentists."""
    branch = branch_of(request)
    if branch is None:
        return render(request, "patients/today/no_branch.html")
    by = "dentist" if request.GET.get("by") == "dentist" else ""
    found = week.read(branch, _date(request), request.GET.get("dentist", ""), by_dentist=bool(by))
    writes = access.may(request.staff, "appointments.write")
    dentist = str(found.dentist.uid) if found.dentist else ""
    by = "" if dentist else by

    def at(date: dt.date, *, who: str = dentist, by: str = by) -> str:
        return _address(branch, date, dentist=who, by=by)

    context = {
        "branch": branch,
        "week": found,
        "calendar": week.calendar(found, writes=writes),
        "here": at(found.monday),
        "before": at(found.monday - dt.timedelta(days=7)),
        "after": at(found.monday + dt.timedelta(days=7)),
        "now": at(clock.today()),
        "is_now": found.monday == week.monday_of(clock.today()),
        "by": by,
        "by_days": at(found.monday, by=""),
        "by_dentists": at(found.monday, who="", by="dentist"),
        "whose": [
            ("", at(found.monday, who="")),
            *((one, at(found.monday, who=str(one.uid), by="")) for one in found.dentists),
        ],
        "may_write": writes,
        "may_plan": access.may(request.staff, "rota.write"),
    }
    return render(request, "patients/today/week.html", context)


@access.staff_view("today.see")
def outside(request: access.StaffRequest) -> HttpResponse:
    """Who is expected in this week while the dentist is not there (a part of other pages)."""
    branch = branch_of(request)
    if branch is None:
        raise Http404
    context = {"branch": branch, "week": week.read(branch, _date(request))}
    part = "patients/today/_outside.html"
    page = "patients/today/outside.html"
    return render(request, part if is_part(request) else page, context)


@access.staff_view("today.see")
def events(request: access.StaffRequest) -> HttpResponse:
    """The same day for the calendar (config/assets/js/calendar.js says the shape)."""
    branch = branch_of(request)
    if branch is None:
        raise Http404
    day = board.read(branch, _date(request))
    return JsonResponse(calendar.day(day, writes=access.may(request.staff, "appointments.write")))
