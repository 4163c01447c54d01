"""What the gateway's own calls have in common: JSON in, JSON out, or a form of its own page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web


def answer(
    body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    fields = {"Content-Type": "application/json;charset=utf-8", **(headers or {})}
    return web.Response(body=body, status=status, headers=fields)


def json_answer(value: Any, status: int = 200) -> web.Response:
    return answer(json.dumps(value, ensure_ascii=False).encode(), status=status)


async def json_body(request: web.Request, change: Callable[[Any], Any]) -> web.Response:
    """Apply JSON, or a form of the gateway's own page, which is then shown again."""
    raw = (await request.read()).strip()
    # `curl -d '{…}'` calls its JSON a form: look at what was sent.
    is_form = request.content_type == "application/x-www-form-urlencoded" and raw[:1] not in (
        b"{",
        b"[",
        b"",
    )
    try:
        if is_form:
            values: Any = dict(parse_qsl(raw.decode()))
        else:
            values = json.loads(raw) if raw else {}
        back = values.pop("back", "/") if is_form else ""
        result = change(values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return json_answer({"error": str(error) or type(error).__name__}, status=400)
    if is_form:
        local = back if back.startswith("/") and not back.startswith("//") else "/"
        return web.Response(status=303, headers={"Location": local})
    return json_answer(result)
