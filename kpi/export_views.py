"""Taking lists out as files: what would leave is shown first, that it left is noted."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from clinics.public import access, audit, frame
from kpi import export
from kpi.export import Table
from kpi.forms import NumberForm
from kpi.headline import scope
from kpi.metrics import METRICS
from kpi.pages import number_page
from kpi.views import asked_of
from patients.public import names

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@access.staff_view("data.export")
def number(request: access.StaffRequest, key: str) -> HttpResponse:
    """The people of a number's list. Looked at it is a preview; sent as a form it is the file."""
    metric = METRICS.get(key)
    if metric is None:
        raise Http404
    asked = asked_of(NumberForm(request.GET), metric, branch=request.GET.get("branch", ""))
    branch = frame.chosen_branch(request)
    page = number_page(
        metric, staff=request.staff, branch=branch, asked=asked, folded=names.fold(asked.words)
    )
    table = export.of_number(page, scope(request.staff, branch))
    return _answer(request, table, back=f"/numbers/{key}/{asked.href()}")


@access.staff_view("data.export")
def patients(request: access.StaffRequest) -> HttpResponse:
    """The list of patients, or those found by `?q=`."""
    query = request.GET.get("q", "").strip()[:80]
    table = export.of_patients(frame.looked_at(request), query)
    back = f"/patients/?{urlencode({'q': query})}" if query else "/patients/"
    return _answer(request, table, back=back)


def _answer(request: access.StaffRequest, table: Table, *, back: str) -> HttpResponse:
    if request.method != "POST" or not table.rows:
        return render(request, "kpi/export.html", {"table": table, "back": back})
    audit.took(actor=request.staff, subjects=table.subjects, note=table.filter_said)
    file = StreamingHttpResponse(export.workbook(table), content_type=XLSX)
    file["Content-Disposition"] = f'attachment; filename="{export.file_name(table)}"'
    return cast(HttpResponse, file)  # Django's two kinds of answers share no type but the base
