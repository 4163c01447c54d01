"""Small HTML templates: `$name` places, every value escaped unless it is HTML already."""

from __future__ import annotations

import functools
import html
import re
from pathlib import Path
from string import Template as StringTemplate

from messaging.gateway.templates import pieces

PAGES = Path(__file__).with_name("pages")
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


@functools.cache
def _template(name: str) -> StringTemplate:
    return StringTemplate((PAGES / f"{name}.html").read_text("utf-8"))


def render(name: str, /, **values: object) -> Html:
    filled = {
        key: value if isinstance(value, Html) else html.escape(str(value))
        for key, value in values.items()
    }
    return Html(_template(name).substitute(filled))


def join(parts: list[Html]) -> Html:
    return Html("".join(parts))


def escape(text: str) -> Html:
    return Html(html.escape(text))


def paragraphs(text: str, params: dict[str, object]) -> Html:
    """A filled template text: values set apart, line ends kept."""
    out = [
        f"<strong>{html.escape(part)}</strong>" if is_value and part else html.escape(part)
        for part, is_value in pieces(text, params)
    ]
    return Html("".join(out).replace("\n", "<br>"))


def linked(text: str) -> Html:
    """An SMS with the addresses in it made clickable."""
    out, end = [], 0
    for found in _LINK.finditer(text):
        address = html.escape(found[0])
        out.append(html.escape(text[end : found.start()]))
        out.append(
            f'<a data-testid="message-link" href="{address}" target="_blank" rel="noopener">'
            f"{address}</a>"
        )
        end = found.end()
    out.append(html.escape(text[end:]))
    return Html("".join(out).replace("\n", "<br>"))
