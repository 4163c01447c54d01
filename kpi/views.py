"""The numbers' pages: admit, ask, render."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpResponse
from django.shortcuts import render

from clinics import clock
from clinics.public import access, audit, frame
from kpi import checklist
from kpi.forms import NumberForm
from kpi.metrics import METRICS, Metric
from kpi.overview import overview
from kpi.pages import Asked, number_page
from kpi.periods import DEFAULT, Period
from kpi.spoken import parts_of
from patients.public import names


@access.staff_view("numbers.see")
def numbers(request: access.StaffRequest) -> HttpResponse:
    """Every number, in all and by branch."""
    form = NumberForm(request.GET)
    page = overview(
        staff=request.staff,
        branch=frame.chosen_branch(request),
        months=form.said("months", DEFAULT),
    )
    seen = {"page": page, "today": clock.today(), "checklist": checklist.of(request.staff)}
    return render(request, "kpi/overview.html", seen)


@access.staff_view("numbers.see")
def number(request: access.StaffRequest, key: str) -> HttpResponse:
    """One number with its people. 404 for a number that is not declared."""
    metric = METRICS.get(key)
    if metric is None:
        raise Http404
    form = NumberForm(request.GET)
    asked = _asked(form, metric, branch=request.GET.get("branch", ""))
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
    return render(request, "kpi/number.html", seen)


def _asked(form: NumberForm, metric: Metric, *, branch: str) -> Asked:
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
