"""Addresses of a clinic's host: each app names its own; here are sign-in and API papers."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

APPS = ("kpi", "followup", "messaging", "patients", "clinics")

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("config.signin_urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/v1/docs/", SpectacularSwaggerView.as_view(url_name="api_schema"), name="api_docs"),
    *(path("", include(f"{app}.urls")) for app in APPS if find_spec(f"{app}.urls")),
]
