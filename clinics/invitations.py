"""Invitations: a person is asked by e-mail to work here, and chooses her own password."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinics import clock, staff
from clinics.access import WHOLE_CLINIC
from clinics.models import Branch, Invitation, Role, Staff

LASTS = dt.timedelta(hours=72)


def roles_for(by: Staff) -> list[Role]:
    """Whom she may invite: a manager makes no owner."""
    return [role for role in Role if role != Role.OWNER or by.role == Role.OWNER]


@transaction.atomic
def invite(
    *, email: str, full_name: str, role: Role, branches: Iterable[Branch], by: Staff
) -> tuple[Invitation, str]:
    """Write an invitation; the token goes into the letter and is kept only as a hash.

    An older one to the same address ends. Raises ValidationError beside its field.
    """
    address = email.strip().lower()
    where = list(branches)
    if role not in roles_for(by):
        raise ValidationError({"role": _("Only an owner makes an owner.")})
    if role not in WHOLE_CLINIC and not where:
        raise ValidationError({"branches": _("Choose where this person works.")})
    if get_user_model().objects.filter(email__iexact=address).exists():
        raise ValidationError({"email": _("Somebody with this address works here already.")})
    moment = clock.now()
    waiting().filter(email=address).update(withdrawn_at=moment)
    token = secrets.token_urlsafe(24)
    made = Invitation.objects.create(
        email=address,
        full_name=" ".join(full_name.split()),
        role=role,
        invited_by=by,
        token_hash=_hash(token),
        invited_at=moment,
        expires_at=moment + LASTS,
    )
    made.branches.set(where)
    return made, token


def again(invitation: Invitation) -> str:
    """A new token and new time; the link of the first letter ends."""
    token = secrets.token_urlsafe(24)
    invitation.token_hash = _hash(token)
    invitation.expires_at = clock.now() + LASTS
    invitation.save(update_fields=["token_hash", "expires_at"])
    return token


def withdraw(invitation: Invitation) -> None:
    """The link opens nothing any more."""
    waiting().filter(pk=invitation.pk).update(withdrawn_at=clock.now())


@transaction.atomic
def accept(token: str, *, username: str, password: str) -> Staff:
    """She begins to work here. Raises Invitation.DoesNotExist when the link is used, old or
    withdrawn, ValidationError({"username": …}) when the name is taken."""
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .filter(token_hash=_hash(token), expires_at__gt=clock.now())
        .get(accepted_at__isnull=True, withdrawn_at__isnull=True)
    )
    if get_user_model().objects.filter(username__iexact=username).exists():
        raise ValidationError({"username": _("Somebody has this name already: choose another.")})
    person = staff.hire(
        username=username,
        password=password,
        full_name=invitation.full_name,
        role=Role(invitation.role),
        branches=invitation.branches.all(),
        email=invitation.email,
    )
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=clock.now())
    return person


# reads


def waiting() -> QuerySet[Invitation]:
    """Sent and not answered, also those whose time is over."""
    return (
        Invitation.objects.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)
        .select_related("invited_by")
        .order_by("-invited_at")
    )


def get(uid: UUID) -> Invitation:
    """One that waits. Raises Invitation.DoesNotExist."""
    return waiting().get(uid=uid)


def open_by(token: str) -> Invitation:
    """The one this link opens. Raises Invitation.DoesNotExist."""
    return waiting().filter(expires_at__gt=clock.now()).get(token_hash=_hash(token))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
