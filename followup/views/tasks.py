"""What must be done: the list, its short form on the day's page, and what came of it."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from clinics.public import access, alerts, frame
from followup import tasks, worklist
from followup.forms import DoneForm
from followup.models import Task
from followup.views.answers import told

PANEL = 6


@access.staff_view("tasks.see")
def index(request: access.StaffRequest) -> HttpResponse:
    """Open tasks, danger first; `?kind=` filters, `?q=` finds a person. What no patient is behind
    stands above them."""
    kind, query = request.GET.get("kind", ""), request.GET.get("q", "").strip()
    number = int(request.GET["page"]) if request.GET.get("page", "").isdigit() else 1
    branches = frame.looked_at(request)
    page = worklist.page(branches, role=request.staff.role, kind=kind, query=query, number=number)
    context = {
        "page": page,
        "matters": alerts.lines(request.staff, branches),
        "groups": worklist.counts(branches, role=request.staff.role),
        "kind": kind,
        "query": query,
        "may_do": access.may(request.staff, "tasks.do"),
        "may_book": access.may(request.staff, "appointments.write"),
        "may_sign": access.may(request.staff, "treatments.sign"),
    }
    part = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    template = "followup/tasks_list.html" if part else "followup/tasks.html"
    return render(request, template, context)


@access.staff_view("tasks.see")
def panel(request: access.StaffRequest) -> HttpResponse:
    """The first few open tasks, for the side of the day's page."""
    page = worklist.page(frame.looked_at(request), role=request.staff.role, size=PANEL)
    context = {"page": page, "may_do": access.may(request.staff, "tasks.do")}
    return render(request, "followup/tasks_panel.html", context)


@access.staff_view("tasks.do")
def done(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Write down what came of a task, in a drawer or on a page of its own."""
    task = _task(request, uid)
    form = DoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        tasks.done(task, by=request.staff, result=form.words())
        return told(request, gettext("Written down. The task is closed."), back="tasks")
    context = {"form": form, "task": worklist.line(task), "inside": "followup/done.html"}
    htmx = bool(request.headers.get("HX-Request"))
    template = "followup/done.html" if htmx else "followup/done_page.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _task(request: access.StaffRequest, uid: uuid.UUID) -> Task:
    task = tasks.get(uid)
    if task is None:
        raise Http404
    access.admit(request.staff, "tasks.do", task.branch)
    return task
