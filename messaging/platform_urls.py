"""Addresses on the platform's host: one for each provider's application (docs/messages.md)."""

from django.urls import path

from messaging import webhooks
from messaging.views import consent

urlpatterns = [
    path("oauth/<slug:kind>", consent.back, name="consent_back"),
    path("webhooks/<slug:kind>", webhooks.report, name="webhook"),
    path("webhooks/<slug:kind>/<str:token>", webhooks.report, name="webhook-token"),
]
