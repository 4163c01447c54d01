"""Addresses of the texts of messages, in a clinic's settings."""

from django.urls import path

from messaging.views import texts

urlpatterns = [
    path("settings/messages/", texts.index, name="messages"),
    path("settings/messages/new/", texts.new, name="message_new"),
    path("settings/messages/<uuid:text>/", texts.show, name="message_text"),
    path("settings/messages/<uuid:text>/check/", texts.check, name="message_check"),
    path("settings/messages/<uuid:text>/who/", texts.who, name="message_who"),
    path("settings/messages/<uuid:text>/step/<slug:deed>/", texts.step, name="message_step"),
]
