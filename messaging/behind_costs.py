"""The messages and answers behind a sum of costs, each by itself: no names and no texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, QuerySet, Value
from django.utils.text import capfirst

from clinics.public import Branch
from messaging import answer_costs, links, segments, spending, unsure
from messaging.models import Message, TalkLine, TemplatePurpose

PAGE = 50


@dataclass(frozen=True)
class Behind:
    """One message or answer of a sum. `vnd`: what it cost; of one that is unsure, what it may have
    cost; `parts`: of an SMS; `opens`: of its link, None = nobody and nothing has asked for it."""

    uid: UUID
    at: dt.datetime | None
    branch: str
    channel: str
    parts: int | None
    purpose: str
    state: str
    is_unsure: bool
    vnd: int | None
    opens: links.Opens | None = None


def behind(
    day: dt.date,
    branches: Sequence[Branch],
    by: str,
    key: str,
    number: int,
    *,
    only_unsure: bool = False,
) -> tuple[list[Behind], bool]:
    """A page of what is behind a sum, the latest first, and whether there is another; or what
    nobody knows to have been taken (`by` "all": of the whole month). Raises KeyError for a way to
    tell that does not exist."""
    start = (max(1, number) - 1) * PAGE
    found = list(_keys(day, branches, by, key, unsure_=only_unsure)[start : start + PAGE + 1])
    shown = found[:PAGE]
    of: dict[tuple[str, int], Behind] = {}
    of |= _messages([pk for what, pk, _at in shown if what == "message"], unsure_=only_unsure)
    of |= _answers([pk for what, pk, _at in shown if what == "answer"], unsure_=only_unsure)
    return [of[what, pk] for what, pk, _at in shown], len(found) > PAGE


def _keys(
    day: dt.date, branches: Sequence[Branch], by: str, key: str, *, unsure_: bool
) -> QuerySet[Any, Any]:
    """Which rows, the latest first, by one statement over both tables."""
    at = "called_at" if unsure_ else "accepted_at"
    rows = unsure.of_month(day, branches) if unsure_ else spending.of_month(day, branches)
    if by != "all":
        wanted: object = key == "True" if by == "class" else key
        rows = rows.filter(**{spending.BY[by]: wanted})
    keys = _told(rows, "message", at)
    fits = answer_costs.matches(by, key)
    if fits is not None:
        of_month = answer_costs.unsure_of_month if unsure_ else answer_costs.of_month
        keys = keys.union(_told(of_month(day, branches).filter(**fits), "answer", at), all=True)
    return keys.order_by("-moment", "-pk_", "what")


def _told(rows: QuerySet[Any], what: str, at: str) -> QuerySet[Any, Any]:
    named = rows.order_by().annotate(
        what=Value(what, output_field=CharField()), pk_=F("pk"), moment=F(at)
    )
    keys: QuerySet[Any, Any] = named.values_list("what", "pk_", "moment")
    return keys


def _messages(pks: Sequence[int], *, unsure_: bool) -> dict[tuple[str, int], Behind]:
    rows = (
        Message.objects.filter(pk__in=pks)
        .select_related("branch", "template", "account", "contact_point")
        .defer("account__credentials")
    )
    found = list(rows)
    opened = links.opens(row.intent for row in found)
    return {
        ("message", row.pk): Behind(
            row.uid,
            row.called_at if unsure_ else row.accepted_at,
            row.branch.name,
            spending.channel_name(row.channel),
            row.parts,
            str(row.template.get_purpose_display()),
            str(row.get_state_display()),
            unsure_,
            unsure.possible(row) if unsure_ else row.cost,
            opened.get((row.intent, row.attempt)),
        )
        for row in found
    }


def _answers(pks: Sequence[int], *, unsure_: bool) -> dict[tuple[str, int], Behind]:
    rows = TalkLine.objects.filter(pk__in=pks).select_related("branch")
    return {
        ("answer", row.pk): Behind(
            row.uid,
            row.called_at if unsure_ else row.accepted_at,
            row.branch.name if row.branch else "",
            spending.channel_name(row.channel),
            segments.count(row.text).parts if row.channel == "sms" else None,
            str(TemplatePurpose.REPLY.label),
            capfirst(row.get_state_display()),
            unsure_,
            row.price if unsure_ else row.cost,
        )
        for row in rows
    }
