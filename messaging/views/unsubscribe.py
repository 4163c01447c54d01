"""The page behind "no more letters of this kind": looking changes nothing, one press does."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinics.public import places
from messaging import speaking, unsubscribe


@csrf_exempt  # a mail program presses for her: it has no cookie, and no redirect may answer it
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@speaking.speaks_hers
def show(request: HttpRequest, token: str) -> HttpResponse:
    """What would end, and a button; after the press, that it has ended."""
    profile, ending = places.profile(), unsubscribe.resolve(token)
    if ending is not None:
        translation.activate(ending.language)
    context: dict[str, object] = {
        "clinic": profile.name,
        "branch": "",
        "hotline": profile.hotline,
        "ending": ending,
    }
    if ending is None:
        return render(request, "messaging/unsubscribe.html", context, status=404)
    if request.method == "POST":
        unsubscribe.end(ending)
    context["ended"] = unsubscribe.is_ended(ending)
    return render(request, "messaging/unsubscribe.html", context)
