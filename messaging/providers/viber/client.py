"""Viber by eSMS: its own endpoint and class; answers, reports, look-ups and money as for SMS
(docs/providers.md)."""

from __future__ import annotations

import json

from django.utils.translation import pgettext, pgettext_lazy

from messaging.providers.base import Account, Request, Sending
from messaging.providers.esms.client import ByEsms
from messaging.providers.esms.wire import dialled, keys, post
from messaging.providers.viber.forms import ViberForm

#: SmsType of Viber.
VIBER = "23"


class Viber(ByEsms):
    kind = "viber"
    channel = "viber"
    title = pgettext_lazy("channels", "Viber")
    form = ViberForm
    order = 30
    retry_safe = False  # its endpoint knows no RequestId
    receipt_key = "SMSID"

    def request(self, account: Account, sending: Sending) -> Request:
        body: dict[str, object] = {
            **keys(account),
            "Phones": [dialled(sending.to)],
            "Content": sending.text,
            "Brandname": account.account_id,
            "SmsType": VIBER,
            "CallbackUrl": self.webhook_url(account),
        }
        link = sending.values.get("link", "")
        if link and link not in sending.text:
            body |= {"OttLabel": pgettext("viber", "Open"), "OttUrl": link}
        return post("Send_Multiple_Sms_OTT/", body | self.sandbox(account))

    def sandbox(self, account: Account) -> dict[str, str]:
        return {"IsSandBox": "1"} if json.loads(account.credentials).get("sandbox") else {}
