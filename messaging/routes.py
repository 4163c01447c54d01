"""By which ways a patient can be reached now, in the order in which they are tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value

from clinics import clock
from messaging.models import Language, ProviderAccount, Template, TemplateStatus, Unreachable
from messaging.providers import channels, kinds, provider_of
from messaging.providers.base import Provider
from patients.public import PatientContactPoint, guardians

__all__ = ["Reach", "Route", "Want", "channels", "reach"]


@dataclass(frozen=True, slots=True)
class Route:
    """One way: to this number, on this channel, by this account, with this template."""

    contact_point_id: int
    channel: str
    account_id: int
    template_id: int
    other_language: bool = False  # there is no text in hers here: the Vietnamese one is taken


class Want(NamedTuple):
    """Somebody to be reached with one text, on behalf of a branch."""

    patient_id: int
    branch_id: int
    template_key: str


@dataclass(frozen=True, slots=True)
class Reach:
    """The ways in order; when there is none, why: no_contact_point, no_account, no_template,
    unreachable (every number is known not to work on the channels we have)."""

    routes: tuple[Route, ...]
    why_not: str = ""


def reach(
    wants: Iterable[Want], through: Mapping[int, guardians.Receiver] | None = None
) -> dict[Want, Reach]:
    """The ways to each, in five statements for any number of them, each with the text in her
    language, else in Vietnamese.

    A minor's are those of who speaks for her (`through`, by patient; read here when not given).
    Whether we may write is another question (patients.basis): callers leave out the channels
    that have no basis.
    """
    wanted = list(dict.fromkeys(wants))
    patients = {want.patient_id for want in wanted}
    through = guardians.receivers(patients) if through is None else through
    whose = {pk: through[pk].patient.pk if pk in through else pk for pk in patients}
    points, liked = _points(set(whose.values()))
    accounts = _accounts()
    templates = _templates({want.template_key for want in wanted})
    facts = _facts({point.pk for listed in points.values() for point in listed})
    found = {}
    for want in wanted:
        who = whose[want.patient_id]
        likes = liked.get(who, _AS_USUAL)
        ways = _of(want, points[who], accounts, templates, facts, likes.language)
        found[want] = _as_liked(ways, likes.channel)
    return found


def _as_liked(ways: Reach, channel: str) -> Reach:
    """The channel the patient likes goes first; the rest stay in their order."""
    return Reach(tuple(sorted(ways.routes, key=lambda way: way.channel != channel)), ways.why_not)


class Point(NamedTuple):
    """A number or address of hers."""

    pk: int
    kind: str
    value: str


class Likes(NamedTuple):
    """How she likes to be written to: on which channel first ("" = as usual), in which language."""

    channel: str
    language: str


_AS_USUAL = Likes("", Language.VI)
#: The texts in use, by key, channel, account (None = any) and language.
Texts = dict[tuple[str, str, int | None, str], int]


class Serving(NamedTuple):
    """An account that sends, with the branches it is for (none = all)."""

    row: ProviderAccount
    provider: Provider
    only: frozenset[int]


def _of(
    want: Want,
    points: list[Point],
    accounts: list[Serving],
    templates: Texts,
    facts: set[tuple[int, str]],
    language: str,
) -> Reach:
    if not points:
        return Reach((), "no_contact_point")
    mine = [each for each in accounts if not each.only or want.branch_id in each.only]
    if not mine:
        return Reach((), "no_account")
    usable = [
        (each, template)
        for each in mine
        if (template := _template(templates, want.template_key, each, language)) is not None
    ]
    if not usable:
        return Reach((), "no_template")
    routes = tuple(
        Route(point.pk, each.provider.channel, each.row.pk, template, other_language=other)
        for point in points
        for each, (template, other) in usable
        if each.provider.takes(each.row, point.kind, point.value)
        and (point.pk, each.provider.channel) not in facts
    )
    return Reach(routes, "" if routes else "unreachable")


def _template(templates: Texts, key: str, by: Serving, language: str) -> tuple[int, bool] | None:
    """The text an account says it with, and whether it is in another language than hers."""
    for spoken in dict.fromkeys((language, Language.VI)):
        for account in (by.row.pk, None):
            found = templates.get((key, by.provider.channel, account, spoken))
            if found is not None:
                return found, spoken != language
    return None


#: Her identity at Zalo before a number (it costs less and may say "seen"), e-mail at the end.
_FIRST = {"zalo": 0, "phone": 1, "email": 2}


def _points(patient_ids: set[int]) -> tuple[dict[int, list[Point]], dict[int, Likes]]:
    """The addresses of each patient, the first to be tried first; and how they like it."""
    found: dict[int, list[Point]] = defaultdict(list)
    liked: dict[int, Likes] = {}
    rows = (
        PatientContactPoint.objects.filter(patient_id__in=patient_ids, ended_at__isnull=True)
        .filter(Q(contact_point__can_sms=True) | ~Q(contact_point__kind="phone"))
        .order_by("position", "id")
        .values_list(
            "patient_id",
            "contact_point_id",
            "contact_point__kind",
            "contact_point__value",
            "patient__preferred_channel",
            "patient__language",
        )
    )
    for patient_id, pk, kind, value, channel, language in rows:
        found[patient_id].append(Point(pk, kind, value))
        liked[patient_id] = Likes(channel, language)
    for points in found.values():
        points.sort(key=lambda point: _FIRST[point.kind])
    return found, liked


def _accounts() -> list[Serving]:
    """Active accounts whose provider is here, in the order of channels."""
    rows = (
        ProviderAccount.objects.filter(is_active=True, kind__in=kinds())
        .defer("credentials")
        .annotate(only=ArrayAgg("branches", filter=Q(branches__isnull=False), default=Value([])))
    )
    found = [Serving(row, provider_of(row.kind), frozenset(row.only)) for row in rows]
    # An account of her own branch goes before the one that serves all.
    return sorted(found, key=lambda each: (each.provider.order, not each.only, each.row.pk))


def _templates(keys: set[str]) -> Texts:
    """The texts in use, in every language."""
    rows = Template.objects.filter(key__in=keys, status=TemplateStatus.APPROVED)
    return {
        (key, channel, account, language): pk
        for key, channel, account, language, pk in rows.values_list(
            "key", "channel", "account_id", "language", "id"
        )
    }


def _facts(points: set[int]) -> set[tuple[int, str]]:
    still = Q(until__isnull=True) | Q(until__gt=clock.now())
    rows = Unreachable.objects.filter(still, contact_point_id__in=points)
    return set(rows.values_list("contact_point_id", "channel"))
