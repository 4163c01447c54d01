"""Addresses of the inbox, of who follows the clinic on Zalo, and of the desk's quick replies."""

from django.urls import path

from messaging.views import followers, inbox, inbox_files, quick

urlpatterns = [
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/rows/", inbox.rows, name="inbox_rows"),
    path("inbox/qr/", followers.code, name="inbox_qr"),
    path("inbox/qr/<uuid:which>/", followers.qr_of, name="inbox_qr_branch"),
    path("inbox/followers/", followers.index, name="inbox_followers"),
    path("inbox/<uuid:uid>/", inbox.talk, name="inbox_talk"),
    path("inbox/<uuid:uid>/lines/", inbox.lines, name="inbox_lines"),
    path("inbox/<uuid:uid>/who/", inbox.who, name="inbox_who"),
    path("inbox/<uuid:uid>/join/", inbox.join, name="inbox_join"),
    path("inbox/<uuid:uid>/count/", inbox_files.count, name="inbox_count"),
    path("inbox/<uuid:uid>/files/<uuid:file>/", inbox_files.show, name="inbox_file"),
    path("inbox/<uuid:uid>/<slug:deed>/", inbox.act, name="inbox_act"),
    path("patients/<uuid:uid>/zalo/", followers.of_patient, name="patient_zalo"),
    path("settings/replies/", quick.index, name="quick_replies"),
    path("settings/replies/new/", quick.edit, name="quick_reply_new"),
    path("settings/replies/<uuid:reply>/", quick.edit, name="quick_reply"),
    path("settings/replies/<uuid:reply>/delete/", quick.delete, name="quick_reply_delete"),
]
