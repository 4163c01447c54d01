"""The HTTP application: every route of the gateway, bound to one Gateway object."""

from __future__ import annotations

from aiohttp import web

from messaging.gateway.control import Control
from messaging.gateway.control_zalo import ControlZalo
from messaging.gateway.esms import Esms
from messaging.gateway.esms_bulk import EsmsBulk
from messaging.gateway.mail import MailPages
from messaging.gateway.oa_data import OaData
from messaging.gateway.oauth import Oauth
from messaging.gateway.openapi import OpenApi
from messaging.gateway.pages import Pages, page
from messaging.gateway.state import Gateway
from messaging.gateway.twilio import Twilio
from messaging.gateway.zalo import ZaloBusiness
from messaging.gateway.zalo_catalog import ZaloCatalog

BODY_LIMIT = 16 * 1024 * 1024  # a demo registers all its templates at once


def make_app(gateway: Gateway) -> web.Application:
    app = web.Application(client_max_size=BODY_LIMIT)
    mail = MailPages(gateway, page)
    oauth = Oauth(gateway)
    gateway.forget.append(oauth.clear)
    business = (ZaloBusiness(gateway), ZaloCatalog(gateway))
    zalo = (oauth, *business, OpenApi(gateway), OaData(gateway), gateway.uploads)
    control = (Control(gateway), ControlZalo(gateway))
    sms = (Esms(gateway), EsmsBulk(gateway), Twilio(gateway))
    for part in (*zalo, *sms, *control, Pages(gateway), mail):
        app.add_routes(part.routes())
    return app
