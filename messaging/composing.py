"""What becomes of a template and its values when a message is queued: the words she will read,
or why this text may not be sent (docs/templates.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from messaging import links, mapping, segments, templates, texts
from messaging.models import MessageClass, MessageState, Template
from messaging.wordings import LINK

#: The code of a message whose values do not fit what the provider registered.
MISFIT = "misfit"


def in_bulk(ids: Collection[int]) -> dict[int, Template]:
    """Templates with their registered blanks; two statements for any number."""
    return Template.objects.prefetch_related("templateparam_set").in_bulk(list(ids))


def link_of(templates_: Iterable[Template]) -> str:
    """An address as long as hers will be, where an SMS among these texts pays for it."""
    paid = any(each.channel == "sms" and LINK in each.params.split(",") for each in templates_)
    return links.sample() if paid else ""


def composed(
    template: Template, values: Mapping[str, str], now: dt.datetime, *, link: str = ""
) -> dict[str, Any]:
    """The fields of a message that come of its text; `link` as link_of says. One whose
    values do not fit is refused by us before the provider could: failed, with its reason, and the
    next way is taken."""
    said = texts.complete(texts.in_language(values, template.language), template.language)
    fitted = templates.fit(template, said)
    fields: dict[str, Any] = {
        "values": mapping.as_theirs(template, fitted.values),
        "text": templates.render(template, fitted.values),
        "is_ad": template.message_class == MessageClass.ADS,
    }
    if template.channel == "sms":
        whole = texts.with_link(fields["text"], link)
        fields["parts"] = segments.count(whole, ads=fields["is_ad"]).parts
    if fitted.misfits:
        fields |= {
            "state": MessageState.FAILED,
            "due_at": None,
            "ended_at": now,
            "error_code": MISFIT,
            "error_text": " ".join(each.says for each in fitted.misfits)[:300],
        }
    return fields
