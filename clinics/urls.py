"""Addresses every clinic has."""

from django.urls import include, path

from clinics.views import alerts, branch, home, rota, settings, staff

urlpatterns = [
    path("", home.home, name="home"),
    path("branch/<str:which>/", branch.choose, name="choose_branch"),
    path("alerts/", alerts.part, name="alerts"),
    path("alerts/<uuid:uid>/take/", alerts.take, name="alert_take"),
    path("staff/", staff.index, name="staff"),
    path("staff/invite/", staff.invite, name="staff_invite"),
    path("staff/invitations/<uuid:uid>/<slug:deed>/", staff.invitation, name="invitation_act"),
    path("staff/<uuid:uid>/trail/", staff.trail, name="staff_trail"),
    path("settings/", settings.index, name="settings"),
    path("settings/branches/new/", settings.open_branch, name="branch_new"),
    path("settings/branches/<uuid:which>/", settings.branch, name="settings_branch"),
    path("settings/branches/<uuid:which>/chairs/", settings.add_chair, name="chair_add"),
    path("settings/branches/<uuid:which>/closing/", settings.close, name="closing_add"),
    path(
        "settings/branches/<uuid:which>/closing/<str:day>/open/",
        settings.reopen,
        name="closing_end",
    ),
    path("settings/services/new/", settings.service, name="service_new"),
    path("settings/services/<uuid:service>/", settings.service, name="service"),
    path("settings/rota/", rota.week, name="rota"),
    path("settings/rota/<uuid:which>/<str:day>/plan/", rota.plan, name="rota_plan"),
    path("settings/rota/<uuid:which>/<str:day>/copy/", rota.copy, name="rota_copy"),
    path("settings/rota/<uuid:which>/<str:day>/clear/", rota.clear, name="rota_clear"),
    path("settings/rota/<uuid:which>/<str:day>/<uuid:dentist>/", rota.day, name="rota_day"),
    path("invited/<str:token>/", staff.invited, name="invited"),
    path("i18n/", include("django.conf.urls.i18n")),
]
