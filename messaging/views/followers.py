"""Who follows the clinic on Zalo: the code to be scanned, four digits for one patient, the list."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render

from clinics.public import Branch, access, frame, places
from messaging import followers, qr
from messaging.qr import Square
from patients.public import Patient, people


def _branch(request: access.StaffRequest, which: uuid.UUID) -> Branch:
    for one in access.branches(request.staff):
        if one.uid == which:
            return one
    raise Http404


@access.staff_view("inbox.see")
def code(request: access.StaffRequest) -> HttpResponse:
    """The branch she looks at, or the first of hers."""
    chosen = frame.chosen_branch(request) or access.branches(request.staff).first()
    if chosen is None:
        raise Http404
    return _code(request, chosen)


def _code(request: access.StaffRequest, branch: Branch) -> HttpResponse:
    found = followers.accounts([branch])
    squares: list[tuple[str, str, Square]] = [
        (each.name, address, qr.square(address))
        for each in found
        for address in [followers.address_of(each)]
    ]
    context = {"branch": branch, "clinic": places.profile().name, "squares": squares}
    return render(request, "messaging/qr.html", context)


@access.staff_view("inbox.see")
def qr_of(request: access.StaffRequest, which: uuid.UUID) -> HttpResponse:
    """The code of one branch's Official Account, for the desk's screen and for paper."""
    return _code(request, _branch(request, which))


@access.staff_view("inbox.see")
def index(request: access.StaffRequest) -> HttpResponse:
    """Of the patients who are being treated, who is joined to Zalo: the number and its people."""
    chosen = frame.chosen_branch(request)
    branches = [chosen] if chosen else list(access.branches(request.staff))
    number = request.GET.get("page", "")
    joined = request.GET.get("joined", "") != "no"
    page = followers.people_of(
        branches, joined=joined, number=int(number) if number.isdigit() else 1
    )
    context = {"page": page, "joined": joined, "share": followers.share(branches)}
    return render(request, "messaging/followers.html", context)


@access.staff_view("inbox.see")
def of_patient(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Whether she is joined, and the four digits that join her (asked for by a press)."""
    try:
        patient = people.get(uid, branches=access.branches(request.staff))
    except Patient.DoesNotExist as error:
        raise Http404 from error
    code = followers.code_of(patient)
    if request.method == "POST" and access.may(request.staff, "inbox.answer"):
        code = followers.make_code(patient)
    context = {
        "patient": patient,
        "known": followers.of_patient(patient),
        "code": code,
        "accounts": followers.accounts([patient.branch]),
        "may_answer": access.may(request.staff, "inbox.answer"),
    }
    part = "messaging/_zalo.html"
    page = "messaging/zalo.html"
    return render(request, part if request.headers.get("HX-Request") else page, context)
