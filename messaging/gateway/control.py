"""The switches of the gateway: what tests, the demo and the buttons of its pages may change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from messaging.gateway.book import Row
from messaging.gateway.modes import read_mode
from messaging.gateway.phones import mobile
from messaging.gateway.templates import fill, links, read_template
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
            web.get("/control/accounts", self.get_accounts),
            web.post("/control/accounts", self.set_accounts),
            web.get("/control/templates", self.get_templates),
            web.post("/control/templates", self.set_templates),
            web.get("/control/settings", self.get_settings),
            web.post("/control/settings", self.set_settings),
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
            book.by_phone.get(mobile(phone.strip()) or "", []) if phone else book.rows
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
            unknown = sorted(set(values) - {"zalo", "sms"})
            if unknown:
                raise ValueError(f"unknown switch: {', '.join(unknown)}")
            self._gateway.set_phone(phone, zalo=values.get("zalo"), sms=values.get("sms"))
            return {"phone": phone, **asdict(self._gateway.phones[phone])}

        return await json_body(request, change)

    # accounts, templates, settings

    async def get_accounts(self, _request: web.Request) -> web.Response:
        accounts = self._gateway.accounts
        return json_answer(
            {"zalo": _public(accounts.zalo.values()), "esms": _public(accounts.esms.values())}
        )

    async def set_accounts(self, request: web.Request) -> web.Response:
        def change(values: Any) -> Any:
            listed = _listed(values, "accounts")
            return {"accounts": _public([self._gateway.accounts.register(each) for each in listed])}

        return await json_body(request, change)

    async def get_templates(self, _request: web.Request) -> web.Response:
        return json_answer(
            {"templates": [template.as_journal() for template in self._gateway.templates.values()]}
        )

    async def set_templates(self, request: web.Request) -> web.Response:
        def change(values: Any) -> Any:
            templates = [read_template(each) for each in _listed(values, "templates")]
            for template in templates:
                self._gateway.set_template(template)
            return {"templates": [template.id for template in templates]}

        return await json_body(request, change)

    async def get_settings(self, _request: web.Request) -> web.Response:
        return json_answer(
            {"delivery_seconds": self._gateway.delivery.seconds, "now": self._gateway.clock.now()}
        )

    async def set_settings(self, request: web.Request) -> web.Response:
        def change(values: Any) -> Any:
            seconds = float(values["delivery_seconds"])
            if seconds < 0:
                raise ValueError("delivery_seconds cannot be below 0")
            self._gateway.delivery.seconds = seconds
            return {"delivery_seconds": seconds}

        return await json_body(request, change)

    async def reset(self, request: web.Request) -> web.Response:
        def change(values: Any) -> Any:
            self._gateway.reset(everything=values.get("everything") in (True, "1", "true"))
            return {"reset": True}

        return await json_body(request, change)


def _listed(values: Any, name: str) -> list[Any]:
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


def _phone(request: web.Request) -> str:
    phone = mobile(request.match_info["phone"].strip())
    if phone is None:
        raise web.HTTPNotFound(text="not a Vietnamese mobile number")
    return phone
