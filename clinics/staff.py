"""People who work in the clinic, and how they sign in."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet

from clinics.models import Branch, Role, Staff


@transaction.atomic
def hire(
    *,
    username: str,
    password: str | None,
    full_name: str,
    role: Role,
    branches: Iterable[Branch] = (),
    title: str = "",
    email: str = "",
) -> Staff:
    """Give a person a sign-in, a role and the branches she works in.

    Without a password she cannot sign in until she is given one.
    """
    user = get_user_model().objects.create_user(username=username, password=password, email=email)
    staff = Staff.objects.create(user=user, full_name=full_name, title=title, role=role)
    staff.branches.set(branches)
    return staff


def dentists(branch: Branch | None = None) -> QuerySet[Staff]:
    """Active dentists, of one branch or of all."""
    found = Staff.objects.filter(role=Role.DENTIST, is_active=True)
    return found if branch is None else found.filter(branches=branch)


def dentists_of(branches: Iterable[Branch]) -> QuerySet[Staff]:
    """Active dentists who work in at least one of these branches."""
    found = Staff.objects.filter(role=Role.DENTIST, is_active=True, branches__in=branches)
    return found.distinct()


def agents(branch: Branch) -> QuerySet[Staff]:
    """Who may look after patients of a branch beside the dentists."""
    jobs = (Role.CARE, Role.CONSULTANT, Role.RECEPTION)
    return Staff.objects.filter(role__in=jobs, is_active=True, branches=branch)


def everybody() -> QuerySet[Staff]:
    """Who works here now, with their branches and sign-ins."""
    return (
        Staff.objects.filter(is_active=True)
        .select_related("user")
        .prefetch_related("branches")
        .order_by("full_name")
    )


def get(uid: UUID) -> Staff:
    """A staff member, also one who has left. Raises Staff.DoesNotExist."""
    return Staff.objects.get(uid=uid)


def by_username(username: str) -> Staff:
    """The staff member who signs in by this name; raises Staff.DoesNotExist."""
    return Staff.objects.select_related("user").get(user__username=username, is_active=True)
