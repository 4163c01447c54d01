"""The HTTP application: every route of the gateway, bound to one Gateway object."""

from __future__ import annotations

from aiohttp import web

from messaging.gateway.control import Control
from messaging.gateway.esms import Esms
from messaging.gateway.mail import MailPages
from messaging.gateway.oauth import Oauth
from messaging.gateway.pages import Pages, page
from messaging.gateway.state import Gateway
from messaging.gateway.zalo import ZaloBusiness

BODY_LIMIT = 16 * 1024 * 1024  # a demo registers all its templates at once


def make_app(gateway: Gateway) -> web.Application:
    app = web.Application(client_max_size=BODY_LIMIT)
    mail = MailPages(gateway.mailbox, page)
    oauth = Oauth(gateway)
    gateway.forget.append(oauth.clear)
    zalo = (oauth, ZaloBusiness(gateway))
    for part in (*zalo, Esms(gateway), Control(gateway), Pages(gateway), mail):
        app.add_routes(part.routes())
    return app
