"""Addresses of the platform's host."""

from django.urls import include, path

from clinics.views import home

urlpatterns = [
    path("", home.platform_home, name="platform"),
    path("i18n/", include("django.conf.urls.i18n")),
]
