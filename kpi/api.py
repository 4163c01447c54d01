"""Numbers for scripts: `/api/v1/kpi/<key>/` and the people behind them (docs/kpi.md, "API")."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clinics import clock
from clinics.public import Staff, access, audit
from kpi import reads
from kpi.metrics import METRICS
from kpi.units import Question

DEFAULT_DAYS = 365
_DATE: dict[str, Any] = {
    "invalid": _("Write the day as 2026-11-17."),
    "datetime": _("A day, without a time."),
}


class InstantField(serializers.CharField):
    """An instant; a day means its first moment on the clinic's clock."""

    def to_internal_value(self, data: Any) -> dt.datetime:  # type: ignore[override]
        try:
            return clock.parse(super().to_internal_value(data))
        except ValueError:
            raise ValidationError(_("Write the time as 2026-11-17 or 2026-11-17T15:30.")) from None


class NumberQuery(serializers.Serializer[Any]):
    """What is asked of a number. `from` belongs to the period, `to` no longer does."""

    part = serializers.CharField(required=False, allow_blank=True, default="")
    by = serializers.CharField(required=False, allow_blank=True, default="")
    as_of = InstantField(required=False)
    branch = serializers.UUIDField(
        required=False, error_messages={"invalid": _("This is no branch of the clinic.")}
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for name in ("from", "to"):  # "from" cannot be written as an attribute
            fields[name] = serializers.DateField(required=False, error_messages=_DATE)
        return fields


class PeopleQuery(NumberQuery):
    """Which people: a role, a reason of it, a part of a name, a page."""

    role = serializers.ChoiceField(
        choices=reads.ROLES,
        error_messages={"invalid_choice": _("There is no such list.")},
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="")
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=500)
    offset = serializers.IntegerField(required=False, default=0, min_value=0)


class CellSerializer(serializers.Serializer[Any]):
    """One value. Fractions 0-1, or a count; numerator and denominator are units that are mature.

    `open_days` belongs to counts: the days of the cell on which one of its branches was open.
    `reason` says which source is missing where there can be no value yet.
    """

    key = serializers.DictField(child=serializers.CharField())
    value = serializers.FloatField(allow_null=True)
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    excluded = serializers.DictField(child=serializers.IntegerField())
    immature = serializers.IntegerField()
    missing = serializers.IntegerField()
    interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    open_days = serializers.IntegerField(allow_null=True)
    trust = serializers.ChoiceField(choices=[str(trust) for trust in reads.Trust])
    reason = serializers.CharField(allow_null=True)


class _Head(serializers.Serializer[Any]):
    metric = serializers.CharField()
    part = serializers.CharField()
    unit = serializers.CharField()
    version = serializers.IntegerField()
    as_of = serializers.DateTimeField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            **super().get_fields(),
            "from": serializers.DateField(),
            "to": serializers.DateField(),
        }


class NumberSerializer(_Head):
    """A number with its cells."""

    cells = CellSerializer(many=True)


class PersonSerializer(serializers.Serializer[Any]):
    """A person behind the number: who, since when, in which list and why."""

    unit = serializers.UUIDField()
    patient = serializers.UUIDField()
    name = serializers.CharField()
    external_id = serializers.CharField()
    branch = serializers.UUIDField()
    branch_name = serializers.CharField()
    service = serializers.CharField()
    index_day = serializers.DateField()
    role = serializers.CharField()
    reason = serializers.CharField()
    came_on = serializers.DateField(allow_null=True)
    channel = serializers.CharField()


class PeopleSerializer(_Head):
    """A page of the people of one role; `count` is how many there are in all."""

    role = serializers.CharField()
    count = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
    results = PersonSerializer(many=True)


def asked_by(staff: Staff, key: str, said: dict[str, Any]) -> Question:
    """The question of this person: only branches she works in. Errors stand beside the field."""
    if key not in METRICS:
        raise NotFound(_("There is no such number."))
    until = said.get("to") or clock.today() + dt.timedelta(days=1)
    first = said.get("from") or until - dt.timedelta(days=DEFAULT_DAYS)
    try:
        return reads.question(
            key,
            said["part"],
            first=first,
            until=until,
            by=[by for by in said["by"].split(",") if by],
            as_of=said.get("as_of"),
            branches=_branches(staff, said.get("branch")),
        )
    except reads.QuestionError as problem:
        raise ValidationError({problem.field: [str(problem)]}) from problem


def _branches(staff: Staff, wanted: UUID | None) -> list[int] | None:
    hers = access.branches(staff)
    if wanted is not None:
        found = list(hers.filter(uid=wanted).values_list("pk", flat=True))
        if not found:
            raise NotFound(_("This is no branch of the clinic."))
        return found
    if staff.role in access.WHOLE_CLINIC:
        return None
    return list(hers.values_list("pk", flat=True))


def _head(asked: Question) -> dict[str, Any]:
    return {
        "metric": asked.metric.key,
        "part": asked.part.key,
        "unit": asked.metric.unit,
        "version": asked.metric.version,
        "as_of": asked.as_of or clock.now(),
        "from": asked.first,
        "to": asked.until,
    }


def _said(form: serializers.Serializer[Any]) -> dict[str, Any]:
    form.is_valid(raise_exception=True)
    return cast(dict[str, Any], form.validated_data)


_PERIOD = [
    OpenApiParameter("from", dt.date, description="First day, inclusive."),
    OpenApiParameter("to", dt.date, description="Day after the last one, exclusive."),
    OpenApiParameter("as_of", str, description="As known at this instant; a day is its start."),
]


class NumberView(APIView):
    """A number, in all or by some of its dimensions (joined by commas)."""

    permission_classes = [access.api_permission("numbers.see")]

    @extend_schema(parameters=[NumberQuery, *_PERIOD], responses=NumberSerializer)
    def get(self, request: Request, key: str) -> Response:
        said = _said(NumberQuery(data=request.query_params))
        part, why = said["part"], reads.lacking(key, said["part"])
        if why and not any(one.key == part for one in METRICS[key].parts) and part:
            asked = asked_by(request.staff, key, said | {"part": ""})  # type: ignore[attr-defined]
            cells = [reads.EMPTY]
        else:
            asked = asked_by(request.staff, key, said)  # type: ignore[attr-defined]
            part, cells = asked.part.key, reads.cells(asked)
        found = [
            asdict(cell) | {"reason": why or None if cell.value is None else None} for cell in cells
        ]
        return Response(NumberSerializer(_head(asked) | {"part": part, "cells": found}).data)


class PeopleView(APIView):
    """The people behind a number."""

    permission_classes = [access.api_permission("numbers.see")]

    @extend_schema(parameters=[PeopleQuery, *_PERIOD], responses=PeopleSerializer)
    def get(self, request: Request, key: str) -> Response:
        said = _said(PeopleQuery(data=request.query_params))
        asked = asked_by(request.staff, key, said)  # type: ignore[attr-defined]
        page = {"limit": said["limit"], "offset": said["offset"]}
        found = reads.people(asked, said["role"], reason=said["reason"], **page)
        audit.saw(
            what="api",
            actor=request.staff,  # type: ignore[attr-defined]
            subjects=[row.patient for row in found.rows],
            note=f"{key}: {said['role']}, {len(found.rows)} of {found.total}",
        )
        answer = _head(asked) | page | {"role": said["role"], "count": found.total}
        return Response(
            PeopleSerializer(answer | {"results": [asdict(row) for row in found.rows]}).data
        )
