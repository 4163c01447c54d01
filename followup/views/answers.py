"""How these pages answer a deed: the sentence, and the page reads itself anew."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def told(request: HttpRequest, text: str, *, back: str) -> HttpResponse:
    """It was done. Without htmx the sentence stands on the page she goes back to."""
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=204)
        answer["HX-Trigger"] = json.dumps(
            {
                "toast": {"text": text, "target": "body"},
                "drawer-close": {"target": "body"},
                "day-changed": {"target": "body"},
            }
        )
        return answer
    messages.success(request, text)
    return redirect(back)
