"""The rota of a branch: a week by dentists and days, and one dentist's day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST

from clinics import access, clock, frame, rota, staff
from clinics.models import Branch, Shift, Staff
from clinics.rota_forms import CopyForm, OffForm, ShiftForm, WeekForm

WEEK = dt.timedelta(days=7)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


def _asked_week(request: access.StaffRequest) -> dt.date:
    try:
        return rota.monday_of(dt.date.fromisoformat(request.GET.get("week", "")))
    except (ValueError, OverflowError):
        return rota.monday_of(clock.today())


def _branch(request: access.StaffRequest, which: uuid.UUID) -> Branch:
    for one in access.branches(request.staff):
        if one.uid == which:
            return one
    raise Http404


def _address(branch: Branch, day: dt.date) -> str:
    return f"/settings/rota/?branch={branch.uid}&week={rota.monday_of(day).isoformat()}"


@access.staff_view("rota.write")
def week(request: access.StaffRequest) -> HttpResponse:
    """A branch's week. The branch stands in the address, or is the one she looks at."""
    branch = frame.chosen_branch(request) or access.branches(request.staff).first()
    if branch is None:
        return render(request, "patients/today/no_branch.html")
    return _page(request, branch, _asked_week(request))


def _page(
    request: access.StaffRequest,
    branch: Branch,
    monday: dt.date,
    *,
    plan: WeekForm | None = None,
    copy: CopyForm | None = None,
) -> HttpResponse:
    found = rota.week(branch, monday)
    people = [row.person for row in found.rows]
    initial = {"starts_at": branch.opens_at, "ends_at": branch.closes_at}
    context = {
        "branch": branch,
        "week": found,
        "here": _address(branch, monday),
        "before": _address(branch, monday - WEEK),
        "after": _address(branch, monday + WEEK),
        "now": _address(branch, clock.today()),
        "is_now": monday == rota.monday_of(clock.today()),
        "today": clock.today(),
        "plan": plan or WeekForm(people=people, initial=initial),
        "copy": copy or CopyForm(),
        "sets": access.may(request.staff, "settings.write"),
    }
    return render(
        request, "clinics/settings/rota.html", context, status=422 if plan or copy else 200
    )


@require_POST
@access.staff_view("rota.write")
def plan(request: access.StaffRequest, which: uuid.UUID, day: str) -> HttpResponse:
    """The same shift on several days of the week this day lies in."""
    branch, monday = _branch(request, which), rota.monday_of(_day(day))
    form = WeekForm(request.POST, people=staff.dentists(branch))
    if form.is_valid():
        said = form.cleaned_data
        try:
            done = rota.plan_week(
                person=form.person(),
                branch=branch,
                monday=monday,
                weekdays=said["weekdays"],
                starts_at=said["starts_at"],
                ends_at=said["ends_at"],
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _said(done))
            return redirect(_address(branch, monday))
    return _page(request, branch, monday, plan=form)


@require_POST
@access.staff_view("rota.write")
def copy(request: access.StaffRequest, which: uuid.UUID, day: str) -> HttpResponse:
    """The week this day lies in, in the next weeks too."""
    branch, monday = _branch(request, which), rota.monday_of(_day(day))
    form = CopyForm(request.POST)
    if not form.is_valid():
        return _page(request, branch, monday, copy=form)
    messages.success(request, _said(rota.copy_week(branch, monday, **form.cleaned_data)))
    return redirect(_address(branch, monday))


@require_POST
@access.staff_view("rota.write")
def clear(request: access.StaffRequest, which: uuid.UUID, day: str) -> HttpResponse:
    """Nobody has a shift on this day."""
    branch, date = _branch(request, which), _day(day)
    gone = rota.clear(branch, date)
    said = ngettext(
        "%(n)s shift of %(day)s was taken away.", "%(n)s shifts of %(day)s were taken away.", gone
    )
    messages.success(request, said % {"n": gone, "day": f"{date:%d/%m/%Y}"})
    return _to(request, _address(branch, date))


def _to(request: access.StaffRequest, address: str) -> HttpResponse:
    """To a page that is read anew, also when a part of one asked."""
    if request.htmx:  # type: ignore[attr-defined]
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = address
        return answer
    return redirect(address)


def _said(done: rota.Planned) -> str:
    """How much was planned, and what was left out and why."""
    parts = [
        ngettext("%(n)s shift planned.", "%(n)s shifts planned.", done.made) % {"n": done.made}
    ]
    if done.closed:
        days = ", ".join(f"{day:%d/%m}" for day in done.closed)
        parts.append(_("Left out, the branch is closed: %(days)s.") % {"days": days})
    if done.kept:
        stands = "; ".join(
            f"{one.staff.short_name} {one.day:%d/%m} {one.starts_at:%H:%M}–{one.ends_at:%H:%M}"
            f" {one.branch.name}"
            for one in done.kept
        )
        parts.append(_("Left as it stands: %(shifts)s.") % {"shifts": stands})
    return " ".join(parts)


