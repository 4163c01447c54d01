"""The numbers' pages: admit, ask, render."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from clinics import clock
from clinics.public import Branch, access, audit, frame
from followup.public import returns
from kpi import checklist, leakcases, todo
from kpi.due import Asked as DueAsked
from kpi.due import DuePage, due_page, given_said, month_of
from kpi.forms import DueForm, NumberForm
from kpi.metrics import METRICS, Metric
from kpi.overview import overview
from kpi.pages import Asked, number_page
from kpi.periods import DEFAULT, Period
from kpi.spoken import parts_of
from patients.public import names


@vary_on_headers("HX-Target")
@access.staff_view("numbers.see")
def numbers(request: access.StaffRequest) -> HttpResponse:
    """Every number, in all and by branch."""
    months = NumberForm(request.GET).said("months", DEFAULT)
    branch = frame.chosen_branch(request)
    asked = DueForm(request.GET).asked()
    due = _due(request, asked, branch, months)
    if request.headers.get("HX-Target") == "due":
        return render(request, "kpi/_due.html", {"due": due})
    page = overview(staff=request.staff, branch=branch, months=months)
    may_judge = access.may(request.staff, "trail.see")
    three = todo.today(todo.Seen(frame.looked_at(request), due, page, may_judge, request.staff))
    seen = {
        "page": page,
        "today": clock.today(),
        "due": due,
        "three": three,
        "checklist": checklist.of(request.staff),
    }
    return render(request, "kpi/overview.html", seen)


def _due(
    request: access.StaffRequest, asked: DueAsked, branch: Branch | None, months: int
) -> DuePage:
    """The month's returns of the branches she looks at. That a list was shown is noted."""
    kept = [("months", str(months))]
    if request.GET.get("branch") and branch is not None:
        kept.append(("branch", str(branch.uid)))
    page = due_page(frame.looked_at(request), asked, kept=kept)
    audit.saw(
        what="list",
        actor=request.staff,
        subjects=[row.patient_uid for row in page.shown],
        note=f"due {asked.month:%Y-%m}: {page.part}, {len(page.shown)} of {len(page.chosen)}",
    )
    return page


@require_POST
@access.staff_view("numbers.see")
def give_calls(request: access.StaffRequest) -> HttpResponse:
    """Give the desk a call for everybody of the month whom nobody has reached."""
    asked = DueForm(request.POST).asked()
    branch = frame.chosen_branch(request)
    given = returns.give_calls(
        frame.looked_at(request), first=asked.month, until=month_of(asked.month, 1)
    )
    messages.success(request, given_said(given))
    kept = {"month": f"{asked.month:%Y-%m}", "due": "unreached"}
    if request.GET.get("branch") and branch is not None:
        kept["branch"] = str(branch.uid)
    return redirect(f"/numbers/?{urlencode(kept)}#due")


@access.staff_view("numbers.see")
def number(request: access.StaffRequest, key: str) -> HttpResponse:
    """One number with its people. 404 for a number that is not declared."""
    metric = METRICS.get(key)
    if metric is None:
        raise Http404
    form = NumberForm(request.GET)
    asked = asked_of(form, metric, branch=request.GET.get("branch", ""))
    page = number_page(
        metric,
        staff=request.staff,
        branch=frame.chosen_branch(request),
        asked=asked,
        folded=names.fold(asked.words),
    )
    rows = page.people.rows
    audit.saw(
        what="list",
        actor=request.staff,
        subjects=[row.patient for row in rows],
        note=f"{key}: {page.role}, {len(rows)} of {page.people.total}",
    )
    seen = {"page": page, "form": form, "one": page.number}
    seen["may_export"] = access.may(request.staff, "data.export")
    if key == "data_leak" and access.may(request.staff, "trail.see"):
        seen |= {"chain": leakcases.chain(), "waiting": len(leakcases.waiting())}
    return render(request, "kpi/number.html", seen)


def asked_of(form: NumberForm, metric: Metric, *, branch: str) -> Asked:
    """What the address of a number's page asks for."""
    first, last = form.said("first"), form.said("last")
    typed = first is not None and last is not None
    return Asked(
        months=form.said("months", DEFAULT),
        period=Period(first, last + dt.timedelta(days=1)) if typed else None,
        as_of=form.said("as_of"),
        role=form.said("role", metric.first_list),
        reason=form.said("reason", ""),
        words=form.said("q", ""),
        page=form.said("page", 1),
        branch=branch,
        part=_part(metric, form.said("part", "")),
    )


def _part(metric: Metric, typed: str) -> str:
    """A part the page can speak of; anything else is the headline."""
    return typed if typed in parts_of(metric.key) else ""
