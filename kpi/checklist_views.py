"""Putting the list of first steps away."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from clinics.public import Role, access
from kpi import checklist


@require_POST
@access.staff_view("settings.write")
def put_away(request: access.StaffRequest) -> HttpResponse:
    """An owner needs the list no more."""
    if request.staff.role != Role.OWNER:
        raise PermissionDenied
    checklist.put_away(by=request.staff)
    messages.success(request, pgettext("start", "The list is put away."))
    return redirect("numbers")
