"""Cases of leaked data: the list, one of them, and what somebody says of it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext

from clinics.public import access, audit
from kpi import leakcases
from kpi.forms import NumberForm, VerdictForm
from kpi.models import Verdict


@access.staff_view("trail.see")
def index(request: access.StaffRequest) -> HttpResponse:
    """What was found in the last 90 days, and whether the trails were whole."""
    seen = {"cases": leakcases.cases(), "chain": leakcases.chain()}
    return render(request, "kpi/cases.html", seen)


@access.staff_view("trail.see")
def case(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """One case with its records; confirmed or put right with a reason."""
    found = leakcases.get(uid)
    if found is None:
        raise Http404
    form = VerdictForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            leakcases.judge(
                found,
                verdict=Verdict(form.cleaned_data["verdict"]),
                reason=form.cleaned_data["reason"],
                by=request.staff,
            )
        except leakcases.NotHers as problem:
            raise PermissionDenied from problem
        messages.success(request, pgettext("leak", "Written down. It stands in the trail."))
        return redirect("leak", uid=uid)
    page = NumberForm(request.GET).said("page", 1)
    rows = leakcases.records(found, page=page)
    audit.saw(
        what="list",
        actor=request.staff,
        subjects=[row.uid for row in rows if row.uid],
        note=f"leak case: {found.kind}, {len(rows)} of {found.records}",
    )
    seen = {
        "case": found,
        "rows": rows,
        "form": form,
        "page": page,
        "more": page * leakcases.PAGE < found.records,
        "own": found.actor_id == request.staff.pk,
        "may_judge": leakcases.may_judge(found, request.staff),
    }
    return render(request, "kpi/case.html", seen, status=422 if form.is_bound else 200)
