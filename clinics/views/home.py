"""Where a person lands, and the operators' list of clinics."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clinics import access, directory


@access.staff_view()
def home(request: access.StaffRequest) -> HttpResponse:
    """Send her to the page her day starts with."""
    return redirect(access.HOME[request.staff.role])


@login_required
def platform_home(request: HttpRequest) -> HttpResponse:
    """The clinics of this installation, for operators. It shows no person of theirs."""
    return render(request, "platform/clinics.html", {"clinics": directory.clinics()})
