"""The data list of a branch: who could not be reached, and why."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from clinics.public import access, frame
from followup import unreached


@access.staff_view("data.see")
def index(request: access.StaffRequest) -> HttpResponse:
    """The list; `?why=`, `?q=` and `?page=` live in the address."""
    branches = frame.looked_at(request)
    why, query = request.GET.get("why", ""), request.GET.get("q", "").strip()
    number = int(request.GET["page"]) if request.GET.get("page", "").isdigit() else 1
    lines, more = unreached.page(branches, query=query, code=why, number=number)
    context = {
        "lines": lines,
        "piles": unreached.piles(branches, query=query),
        "why": why,
        "query": query,
        "page": number,
        "previous": number - 1 if number > 1 else None,
        "next": number + 1 if more else None,
        "one_branch": len(branches) == 1,
    }
    return render(request, "followup/data.html", context)
