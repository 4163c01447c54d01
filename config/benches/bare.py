"""The floor of `bench pages`: a staff page with nothing of its own but one query and 25 rows."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from clinics.public import access
from config.urls import urlpatterns as product
from patients.public import Patient

ROWS = 25


@access.staff_view("patients.see")
def bare(request: access.StaffRequest) -> HttpResponse:
    """The same layout, session and sign-in as every staff page."""
    return render(request, "bench/bare.html", {"rows": Patient.objects.order_by("-pk")[:ROWS]})


urlpatterns = [path("bare/", bare), *product]
