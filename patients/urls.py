"""Addresses of the desk, the patient's page and the dentist's page."""

from django.urls import path

from patients import api
from patients.views import (
    appointment,
    booking,
    dentist,
    patient,
    prepare,
    record,
    search,
    today,
    trail,
)

urlpatterns = [
    path("today/", today.today, name="today"),
    path("today/day/", today.parts, name="today_parts"),
    path("today/week/", today.week_page, name="week"),
    path("today/outside/", today.outside, name="outside"),
    path("today/close/", today.close, name="day_close"),
    path("today/events/", today.events, name="today_events"),
    path("appointments/new/", booking.new, name="book"),
    path("appointments/new/who/", booking.who, name="book_who"),
    path("appointments/new/find/", booking.find, name="book_find"),
    path("appointments/new/slots/", booking.slots, name="book_slots"),
    path("appointments/<uuid:uid>/", appointment.show, name="appointment"),
    path("appointments/<uuid:uid>/cancel/", appointment.cancel, name="appointment_cancel"),
    path("appointments/<uuid:uid>/move/", appointment.move, name="appointment_move"),
    path("appointments/<uuid:uid>/<slug:deed>/", appointment.act, name="appointment_act"),
    path("search/", search.found, name="search"),
    path("patients/", search.index, name="patients"),
    path("patients/new/", search.new, name="patient_new"),
    path("patients/<uuid:uid>/", patient.show, name="patient"),
    path("patients/<uuid:uid>/edit/", record.edit, name="patient_edit"),
    path("patients/<uuid:uid>/family/", record.family, name="patient_family"),
    path("patients/<uuid:uid>/family/<uuid:tie>/end/", record.untie, name="patient_untie"),
    path("patients/<uuid:uid>/trail/", trail.show, name="patient_trail"),
    path("patients/<uuid:uid>/phones/", patient.reveal, name="patient_phones"),
    path("patients/<uuid:uid>/consent/", patient.consent, name="patient_consent"),
    path("patients/<uuid:uid>/plans/<uuid:plan>/close/", patient.close_plan, name="plan_close"),
    path("api/v1/patients/<uuid:uid>/", api.PatientView.as_view(), name="api_patient"),
    path("api/v1/appointments/<uuid:uid>/", api.AppointmentView.as_view(), name="api_appointment"),
    path("dentist/", dentist.today, name="dentist"),
    path("dentist/<uuid:uid>/prepare/", prepare.prepare, name="prepare"),
    path("dentist/<uuid:uid>/sign/", dentist.sign, name="sign"),
]
