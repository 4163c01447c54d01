"""Addresses of care: a patient's thread, tasks, the data list, and the patient's own page."""

from django.urls import path

from followup.views import calls, data, phone, plans, preview, tasks, timeline

urlpatterns = [
    path("patients/<uuid:uid>/timeline/", timeline.thread, name="timeline"),
    path("patients/<uuid:uid>/wanted/<uuid:contact>/", timeline.move, name="wanted_move"),
    path("patients/<uuid:uid>/call/", calls.call, name="call"),
    path("patients/<uuid:uid>/alerts/", timeline.alerts, name="patient_alerts"),
    path("tasks/", tasks.index, name="tasks"),
    path("tasks/panel/", tasks.panel, name="tasks_panel"),
    path("tasks/<uuid:uid>/done/", tasks.done, name="task_done"),
    path("care/preview/", preview.show, name="care_preview"),
    path("care/plans/", plans.index, name="care_plans"),
    path("care/plans/approve/", plans.approve, name="care_plans_approve"),
    path("care/plans/<slug:key>/hints/", plans.hints, name="care_plan_hints"),
    path("data/", data.index, name="data"),
    path("k/<str:token>/", phone.show, name="phone"),
    path("k/<str:token>/<slug:deed>/", phone.act, name="phone_act"),
]
