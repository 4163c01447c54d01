"""Which branch a person looks at, kept in a cookie."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from clinics import access, frame


def _back(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "/")
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else "/"


@access.staff_view()
def choose(request: access.StaffRequest, which: str) -> HttpResponse:
    """Look at one branch, or at "all" that she may see; then back to where she was."""
    known = {str(branch.uid) for branch in access.branches(request.staff)}
    if which != "all" and which not in known:
        raise Http404
    answer = redirect(_back(request))
    answer.set_cookie(
        frame.BRANCH_COOKIE, which, max_age=365 * 86400, samesite="Lax", httponly=True
    )
    return answer
