"""The switches of Zalo's webhooks, and what its console changes: templates, quality, quotas."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from messaging.gateway.control import listed
from messaging.gateway.events import Event
from messaging.gateway.switches import PROBES
from messaging.gateway.templates import Template, read_template
from messaging.gateway.wire import json_answer, json_body

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway


class ControlZalo:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/webhooks", self.get_webhooks),
            web.post("/control/webhooks", self.set_webhooks),
            web.post("/control/webhooks/probe", self.probe),
            web.get("/control/events", self.get_events),
            web.get("/control/templates", self.get_templates),
            web.post("/control/templates", self.set_templates),
            web.post("/control/quota", self.set_quota),
        ]

    async def get_webhooks(self, _request: web.Request) -> web.Response:
        return json_answer(self._gateway.switches.as_json())

    async def set_webhooks(self, request: web.Request) -> web.Response:
        return await json_body(request, self._gateway.switches.set)

    async def probe(self, request: web.Request) -> web.Response:
        """What saving the address in the console posts, and how it was answered (0: not)."""
        asked: dict[str, str] = {}

        def change(values: Any) -> Any:
            asked["oa_id"] = str(values.get("oa_id") or "")
            asked["body"] = str(values.get("body") or "empty")
            if asked["oa_id"] not in self._gateway.accounts.zalo or asked["body"] not in PROBES:
                raise ValueError("no such oa_id, or body is not empty or braces")
            return {}

        response = await json_body(request, change)
        if response.status != 200:
            return response
        status = await self._gateway.webhooks.probe(asked["oa_id"], asked["body"])
        return json_answer({**asked, "status": status})

    async def get_events(self, request: web.Request) -> web.Response:
        name = request.query.get("name")
        found = [_shown(e) for e in self._gateway.events.log if name in (None, "", e.name)]
        return json_answer({"events": found})

    async def get_templates(self, _request: web.Request) -> web.Response:
        return json_answer(
            {"templates": [template.as_journal() for template in self._gateway.templates.values()]}
        )

    async def set_templates(self, request: web.Request) -> web.Response:
        def change(values: Any) -> Any:
            templates = [self._read(each) for each in listed(values, "templates")]
            for template in templates:
                before = self._gateway.templates.get(template.id)
                self._gateway.set_template(template)
                if before is not None:
                    self._tell_changes(before, template)
            return {"templates": [template.id for template in templates]}

        return await json_body(request, change)

    def _read(self, values: Any) -> Template:
        """A whole template, or some fields of one that is known."""
        template_id = str(values.get("template_id") or values.get("id") or "")
        known = self._gateway.templates.get(template_id)
        if known is None or "text" in values:
            return read_template(values)
        changed = {name: value for name, value in values.items() if name != "template_id"}
        return read_template({**known.as_journal(), **changed, "id": template_id})

    def _tell_changes(self, old: Template, new: Template) -> None:
        """The events of a change, to the account it belongs to or to every one that may use it."""
        owners = [new.oa_id] if new.oa_id else list(self._gateway.accounts.zalo)
        chat = self._gateway.chat
        for oa_id in owners:
            if old.status != new.status:
                chat.template_status(oa_id, new.id, (old.status, new.status), new.reason)
            if old.quality != new.quality:
                chat.template_quality(oa_id, new.id, (old.quality, new.quality))
            if old.daily_quota != new.daily_quota:
                chat.template_quota(oa_id, new.id, (old.daily_quota, new.daily_quota))

    async def set_quota(self, request: web.Request) -> web.Response:
        def change(values: Any) -> Any:
            account = self._gateway.accounts.zalo.get(str(values.get("oa_id") or ""))
            if account is None:
                raise ValueError("no such oa_id")
            before, daily = account.daily_quota, int(values["daily_quota"])
            self._gateway.accounts.set_quota(account, daily)
            if before != daily:
                self._gateway.chat.daily_quota(account.oa_id, (before, daily))
            return {"oa_id": account.oa_id, "daily_quota": daily}

        return await json_body(request, change)


def _shown(event: Event) -> dict[str, Any]:
    """What was to be told, and how it went: due, acknowledged, given_up, off."""
    shown = asdict(event)
    if event.body.startswith("{"):
        shown["body"] = json.loads(event.body)
    return shown
