"""Texts that a patient sends by SMS: to a short number, since a brand name cannot be answered."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from messaging.gateway.calls import compact
from messaging.gateway.clock import local, milliseconds

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway


class Inbound:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def doors(self) -> list[tuple[str, str, str]]:
        """(provider, account, number) of every way back that an account has set up."""
        accounts = self._gateway.accounts
        esms = [
            ("esms", a.api_key, a.service_number) for a in accounts.esms.values() if a.inbound_url
        ]
        twilio = [
            ("twilio", a.sid, (a.numbers or ["+15005550006"])[0])
            for a in accounts.twilio.values()
            if a.inbound_url
        ]
        return esms + twilio

    def text(self, phone: str, text: str, named: str = "") -> dict[str, Any]:
        """Raises ValueError when nobody could hear it."""
        doors = [door for door in self.doors() if named in ("", door[1])]
        # Twilio has no way back from Vietnamese numbers.
        fitting = [d for d in doors if d[0] == "esms" or not phone.startswith("+84")]
        if not fitting:
            raise ValueError("no account has a number that can be answered")
        provider, account, number = fitting[0]
        now = self._gateway.clock.now()
        tell = self._esms if provider == "esms" else self._twilio
        tell(account, number, phone, text, now)
        self._gateway.talk.add(phone, account, "sms", text, now, number=number)
        return {"account": account, "number": number}

    def _esms(self, account: str, number: str, phone: str, text: str, now: float) -> None:
        door = self._gateway.accounts.esms[account]
        said = {
            "sender": phone.removeprefix("+"),
            "content": text,
            "serviceNumber": number,
            "keyword": text.split()[0],
            "cpid": door.cpid,
            "smsid": os.urandom(8).hex(),
            "receiverTime": f"{local(now):%Y%m%d%H%M%S}",
        }
        self._tell("esms", account, door.inbound_url, said, now)

    def _twilio(self, account: str, number: str, phone: str, text: str, now: float) -> None:
        door = self._gateway.accounts.twilio[account]
        sid = f"SM{os.urandom(16).hex()}"
        said = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": account}
        said |= {"From": phone, "To": number, "Body": text, "SmsStatus": "received"}
        said |= {"NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01"}
        if text.strip().upper() in ("STOP", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"):
            self._gateway.set_phone(phone, {"twilio_code": 21610})  # Twilio keeps that list itself
        self._tell("twilio", account, door.inbound_url, said, now)

    def _tell(
        self, provider: str, account: str, url: str, said: dict[str, str], now: float
    ) -> None:
        event = self._gateway.events.add(
            provider, account, "inbound", compact(said), at=milliseconds(now), url=url
        )
        self._gateway.webhooks.tell(event)
