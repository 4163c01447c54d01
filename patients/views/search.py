"""Finding a patient: the answer under the top bar's field, and the list of patients."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from clinics import clock
from clinics.public import Branch, access, audit
from patients import appointments, board, desk, people
from patients.forms import PatientForm
from patients.views.answers import branch_of, branches_of, drawer, is_part, say, told

SIZE = 25


@access.staff_view("patients.see")
def found(request: access.StaffRequest) -> HttpResponse:
    """Up to six rows with what is next for each; the keys of the desk work on the chosen one."""
    query = request.GET.get("q", "").strip()
    hits = people.find(query, branches=branches_of(request), limit=6) if query else []
    audit.saw(what="search", actor=request.staff, subjects=[hit.uid for hit in hits])
    known = appointments.glance([hit.id for hit in hits])
    now = clock.now()
    coming = {hit.id: known[hit.id].next for hit in hits}
    entries = {pk: board.entry_of(line, now) for pk, line in coming.items() if line}
    rows = [{"hit": hit, "glance": known[hit.id], "entry": entries.get(hit.id)} for hit in hits]
    context = {
        "query": query,
        "rows": rows,
        "today": clock.today(),
        "can_come": any("check_in" in entry.next_steps for entry in entries.values()),
        "may_book": access.may(request.staff, "appointments.write"),
        "may_add": access.may(request.staff, "patients.write"),
    }
    return render(request, "patients/search.html", context)


@access.staff_view("patients.see")
def index(request: access.StaffRequest) -> HttpResponse:
    """The list of patients by given name; what is looked for stands in the address."""
    query = request.GET.get("q", "").strip()
    page = request.GET.get("page", "")
    listing = people.listing(
        branches=_branches(request),
        today=clock.today(),
        query=query,
        page=int(page) if page.isdigit() else 1,
        size=SIZE,
    )
    audit.saw(
        what="list",
        actor=request.staff,
        subjects=[row.found.uid for row in listing.rows],
        note=f"patients: page {listing.page}, {len(listing.rows)} of {listing.total}",
    )
    context = {
        "listing": listing,
        "query": query,
        "asked": urlencode({"q": query}) if query else "",
        "first": (listing.page - 1) * SIZE + 1,
        "last": (listing.page - 1) * SIZE + len(listing.rows),
        "may_add": access.may(request.staff, "patients.write"),
        "may_export": access.may(request.staff, "data.export"),
    }
    return render(request, "patients/index.html", context)


def _branches(request: access.StaffRequest) -> list[Branch]:
    """The branch she looks at, else all that she may see."""
    seen = branches_of(request)
    chosen = [branch for branch in seen if str(branch.uid) == _wanted(request)]
    return chosen or seen


def _wanted(request: access.StaffRequest) -> str:
    return request.GET.get("branch") or request.COOKIES.get("branch", "")


@access.staff_view("patients.write")
def new(request: access.StaffRequest) -> HttpResponse:
    """Write down a patient who does not book yet; then her page."""
    branch = branch_of(request)
    asked = request.method == "POST"
    typed = request.GET.get("q", "")
    initial = {"branch": str(branch.uid) if branch else "", "may_write": True}
    initial["phone" if typed[:1].isdigit() else "full_name"] = typed
    form = PatientForm(
        request.POST if asked else None, initial=initial, branches=branches_of(request)
    )
    if asked and form.is_valid():
        try:
            patient = desk.register(
                form.typed(), branch=form.cleaned_data["branch"], by=request.staff
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _written(request, str(patient.uid), people.called(patient))
    return drawer(request, "patients/new.html", {"form": form}, status=422 if asked else 200)


def _written(request: access.StaffRequest, uid: str, called: str) -> HttpResponse:
    address = f"/patients/{uid}/"
    if is_part(request):
        answer = told(request, say("written", {"called": called}))
        answer["HX-Redirect"] = address
        return answer
    return redirect(address)
