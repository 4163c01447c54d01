"""Addresses every clinic has."""

from django.urls import include, path

from clinics.views import branch, home

urlpatterns = [
    path("", home.home, name="home"),
    path("branch/<str:which>/", branch.choose, name="choose_branch"),
    path("i18n/", include("django.conf.urls.i18n")),
]
