"""Addresses of the numbers."""

from django.urls import path

from kpi import api, checklist_views, export_views, leak_views, views

urlpatterns = [
    path("numbers/", views.numbers, name="numbers"),
    path("numbers/start/away/", checklist_views.put_away, name="checklist_away"),
    path("numbers/due/calls/", views.give_calls, name="due_calls"),
    path("numbers/data_leak/cases/", leak_views.index, name="leaks"),
    path("numbers/data_leak/cases/<uuid:uid>/", leak_views.case, name="leak"),
    path("numbers/<slug:key>/export/", export_views.number, name="number_export"),
    path("patients/export/", export_views.patients, name="patients_export"),
    path("numbers/<slug:key>/", views.number, name="number"),
    path("api/v1/kpi/<slug:key>/", api.NumberView.as_view(), name="api_number"),
    path("api/v1/kpi/<slug:key>/people/", api.PeopleView.as_view(), name="api_number_people"),
]
