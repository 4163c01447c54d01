"""Addresses every clinic has."""

from django.urls import include, path

from clinics.views import home

urlpatterns = [
    path("", home.home, name="home"),
    path("i18n/", include("django.conf.urls.i18n")),
]
