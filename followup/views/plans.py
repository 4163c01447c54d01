"""The care plans: read by everybody who works with them, taken into use by a dentist."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from clinics.public import access
from followup import hints as hinting
from followup import plans, protocols
from followup.models import Protocol
from patients.public import NotPossible


@access.staff_view("tasks.see")
def index(request: access.StaffRequest) -> HttpResponse:
    """What is said and wanted after which treatment, and who has approved it."""
    found = plans.every()
    context = {
        "plans": found,
        "waiting": sum(plan.approved_at is None for plan in found),
        "may_approve": access.may(request.staff, "treatments.sign"),
    }
    return render(request, "followup/plans.html", context)


@require_POST
@access.staff_view("treatments.sign")
def approve(request: access.StaffRequest) -> HttpResponse:
    """A dentist takes the plans into use; those that are stay as they are."""
    protocols.install(approved_by=request.staff)
    messages.success(
        request, pgettext("care plan", "In use from now on, for what is signed after this.")
    )
    return redirect("care_plans")


@require_POST
@access.staff_view("treatments.sign")
def hints(request: access.StaffRequest, key: str) -> HttpResponse:
    """A dentist switches the hints of a care plan on or off."""
    on = request.POST.get("on") == "1"
    try:
        hinting.switch(key, on=on, by=request.staff)
    except Protocol.DoesNotExist as error:
        raise Http404 from error
    except NotPossible as refusal:
        messages.error(request, refusal.message)
    else:
        said = (
            pgettext("care plan", "Hints are on, from each patient's next visit.")
            if on
            else pgettext("care plan", "Hints are off; none that waits is sent any more.")
        )
        messages.success(request, said)
    return redirect("care_plans")
