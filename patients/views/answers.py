"""How these pages answer: a part of a page or the whole, and what was done, in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from clinics.public import Branch, access, frame

Found = TypeVar("Found")


def or_404(read: Callable[[], Found]) -> Found:
    """What a noun finds; its DoesNotExist is our 404."""
    try:
        return read()
    except ObjectDoesNotExist as error:
        raise Http404 from error


def branches_of(request: access.StaffRequest) -> list[Branch]:
    """The branches whose things she may see, read once a request."""
    known: list[Branch] | None = getattr(request, "branches_seen", None)
    if known is None:
        known = list(access.branches(request.staff))
        request.branches_seen = known  # type: ignore[attr-defined]
    return known


def branch_of(request: access.StaffRequest) -> Branch | None:
    """The branch she looks at; of all of them, the first."""
    seen = branches_of(request)
    wanted = request.GET.get("branch") or request.COOKIES.get(frame.BRANCH_COOKIE, "")
    for branch in seen:
        if str(branch.uid) == wanted:
            return branch
    return seen[0] if seen else None


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def drawer(
    request: HttpRequest, template: str, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    """A part that opens at the side; asked for by its own address it is a page."""
    if is_part(request):
        return render(request, template, context, status=status)
    page = {**context, "inside": template}
    return render(request, "patients/drawer_page.html", page, status=status)


def say(name: str, context: dict[str, object]) -> str:
    """A sentence from templates/patients/said/, on one line."""
    return " ".join(render_to_string(f"patients/said/{name}.txt", context).split())


def told(
    request: HttpRequest, text: str, *, back: str = "/today/", refused: bool = False
) -> HttpResponse:
    """It was done (or, `refused`, not, and why): the sentence, and the page reads itself anew.

    Without htmx the sentence stands on the page she goes back to.
    """
    if is_part(request):
        answer = HttpResponse(status=422 if refused else 204)
        if refused:
            answer["HX-Reswap"] = "none"
        news: dict[str, object] = {
            "toast": {"text": text, "kind": "bad" if refused else "", "target": "body"},
            "day-changed": {"target": "body"},
        }
        if not refused:
            news["drawer-close"] = {"target": "body"}
        answer["HX-Trigger"] = json.dumps(news)
        return answer
    (messages.error if refused else messages.success)(request, text)
    return redirect(back_to(request, back))


def back_to(request: HttpRequest, usual: str) -> str:
    """The page of ours she came from, else the usual one."""
    wanted = request.POST.get("next") or request.GET.get("next") or usual
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else usual


def by_uid(items: Iterable[Found], uid: str) -> Found | None:
    """The one with this uid, or None."""
    return next((item for item in items if str(item.uid) == uid), None)  # type: ignore[attr-defined]
