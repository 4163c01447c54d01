"""A clinic's texts: written, given to the provider, approved, replaced (docs/templates.md).

A text has a slot: key, channel, account and language. In a slot one text is in use and one may
be worked on; a changed text is a new draft beside the one in use, which goes on until the new
one is approved.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet

from clinics import clock
from clinics.public import alerts
from messaging import fitting, mapping, texts
from messaging.fitting import Fitted, Misfit, Param
from messaging.models import (
    Language,
    MessageClass,
    ProviderAccount,
    Template,
    TemplateParam,
    TemplatePurpose,
    TemplateStatus,
)
from messaging.models.templates import IN_WORK
from messaging.placeholders import PLACEHOLDERS, used
from messaging.wordings import LINK

REPLACED = "replaced"
#: Zalo's word for a template's state → ours.
ZALO_STATES = {
    "ENABLE": TemplateStatus.APPROVED,
    "PENDING_REVIEW": TemplateStatus.PENDING,
    "REJECT": TemplateStatus.REJECTED,
    "DISABLE": TemplateStatus.DISABLED,
    "DELETE": TemplateStatus.DISABLED,
}


class NotPossible(Exception):
    """The text is not in a state in which this can be done to it; says why."""


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A template as its provider describes it; None = it says nothing about that."""

    provider_id: str
    status: TemplateStatus
    reason: str = ""
    params: Sequence[Param] = ()
    price_phone: int | None = None
    price_user: int | None = None
    timeout_ms: int | None = None
    quality: str = ""


# reading


def every() -> QuerySet[Template]:
    """The texts in use or worked on, with their account and their blanks; two statements."""
    rows = Template.objects.exclude(status=TemplateStatus.DISABLED, status_reason=REPLACED)
    return _whole(rows).order_by("purpose", "key", "channel", "account_id", "language", "id")


def _whole(rows: QuerySet[Template]) -> QuerySet[Template]:
    params = Prefetch("templateparam_set", TemplateParam.objects.order_by("id"))
    return rows.select_related("account").prefetch_related(params)


def get(uid: uuid.UUID) -> Template:
    """One text. Raises Template.DoesNotExist."""
    return _whole(Template.objects.all()).get(uid=uid)


def beside(template: Template) -> list[Template]:
    """Every text of its slot, the latest first; itself among them."""
    return list(_whole(_slot(template)).order_by("-id"))


def _slot(template: Template) -> QuerySet[Template]:
    return Template.objects.filter(
        key=template.key,
        channel=template.channel,
        account_id=template.account_id,
        language=template.language,
    )


def params_of(template: Template) -> list[Param]:
    """Its blanks by our names: as registered, else as long as the product's own list allows."""
    ours = mapping.read(template)
    rows = [
        Param(ours.get(one.name, one.name), one.max_length, one.min_length, one.required, one.kind)
        for one in template.templateparam_set.all()
    ]
    known = {one.name for one in rows}
    names = [name for name in mapping.names(template) if name not in known]
    return rows + [
        Param(name, PLACEHOLDERS[name].longest if name in PLACEHOLDERS else texts.VALUE_LENGTH)
        for name in names
    ]


def misfit(template: Template, values: Mapping[str, str]) -> list[Misfit]:
    """The values that this text's blanks do not take; the link is left out until it is made."""
    return fitting.misfits(_filled_now(template, values), values)


def fit(template: Template, values: Mapping[str, str]) -> Fitted:
    """The values as this text takes them, and why it may not be sent if some do not fit."""
    return fitting.fit(_filled_now(template, values), values)


def _filled_now(template: Template, values: Mapping[str, str]) -> list[Param]:
    return [one for one in params_of(template) if one.name != LINK or LINK in values]


def render(template: Template, values: Mapping[str, str]) -> str:
    """What the patient reads, the link left open: on SMS without accents unless it keeps them."""
    sms = template.channel == "sms"
    return texts.render(template.body, values, sms=sms, accents=template.keep_accents)


# writing


@transaction.atomic
def begin(
    *,
    key: str,
    account: ProviderAccount,
    channel: str,
    purpose: TemplatePurpose,
    message_class: MessageClass,
    language: Language = Language.VI,
    title: str = "",
    body: str = "",
) -> Template:
    """A new text, as a draft. Raises NotPossible where its slot has one already."""
    standing = Template.objects.filter(
        key=key, channel=channel, account=account, language=language
    ).exclude(status=TemplateStatus.DISABLED)
    if standing.exists():
        raise NotPossible("slot taken")
    return Template.objects.create(
        key=key,
        channel=channel,
        account=account,
        purpose=purpose,
        message_class=message_class,
        language=language,
        title=texts.compose(title),
        body=texts.clean(body),
        params=",".join(used(body)),
        status=TemplateStatus.DRAFT,
        status_at=clock.now(),
    )


