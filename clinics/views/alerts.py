"""What the clinic itself must see to: the part at the head of the tasks, and taking one on."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from clinics import access, alerts, frame
from clinics.models import Alert


@access.staff_view("tasks.see")
def part(request: access.StaffRequest) -> HttpResponse:
    """The open ones she must see to, for the page of tasks."""
    context = {
        "matters": alerts.lines(request.staff, frame.looked_at(request)),
        "may_do": access.may(request.staff, "tasks.do"),
    }
    return render(request, "clinics/_alerts.html", context)


@require_POST
@access.staff_view("tasks.do")
def take(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """She sees to it. 404 for what is not hers to see to, and for what is over."""
    try:
        found = alerts.get(uid, staff=request.staff, branches=access.branches(request.staff))
    except Alert.DoesNotExist as error:
        raise Http404 from error
    alerts.take(found, by=request.staff)
    if request.headers.get("HX-Request"):
        return part(request)
    messages.success(request, pgettext("alert", "You see to it now."))
    return redirect("tasks")
