"""By which ways a patient can be reached now, in the order in which they are tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q

from clinics import clock
from messaging.models import Language, ProviderAccount, Template, TemplateStatus, Unreachable
from messaging.providers import provider_of
from patients.public import PatientContactPoint, guardians

#: Zalo first: it costs less and says more.
ORDER = ("zalo", "sms")


@dataclass(frozen=True, slots=True)
class Route:
    """One way: to this number, on this channel, by this account, with this template."""

    contact_point_id: int
    channel: str
    account_id: int
    template_id: int


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
    """The ways to each, in five statements for any number of them.

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
    facts = _facts({point for listed in points.values() for point in listed})
    found = {}
    for want in wanted:
        who = whose[want.patient_id]
        ways = _of(want, points[who], accounts, templates, facts)
        found[want] = _as_liked(ways, liked.get(who, ""))
    return found


def _as_liked(ways: Reach, channel: str) -> Reach:
    """The channel the patient likes goes first; the rest stay in their order."""
    return Reach(tuple(sorted(ways.routes, key=lambda way: way.channel != channel)), ways.why_not)


def _of(
    want: Want,
    points: list[int],
    accounts: list[tuple[int, str, frozenset[int]]],
    templates: dict[tuple[str, str, int | None], int],
    facts: set[tuple[int, str]],
) -> Reach:
    if not points:
        return Reach((), "no_contact_point")
    mine = [(pk, channel) for pk, channel, only in accounts if not only or want.branch_id in only]
    if not mine:
        return Reach((), "no_account")
    usable = [
        (pk, channel, template)
        for pk, channel in mine
        if (template := _template(templates, want.template_key, channel, pk)) is not None
    ]
    if not usable:
        return Reach((), "no_template")
    routes = tuple(
        Route(point, channel, pk, template)
        for point in points
        for pk, channel, template in usable
        if (point, channel) not in facts
    )
    return Reach(routes, "" if routes else "unreachable")


def _template(
    templates: dict[tuple[str, str, int | None], int], key: str, channel: str, account: int
) -> int | None:
    own = templates.get((key, channel, account))
    return own if own is not None else templates.get((key, channel, None))


def _points(patient_ids: set[int]) -> tuple[dict[int, list[int]], dict[int, str]]:
    """Mobile numbers of each patient, the first to be tried first; and the channels they like."""
    found: dict[int, list[int]] = defaultdict(list)
    liked: dict[int, str] = {}
    rows = (
        PatientContactPoint.objects.filter(
            patient_id__in=patient_ids,
            ended_at__isnull=True,
            contact_point__kind="phone",
            contact_point__can_sms=True,
        )
        .order_by("position", "id")
        .values_list("patient_id", "contact_point_id", "patient__preferred_channel")
    )
    for patient_id, point_id, channel in rows:
        found[patient_id].append(point_id)
        if channel:
            liked[patient_id] = channel
    return found, liked


def _accounts() -> list[tuple[int, str, frozenset[int]]]:
    """Active accounts as (id, channel, its branches; none = all), in the order of channels."""
    rows = ProviderAccount.objects.filter(is_active=True).values_list("id", "kind", "branches__id")
    kinds: dict[int, str] = {}
    only: dict[int, set[int]] = defaultdict(set)
    for pk, kind, branch_id in rows:
        kinds[pk] = kind
        if branch_id is not None:
            only[pk].add(branch_id)
    listed = [(pk, provider_of(kind).channel, frozenset(only[pk])) for pk, kind in kinds.items()]
    # An account of her own branch goes before the one that serves all.
    return sorted(listed, key=lambda each: (ORDER.index(each[1]), not each[2], each[0]))


def _templates(keys: set[str]) -> dict[tuple[str, str, int | None], int]:
    """The texts in use. Records hold no language yet, so the Vietnamese one is taken."""
    rows = Template.objects.filter(
        key__in=keys, status=TemplateStatus.APPROVED, language=Language.VI
    )
    return {
        (key, channel, account): pk
        for key, channel, account, pk in rows.values_list("key", "channel", "account_id", "id")
    }


def _facts(points: set[int]) -> set[tuple[int, str]]:
    still = Q(until__isnull=True) | Q(until__gt=clock.now())
    rows = Unreachable.objects.filter(still, contact_point_id__in=points)
    return set(rows.values_list("contact_point_id", "channel"))
