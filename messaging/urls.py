"""Addresses of the inbox, and of the settings of what is sent and by what."""

from django.urls import include, path

urlpatterns = [
    path("", include("messaging.inbox_urls")),
]
