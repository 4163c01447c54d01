"""Every request enters its clinic here, before anything else looks at it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import render
from django.urls import set_urlconf

from clinics import acting, routing, schemas


class ClinicMiddleware:
    """Enter the clinic of the request's host; an unknown host gets a plain 404 page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = split_domain_port(request.get_host())[0]
        if host == settings.BASE_HOST:
            clinic, urlconf = routing.platform(), settings.PUBLIC_SCHEMA_URLCONF
        else:
            found = routing.clinic_of(host)
            if found is None:
                schemas.leave()
                request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
                return render(request, "errors/unknown_host.html", status=404)
            clinic, urlconf = found, settings.ROOT_URLCONF
        request.tenant = clinic  # type: ignore[attr-defined]
        request.urlconf = urlconf
        set_urlconf(urlconf)
        schemas.enter(clinic)
        with acting.within("web"):
            return self.get_response(request)
