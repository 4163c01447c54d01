"""Addresses of the settings of what is sent and by what."""

from django.urls import include, path

urlpatterns = [
    path("settings/channels/", include("messaging.account_urls")),
]
