"""Letting a text go by a template at the provider: which there are, and whether the values of the
text fit its blanks (docs/templates.md, "Zalo's own names")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import pgettext, pgettext_lazy

from messaging import fitting, mapping, placeholders, templates
from messaging.fitting import Param
from messaging.models import FoundTemplate, Template, TemplateStatus
from messaging.placeholders import PLACEHOLDERS, Placeholder
from messaging.templates import ZALO_STATES, NotPossible, Registered
from messaging.wordings import LINK

#: A provider's word for a state, in ours.
STATES: dict[str, Promise] = {
    "ENABLE": pgettext_lazy("channels", "approved"),
    "PENDING_REVIEW": pgettext_lazy("channels", "waits for approval"),
    "REJECT": pgettext_lazy("channels", "rejected"),
}
_OPEN = (TemplateStatus.DRAFT, TemplateStatus.REJECTED)


@dataclass(frozen=True)
class Misfit:
    """Why a blank of the provider's cannot be filled by what was chosen. `name`: the provider's."""

    name: str
    says: str


class DoesNotFit(Exception):
    """Some blanks cannot be filled like this; says which and why."""

    def __init__(self, misfits: Sequence[Misfit]) -> None:
        super().__init__(", ".join(each.name for each in misfits))
        self.misfits = list(misfits)


def found(template: Template) -> list[FoundTemplate]:
    """The templates of the text's account that no text goes by (its own stays), by name."""
    linked = Template.objects.filter(
        account=template.account_id, provider_id=OuterRef("provider_id")
    ).exclude(pk=template.pk)
    rows = FoundTemplate.objects.filter(~Exists(linked), account=template.account_id)
    return list(rows.exclude(status="DELETE").order_by("name", "provider_id"))


def state_of(one: FoundTemplate) -> str:
    """Its state in our words."""
    return str(STATES.get(one.status) or pgettext("channels", "switched off"))


def blanks(one: FoundTemplate) -> list[Param]:
    """What it wants, with kinds and lengths; a length nobody has said is as long as ours."""
    said = {str(each["name"]): each for each in one.blanks}
    return [
        Param(
            name,
            int(said.get(name, {}).get("max") or placeholders.LONGEST),
            int(said.get(name, {}).get("min") or 0),
            bool(said.get(name, {}).get("required", True)),
            str(said.get(name, {}).get("kind") or ""),
        )
        for name in one.params.split(",")
        if name
    ]


def offered(template: Template) -> list[Placeholder]:
    """What may fill a blank of this text."""
    return placeholders.of_purpose(template.purpose)


def guessed(one: FoundTemplate) -> dict[str, str]:
    """Ours for each of theirs, where the name says it."""
    return {each.name: each.name for each in blanks(one) if each.name in PLACEHOLDERS}


def misfits(template: Template, one: FoundTemplate, pairs: Mapping[str, str]) -> list[Misfit]:
    """Every blank that is not filled, or by what its kind or its length does not take. A value is
    judged by its example, as a real message would have it."""
    examples = {**placeholders.examples(template.language), LINK: PLACEHOLDERS[LINK].example}
    known = {each.name for each in offered(template)}
    wrong = []
    for param in blanks(one):
        ours = pairs.get(param.name, "")
        if ours not in known:
            if param.required or ours:
                wrong.append(Misfit(param.name, pgettext("link", "Choose what fills it.")))
            continue
        mine = Param(ours, param.max_length, param.min_length, param.required, param.kind)
        said = fitting.fit([mine], {ours: examples[ours]}).misfits
        wrong += [Misfit(param.name, each.says) for each in said]
    return wrong


def _missing(template: Template, pairs: Mapping[str, str]) -> list[Misfit]:
    """A button's address that the template there does not want: it would lead nowhere."""
    if template.button and LINK not in pairs.values():
        says = pgettext("link", "The text has a button, and no blank there takes its address.")
        return [Misfit("", says)]
    return []


@transaction.atomic
def link(template: Template, one: FoundTemplate, pairs: Mapping[str, str]) -> None:
    """Let the text go by it, its blanks filled as `pairs` say (theirs → ours). It waits, or is in
    use at once where the provider has approved it already. Raises DoesNotFit, NotPossible."""
    wrong = misfits(template, one, pairs) + _missing(template, pairs)
    if wrong:
        raise DoesNotFit(wrong)
    if template.status not in _OPEN or one not in found(template):
        raise NotPossible(template.status)
    used = {name: ours for name, ours in pairs.items() if ours}
    names = [each.name for each in blanks(one) if each.name in used]
    Template.objects.filter(pk=template.pk, status__in=_OPEN).update(
        params=",".join(names), mapping=mapping.written(used)
    )
    template.refresh_from_db()
    templates.submit(template, provider_id=one.provider_id)
    if template.account is not None and one.status in ZALO_STATES:
        templates.synchronised(template.account, [_registered(one)])


def _registered(one: FoundTemplate) -> Registered:
    return Registered(
        provider_id=one.provider_id, status=ZALO_STATES[one.status], params=blanks(one)
    )


def kept(listed: Iterable[Param]) -> list[dict[str, object]]:
    """Blanks as a found template keeps them."""
    return [
        {
            "name": each.name,
            "kind": each.kind,
            "max": each.max_length,
            "min": each.min_length,
            "required": each.required,
        }
        for each in listed
    ]