# one dentist's day


@dataclass
class _Asked:
    """What is asked of one dentist's day, and the forms that were refused."""

    request: access.StaffRequest
    branch: Branch
    person: Staff
    day: dt.date
    shift: Shift | None = None
    bad: dict[str, forms.Form] = field(default_factory=dict)  # by the shift's uid, "add" or "off"


@access.staff_view("rota.write")
def day(
    request: access.StaffRequest, which: uuid.UUID, dentist: uuid.UUID, day: str
) -> HttpResponse:
    """Her shifts of a day in this branch: given, changed, taken away; a day off."""
    branch = _branch(request, which)
    person = next((one for one in staff.dentists(branch) if one.uid == dentist), None)
    if person is None:
        raise Http404
    asked = _Asked(request, branch, person, _day(day))
    if request.method == "POST":
        deed = _DEEDS.get(request.POST.get("deed", ""))
        if deed is None:
            raise Http404
        asked.shift = _shift(asked)
        if (said := deed(asked)) is not None:
            return _done(asked, said)
    return _drawer(asked)


def _shift(asked: _Asked) -> Shift | None:
    try:
        found = rota.get(uuid.UUID(asked.request.POST.get("shift", "")), branch=asked.branch)
    except (ValueError, Shift.DoesNotExist):
        return None
    return found if (found.staff_id, found.day) == (asked.person.pk, asked.day) else None


def _add(asked: _Asked) -> str | None:
    form = ShiftForm(asked.request.POST, prefix="add")
    if form.is_valid():
        try:
            rota.plan(person=asked.person, branch=asked.branch, day=asked.day, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return pgettext("rota", "The shift is planned.")
    asked.bad["add"] = form
    return None


def _change(asked: _Asked) -> str | None:
    if asked.shift is None:
        raise Http404
    uid = str(asked.shift.uid)
    form = ShiftForm(asked.request.POST, prefix=uid)
    if form.is_valid():
        try:
            rota.change(asked.shift, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return pgettext("rota", "The shift has its new hours.")
    asked.bad[uid] = form
    return None


def _remove(asked: _Asked) -> str:
    if asked.shift is not None:  # pressed twice it is gone already
        rota.remove(asked.shift)
    return pgettext("rota", "The shift was taken away.")


def _off(asked: _Asked) -> str | None:
    form = OffForm(asked.request.POST)
    if not form.is_valid():
        asked.bad["off"] = form
        return None
    noted = rota.off(person=asked.person, day=asked.day, **form.cleaned_data)
    return pgettext("rota", "Off on %(day)s: %(why)s.") % {
        "day": f"{noted.day:%d/%m/%Y}",
        "why": noted.reason,
    }


def _back(asked: _Asked) -> str:
    rota.back(person=asked.person, day=asked.day)
    return pgettext("rota", "The shifts of this day count again.")


_DEEDS: dict[str, Callable[[_Asked], str | None]] = {
    "add": _add,
    "change": _change,
    "remove": _remove,
    "off": _off,
    "back": _back,
}


def _done(asked: _Asked, said: str) -> HttpResponse:
    """The sentence stands on the week, which is read anew."""
    messages.success(asked.request, f"{asked.person.short_name}: {said}")
    return _to(asked.request, _address(asked.branch, asked.day))


def _drawer(asked: _Asked) -> HttpResponse:
    cell = rota.week(asked.branch, asked.day).cell(asked.person, asked.day)
    branch = asked.branch
    usual = {"starts_at": branch.opens_at, "ends_at": branch.closes_at} if not cell.here else {}
    template = "clinics/settings/rota_day.html"
    context = {
        "branch": branch,
        "person": asked.person,
        "cell": cell,
        "shifts": [(one, asked.bad.get(str(one.uid)) or ShiftForm.of(one)) for one in cell.here],
        "add": asked.bad.get("add") or ShiftForm(prefix="add", initial=usual),
        "off": asked.bad.get("off") or OffForm(),
        "address": asked.request.path,
        "back": _address(branch, asked.day),
        "inside": template,
    }
    part = bool(asked.request.htmx)  # type: ignore[attr-defined]
    page = template if part else "clinics/settings/rota_day_page.html"
    return render(asked.request, page, context, status=422 if asked.bad else 200)
