"""Addresses of the settings of what is sent and by what."""

from django.urls import include, path

from messaging.views import unsubscribe

urlpatterns = [
    path("u/<str:token>/", unsubscribe.show, name="unsubscribe"),
    path("settings/channels/", include("messaging.account_urls")),
]
