"""A page that speaks its reader's language, whatever the browser likes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils import translation

P = ParamSpec("P")


def speaks_hers(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A view that may activate another language: the answer says which, and the thread goes on in
    the one it had."""

    @wraps(view)
    def spoken(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with translation.override(translation.get_language()):
            answer = view(request, *args, **kwargs)
            answer.headers.setdefault("Content-Language", translation.get_language())
        return answer

    return spoken