@transaction.atomic
def write(
    template: Template,
    *,
    title: str,
    body: str,
    button: str,
    keep_accents: bool,
    price_phone: int | None,
) -> Template:
    """Change the words. Returns the draft that holds them; the one in use stays as it is.

    A price alone is no new text: it is noted where it stands.
    """
    Template.objects.select_for_update().filter(pk=template.pk).first()
    said = {
        "title": texts.compose(title),
        "body": texts.clean(body),
        "button": texts.compose(button),
        "keep_accents": keep_accents,
    }
    _slot(template).exclude(status=TemplateStatus.DISABLED).update(price_phone=price_phone)
    if all(getattr(template, name) == value for name, value in said.items()):
        template.price_phone = price_phone
        return template
    fresh = said | {"params": _params(template, said), "mapping": "", "status_reason": ""}
    fresh |= {"status": TemplateStatus.DRAFT, "status_at": clock.now(), "approved_at": None}
    in_work = _slot(template).filter(status__in=IN_WORK).first()
    if in_work is not None:
        Template.objects.filter(pk=in_work.pk).update(**fresh)
        in_work.refresh_from_db()
        return in_work
    return Template.objects.create(
        key=template.key,
        channel=template.channel,
        account=template.account,
        language=template.language,
        purpose=template.purpose,
        message_class=template.message_class,
        price_phone=price_phone,
        price_user=template.price_user,
        **fresh,
    )


def _params(template: Template, said: Mapping[str, object]) -> str:
    """The blanks in their order; a Zalo text's button opens the link."""
    names = used(str(said["body"]))
    if template.channel == "zalo" and said["button"] and LINK not in names:
        names.append(LINK)
    return ",".join(names)


@transaction.atomic
def submit(template: Template, *, provider_id: str = "") -> None:
    """It was given to the provider and waits. Raises NotPossible."""
    _move(
        template,
        TemplateStatus.PENDING,
        out_of=(TemplateStatus.DRAFT, TemplateStatus.REJECTED, TemplateStatus.PENDING),
        provider_id=provider_id or template.provider_id,
    )


@transaction.atomic
def approve(template: Template) -> None:
    """The provider took it: from now on it is what is said. Raises NotPossible.

    The text before stays readable, with the messages that were sent with it.
    """
    if template.channel == "zalo" and not template.provider_id:
        raise NotPossible("no provider id")
    _slot(template).filter(status=TemplateStatus.APPROVED).exclude(pk=template.pk).update(
        status=TemplateStatus.DISABLED, status_reason=REPLACED, status_at=clock.now()
    )
    _move(template, TemplateStatus.APPROVED, out_of=IN_WORK)


@transaction.atomic
def reject(template: Template, reason: str) -> None:
    """The provider refused it. Raises NotPossible."""
    _move(
        template,
        TemplateStatus.REJECTED,
        out_of=(TemplateStatus.PENDING, TemplateStatus.DRAFT),
        reason=reason,
    )


@transaction.atomic
def drop(template: Template) -> None:
    """Throw a draft away that was never used; one in use stays. Raises NotPossible."""
    gone, _of = Template.objects.filter(pk=template.pk, status__in=IN_WORK, message=None).delete()
    if not gone:
        raise NotPossible(template.status)


def _move(
    template: Template,
    to: TemplateStatus,
    *,
    out_of: Iterable[str],
    reason: str = "",
    **more: object,
) -> None:
    moved = Template.objects.filter(pk=template.pk, status__in=list(out_of)).update(
        status=to, status_reason=texts.compose(reason)[:300], status_at=clock.now(), **more
    )
    if not moved:
        raise NotPossible(template.status)
    template.refresh_from_db()
    alerts.wake()


# what the provider says


@transaction.atomic
def synchronised(account: ProviderAccount, said: Iterable[Registered]) -> list[Template]:
    """Take over what the provider says of this account's templates. Returns those that changed.

    The state follows the provider's; what stands registered of the blanks is replaced whole.
    """
    now, changed = clock.now(), []
    for one in said:
        rows = Template.objects.select_for_update().filter(
            ~Q(status_reason=REPLACED), account=account, provider_id=one.provider_id
        )
        for template in rows:
            if follow(template, one):
                changed.append(template)
            told = {name: value for name, value in _facts(one).items() if value not in (None, "")}
            Template.objects.filter(pk=template.pk).update(synced_at=now, **told)
            _register_params(template, one.params)
    return changed


def _facts(one: Registered) -> dict[str, object]:
    names = ("price_phone", "price_user", "timeout_ms", "quality")
    return {name: getattr(one, name) for name in names}


def follow(template: Template, one: Registered) -> bool:
    """Bring its state to the provider's; the text it replaces goes. True when it changed."""
    if template.status == one.status:
        return False
    if one.status == TemplateStatus.APPROVED:
        if template.status == TemplateStatus.DISABLED:
            taken = _slot(template).filter(status=TemplateStatus.APPROVED).exists()
            if taken:
                return False
            _move(template, TemplateStatus.APPROVED, out_of=[TemplateStatus.DISABLED])
        else:
            approve(template)
        return True
    if one.status in IN_WORK:
        others = _slot(template).filter(status__in=IN_WORK).exclude(pk=template.pk)
        if others.exists():  # a newer text is being written: this one only stops
            _move(template, TemplateStatus.DISABLED, out_of=[template.status], reason=one.reason)
            return True
    _move(template, one.status, out_of=[template.status], reason=one.reason or str(one.status))
    return True


def _register_params(template: Template, params: Sequence[Param]) -> None:
    if not params:
        return
    TemplateParam.objects.filter(template=template).delete()
    TemplateParam.objects.bulk_create(
        TemplateParam(
            template=template,
            name=one.name,
            kind=one.kind,
            max_length=one.max_length,
            min_length=one.min_length,
            required=one.required,
        )
        for one in params
    )
