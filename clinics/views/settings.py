"""Settings of a clinic: its branches with hours, closing days and chairs; its price list."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from clinics import access, clock, places
from clinics.models import Branch, Service
from clinics.setting_forms import BranchForm, ChairForm, ClosingForm, ServiceForm, said_of


@access.staff_view("settings.write")
def index(request: access.StaffRequest) -> HttpResponse:
    """The branches and the price list."""
    context = {
        "branches": list(access.branches(request.staff)),
        "services": places.every_service(),
    }
    return render(request, "clinics/settings/index.html", context)


def _branch(request: access.StaffRequest, which: uuid.UUID) -> Branch:
    for one in access.branches(request.staff):
        if one.uid == which:
            return one
    raise Http404


@access.staff_view("settings.write")
def branch(request: access.StaffRequest, which: uuid.UUID) -> HttpResponse:
    """One branch: what it is called, when it is open."""
    place = _branch(request, which)
    form = BranchForm(request.POST) if request.method == "POST" else BranchForm.of(place)
    if form.is_bound and form.is_valid():
        places.correct(place, **form.cleaned_data)
        messages.success(request, pgettext("settings", "Saved what stands of %s.") % place.name)
        return redirect("settings_branch", which=which)
    return _page(request, place, form=form)


@access.staff_view("settings.write")
def open_branch(request: access.StaffRequest) -> HttpResponse:
    """One more branch; its chairs, dentists and rota follow on its own page."""
    form = BranchForm(request.POST) if request.method == "POST" else BranchForm.usual()
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                code = places.code_of(form.cleaned_data["name"])
                opened = places.open_branch(code=code, **form.cleaned_data)
        except IntegrityError:
            form.add_error("name", pgettext("settings", "There is a branch of this name."))
        else:
            messages.success(request, pgettext("settings", "%s is open.") % opened.name)
            return redirect("settings_branch", which=opened.uid)
    status = 422 if form.is_bound else 200
    return render(request, "clinics/settings/branch_new.html", {"form": form}, status=status)


def _page(
    request: access.StaffRequest,
    place: Branch,
    *,
    form: BranchForm | None = None,
    closing: ClosingForm | None = None,
    chair: ChairForm | None = None,
) -> HttpResponse:
    bad = any(one is not None and one.is_bound for one in (form, closing, chair))
    context = {
        "branch": place,
        "form": form or BranchForm.of(place),
        "closing": closing or ClosingForm(),
        "chair": chair or ChairForm(),
        "closed": places.closing_days(place, since=clock.today()),
        "chairs": places.chairs(place),
    }
    return render(request, "clinics/settings/branch.html", context, status=422 if bad else 200)


@require_POST
@access.staff_view("settings.write")
def close(request: access.StaffRequest, which: uuid.UUID) -> HttpResponse:
    """Close the branch, or all of them, on a day."""
    place = _branch(request, which)
    form = ClosingForm(request.POST)
    if not form.is_valid():
        return _page(request, place, closing=form)
    said = form.cleaned_data
    closed = places.close_on(
        day=said["day"], reason=said["reason"], branch=None if said["everywhere"] else place
    )
    messages.success(request, pgettext("settings", "Closed on %s.") % said_of(closed))
    return redirect("settings_branch", which=which)


@require_POST
@access.staff_view("settings.write")
def reopen(request: access.StaffRequest, which: uuid.UUID, day: str) -> HttpResponse:
    """Open again on a day that was a closing day; pressed twice it is open once."""
    place = _branch(request, which)
    try:
        date = dt.date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    places.reopen(date, branch=place)
    messages.success(request, pgettext("settings", "Open again on %s.") % f"{date:%d/%m/%Y}")
    return redirect("settings_branch", which=which)


@require_POST
@access.staff_view("settings.write")
def add_chair(request: access.StaffRequest, which: uuid.UUID) -> HttpResponse:
    """One more chair."""
    place = _branch(request, which)
    form = ChairForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                added = places.add_chair(branch=place, name=form.cleaned_data["name"])
        except IntegrityError:
            form.add_error("name", pgettext("settings", "There is a chair of this name."))
        else:
            messages.success(request, pgettext("settings", "%s can be booked.") % added.name)
            return redirect("settings_branch", which=which)
    return _page(request, place, chair=form)


@access.staff_view("settings.write")
def service(request: access.StaffRequest, service: uuid.UUID | None = None) -> HttpResponse:
    """One line of the price list. What was agreed before keeps its own value."""
    known = next((one for one in places.every_service() if one.uid == service), None)
    if service is not None and known is None:
        raise Http404
    asked = request.method == "POST"
    form = ServiceForm(request.POST if asked else None, initial=_initial(known))
    if asked and form.is_valid():
        saved = places.price(known, **form.cleaned_data)
        messages.success(
            request, pgettext("settings", "“%s” stands in the price list.") % saved.name
        )
        return redirect("settings")
    context = {"form": form, "service": known}
    return render(request, "clinics/settings/service.html", context, status=422 if asked else 200)


def _initial(known: Service | None) -> dict[str, object]:
    if known is None:
        return {"duration_min": 30, "single_visit": True, "is_active": True}
    return {name: getattr(known, name) for name in ServiceForm.base_fields}
