"""Addresses of the numbers."""

from django.urls import path

from kpi import api, checklist_views, views

urlpatterns = [
    path("numbers/", views.numbers, name="numbers"),
    path("numbers/start/away/", checklist_views.put_away, name="checklist_away"),
    path("numbers/<slug:key>/", views.number, name="number"),
    path("api/v1/kpi/<slug:key>/", api.NumberView.as_view(), name="api_number"),
    path("api/v1/kpi/<slug:key>/people/", api.PeopleView.as_view(), name="api_number_people"),
]
