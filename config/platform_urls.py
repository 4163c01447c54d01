"""Addresses of the platform's host: operators' sign-in and the providers' webhooks."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

APPS = ("messaging", "clinics")

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("config.signin_urls")),
    *(
        path("", include(f"{app}.platform_urls"))
        for app in APPS
        if find_spec(f"{app}.platform_urls")
    ),
]
