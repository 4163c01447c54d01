"""The switches of the gateway: what tests, the demo and the buttons of its pages may change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from messaging.gateway.book import Row
from messaging.gateway.modes import read_mode
from messaging.gateway.phones import any_number
from messaging.gateway.templates import fill, links
from messaging.gateway.wire import json_answer, json_body

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

SECRET_FIELDS = (
    "app_secret",
    "oa_secret",
    "access_token",
    "refresh_token",
    "secret_key",
    "dead_tokens",
    "proof_of",
    "auth_token",
    "private_key",
)


def row_as_json(gateway: Gateway, row: Row) -> dict[str, Any]:
    """One message of the book, with the text and the links the patient gets."""
    template = gateway.templates.get(row.template_id)
    key_name = "tracking_id" if row.channel == "zalo" else "request_id"
    return {
        "id": row.id,
        "channel": row.channel,
        "phone": row.phone,
        "account": row.account,
        "template_id": row.template_id or None,
        "params": row.params,
        "text": fill(template.text, row.params) if template else row.text,
        "links": links(template, row.params) if template else [],
        "sender": row.sender or None,
        key_name: row.key,
        "accepted_at": row.accepted_at,
        "delivered_at": row.settled_at if row.state == "delivered" else None,
        "settled_at": row.settled_at or None,
        "state": row.state,
        "price": row.price,
        "charged": row.charged,
        "receipt": row.hook or None,
        "receipt_attempts": row.attempts,
        "kind": row.kind or None,
        "seen_at": row.seen_at or None,
        "error": row.error or None,
        **({"extra": row.extra} if row.extra else {}),
    }


class Control:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self.health),
            web.get("/control/book", self.book),
            web.get("/control/refusals", self.refusals),
            web.get("/control/mode", self.get_mode),
            web.post("/control/mode", self.set_mode),
            web.get("/control/phones/{phone}", self.get_phone),
            web.post("/control/phones/{phone}", self.set_phone),
            web.post("/control/phones/{phone}/act", self.act),
            web.get("/control/accounts", self.get_accounts),
            web.post("/control/accounts", self.set_accounts),
            web.get("/control/settings", self.get_settings),
            web.post("/control/settings", self.set_settings),
            web.get("/control/spellings", self.get_spellings),
            web.post("/control/spellings", self.set_spellings),
            web.post("/control/reset", self.reset),
        ]

    async def health(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok")

    # the book

    async def book(self, request: web.Request) -> web.Response:
        book, query = self._gateway.book, request.query
        summary: dict[str, Any] = {
            "count": len(book.rows),
            "states": {f"{channel}.{state}": n for (channel, state), n in book.states.items() if n},
            "repeated": book.repeated(),
            "charged": sum(book.charged.values()),
        }
        if query.get("summary"):
            return json_answer(summary)
        phone = query.get("phone")
        rows: Iterable[Row] = (
            book.by_phone.get(any_number(phone.strip()) or "", []) if phone else book.rows
        )
        after = _number(query.get("after"), 0)
        found = [row for row in list(rows)[after:] if _matches(row, query)]
        limit = _number(query.get("limit"), len(found))
        summary["messages"] = [row_as_json(self._gateway, row) for row in found[:limit]]
        return json_answer(summary)

    async def refusals(self, _request: web.Request) -> web.Response:
        return json_answer({"refusals": [asdict(refusal) for refusal in self._gateway.refusals]})

    # modes and phones

    async def get_mode(self, _request: web.Request) -> web.Response:
        return json_answer(self._gateway.modes.as_json())

    async def set_mode(self, request: web.Request) -> web.Response:
        def change(values: Any) -> Any:
            self._gateway.modes.set(str(values.get("channel") or "all"), read_mode(values))
            return self._gateway.modes.as_json()

        return await json_body(request, change)

    async def get_phone(self, request: web.Request) -> web.Response:
        phone = _phone(request)
        return json_answer({"phone": phone, **asdict(self._gateway.phones[phone])})

    async def set_phone(self, request: web.Request) -> web.Response:
        phone = _phone(request)

        def change(values: Any) -> Any:
            self._gateway.set_phone(phone, values)
            return {"phone": phone, **asdict(self._gateway.phones[phone])}

        return await json_body(request, change)

    async def act(self, request: web.Request) -> web.Response:
        phone = _phone(request)
        base = f"http://{request.host}"
        return await json_body(
            request, lambda values: self._gateway.patient.act(phone, {"base": base} | values)
        )

    # accounts, templates, settings

    async def get_accounts(self, _request: web.Request) -> web.Response:
        accounts = self._gateway.accounts
        return json_answer(
            {
                "zalo": _public(accounts.zalo.values()),
                "esms": _public(accounts.esms.values()),
                "twilio": _public(accounts.twilio.values()),
            }
        )

    async def set_accounts(self, request: web.Request) -> web.Response:
        gateway, saved = self._gateway, []

        def change(values: Any) -> Any:
            accounts = []
            for each in listed(values, "accounts"):
                accounts.append(gateway.accounts.register(each))
                if each.get("webhook_url"):
                    saved.append(str(each["oa_id"]))
            return {"accounts": _public(accounts)}

        response = await json_body(request, change)
        for oa_id in saved:
            kind = gateway.switches[oa_id].probe_on_save
            if kind:
                await gateway.webhooks.probe(oa_id, kind)
        return response

    async def get_settings(self, _request: web.Request) -> web.Response:
        return json_answer({**self._settings(), "now": self._gateway.clock.now()})

    def _settings(self) -> dict[str, Any]:
        delivery = self._gateway.delivery
        return {
            "delivery_seconds": delivery.seconds,
            "seen_seconds": delivery.seen_seconds,
            "approval_seconds": delivery.approval_seconds,
        }

    async def set_settings(self, request: web.Request) -> web.Response:
        def change(values: Any) -> Any:
            delivery = self._gateway.delivery
            if "delivery_seconds" in values:
                delivery.seconds = _seconds(values["delivery_seconds"])
            if "approval_seconds" in values:
                delivery.approval_seconds = _seconds(values["approval_seconds"])
            if "seen_seconds" in values:
                seen = values["seen_seconds"]
                delivery.seen_seconds = None if seen is None else _seconds(seen)
            return self._settings()

        return await json_body(request, change)

    async def get_spellings(self, _request: web.Request) -> web.Response:
        return json_answer(asdict(self._gateway.spellings))

    async def set_spellings(self, request: web.Request) -> web.Response:
        return await json_body(request, self._gateway.spellings.set)

    async def reset(self, request: web.Request) -> web.Response:
        def change(values: Any) -> Any:
            self._gateway.reset(everything=values.get("everything") in (True, "1", "true"))
            return {"reset": True}

        return await json_body(request, change)


def listed(values: Any, name: str) -> list[Any]:
    """One object, a list of them, or a list under its name."""
    if isinstance(values, list):
        return values
    found = values.get(name, [values])
    return list(found)


def _public(accounts: Iterable[Any]) -> list[dict[str, Any]]:
    dicts = [asdict(account) for account in accounts]
    return [
        {name: value for name, value in each.items() if name not in SECRET_FIELDS} for each in dicts
    ]


def _matches(row: Row, query: Any) -> bool:
    key = query.get("tracking_id") or query.get("request_id")
    return (
        query.get("channel") in (None, "", row.channel)
        and query.get("state") in (None, "", row.state)
        and key in (None, "", row.key)
    )


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdigit() else otherwise


def _seconds(value: Any) -> float:
    seconds = float(value)
    if seconds < 0:
        raise ValueError("seconds cannot be below 0")
    return seconds


def _phone(request: web.Request) -> str:
    phone = any_number(request.match_info["phone"].strip())
    if phone is None:
        raise web.HTTPNotFound(text="not a mobile number")
    return phone
