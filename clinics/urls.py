"""Addresses every clinic has."""

from django.urls import include, path

from clinics.views import branch, home, staff

urlpatterns = [
    path("", home.home, name="home"),
    path("branch/<str:which>/", branch.choose, name="choose_branch"),
    path("staff/", staff.index, name="staff"),
    path("staff/invite/", staff.invite, name="staff_invite"),
    path("staff/invitations/<uuid:uid>/<slug:deed>/", staff.invitation, name="invitation_act"),
    path("staff/<uuid:uid>/trail/", staff.trail, name="staff_trail"),
    path("invited/<str:token>/", staff.invited, name="invited"),
    path("i18n/", include("django.conf.urls.i18n")),
]
