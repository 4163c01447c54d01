"""Addresses of the inbox, and of what is sent and by what in a clinic's settings."""

from django.urls import include, path

from messaging.views import costs, guides, texts, unsubscribe

urlpatterns = [
    path("u/<str:token>/", unsubscribe.show, name="unsubscribe"),
    path("", include("messaging.inbox_urls")),
    path("messages/costs/", costs.index, name="costs"),
    path("messages/costs/limit/", costs.limit, name="costs_limit"),
    path("messages/costs/by/<slug:by>/", costs.behind, name="costs_behind"),
    path("settings/channels/", include("messaging.account_urls")),
    path("settings/messages/", texts.index, name="messages"),
    path("settings/messages/new/", texts.new, name="message_new"),
    path("settings/messages/own/", texts.begin_own, name="message_own"),
    path("settings/messages/guides/<slug:guide>/", guides.show, name="guide"),
    path("settings/messages/guides/<slug:guide>/add/<slug:what>/", guides.add, name="guide_add"),
    path(
        "settings/messages/guides/<slug:guide>/remove/<uuid:item>/",
        guides.remove,
        name="guide_remove",
    ),
    path("guides/<uuid:picture>/", guides.picture, name="guide_picture"),
    path("settings/messages/<uuid:text>/", texts.show, name="message_text"),
    path("settings/messages/<uuid:text>/check/", texts.check, name="message_check"),
    path("settings/messages/<uuid:text>/who/", texts.who, name="message_who"),
    path("settings/messages/<uuid:text>/step/<slug:deed>/", texts.step, name="message_step"),
]
