"""Addresses of the settings of a clinic's accounts at its providers."""

from django.urls import path

from messaging.views import account_deeds, accounts, consent

urlpatterns = [
    path("", accounts.index, name="channels"),
    path("state/", accounts.state, name="channels_state"),
    path("new/<slug:kind>/", accounts.new, name="channel_new"),
    path("<uuid:uid>/", accounts.edit, name="channel"),
    path("<uuid:uid>/ask/", account_deeds.ask, name="channel_ask"),
    path("<uuid:uid>/test/", account_deeds.trial, name="channel_test"),
    path("<uuid:uid>/link/", account_deeds.link, name="channel_link"),
    path("<uuid:uid>/allow/", consent.allow, name="channel_allow"),
    path("<uuid:uid>/<slug:switch>/", accounts.switch, name="channel_switch"),
]
