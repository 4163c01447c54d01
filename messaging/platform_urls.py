"""Addresses on the platform's host."""

from django.urls import path

from messaging import webhooks

urlpatterns = [
    path("webhooks/zalo", webhooks.zalo, name="webhook-zalo"),
    path("webhooks/esms/<str:token>", webhooks.esms_report, name="webhook-esms"),
]
