"""Who may do what, and where: the one place that decides (docs/decisions/access.md).

A role has permissions; a person has them in the branches she works in. Owner, manager and
care see the whole clinic.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from clinics import acting
from clinics.models import Branch, Role, Staff

_DESK = {
    "today.see",
    "appointments.write",
    "overbook",
    "patients.see",
    "patients.write",
    "tasks.see",
    "tasks.do",
    "data.see",
    "phone.reveal",
    "inbox.see",
    "inbox.answer",
}
_LEAD = _DESK | {"numbers.see", "imports.run", "rota.write", "costs.see"}
#: What patients are sent: care texts and their guides, and advertising.
_TEXTS = {"messages.see", "messages.write"}
_ADS = {"messages.see", "messages.ads"}
_HEAD = (
    _LEAD
    | _TEXTS
    | _ADS
    | {"staff.manage", "trail.see", "settings.write", "data.export", "costs.set"}
)

PERMISSIONS: dict[str, set[str]] = {
    Role.OWNER: _HEAD,
    Role.MANAGER: _HEAD,
    Role.BRANCH_MANAGER: _LEAD - {"imports.run"},
    Role.RECEPTION: _DESK,
    Role.CARE: (_DESK - {"overbook"}) | _TEXTS,
    Role.DENTIST: {
        "today.see",
        "patients.see",
        "treatments.sign",
        "treatments.prepare",
        "tasks.see",
        "tasks.do",
        "phone.reveal",
    },
    Role.ASSISTANT: {"today.see", "patients.see", "treatments.prepare"},
    Role.CONSULTANT: {
        "today.see",
        "patients.see",
        "tasks.see",
        "tasks.do",
        "inbox.see",
        "inbox.answer",
    },
    Role.MARKETING: {"patients.see"} | _ADS,
}

#: Roles that see every branch of the clinic.
WHOLE_CLINIC = {Role.OWNER, Role.MANAGER, Role.CARE}

#: Where a person starts her day.
HOME: dict[str, str] = {
    Role.OWNER: "/numbers/",
    Role.MANAGER: "/numbers/",
    Role.BRANCH_MANAGER: "/numbers/",
    Role.RECEPTION: "/today/",
    Role.ASSISTANT: "/today/",
    Role.CONSULTANT: "/today/",
    Role.DENTIST: "/dentist/",
    Role.CARE: "/tasks/",
    Role.MARKETING: "/patients/",
}


class StaffRequest(HttpRequest):
    """A request of a person who works in this clinic."""

    staff: Staff


def staff_of(user: Any) -> Staff | None:
    """The active staff member behind a signed-in user of this clinic, or None."""
    if not user.is_authenticated or not user.is_active:
        return None
    return Staff.objects.select_related("user").filter(user_id=user.pk, is_active=True).first()


def branches(staff: Staff) -> QuerySet[Branch]:
    """The branches whose things she may see."""
    everywhere = Branch.objects.filter(is_active=True)
    return everywhere if staff.role in WHOLE_CLINIC else everywhere.filter(staff=staff)


def may(staff: Staff, permission: str, branch: Branch | None = None) -> bool:
    """Whether she may, in this branch when one is named."""
    if permission not in PERMISSIONS[staff.role]:
        return False
    if branch is None or staff.role in WHOLE_CLINIC:
        return True
    return staff.branches.filter(pk=branch.pk).exists()


def admit(staff: Staff, permission: str, branch: Branch) -> None:
    """Let her to an object of this branch, or raise: 404 where she does not work, else 403."""
    if staff.role not in WHOLE_CLINIC and not staff.branches.filter(pk=branch.pk).exists():
        raise Http404
    if permission not in PERMISSIONS[staff.role]:
        raise PermissionDenied


def staff_view(
    permission: str | None = None,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Open a page to signed-in staff who have the permission; `request.staff` is who asks."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            staff = staff_of(request.user)
            if staff is None:
                return redirect_to_login(request.get_full_path())
            if permission is not None and permission not in PERMISSIONS[staff.role]:
                raise PermissionDenied
            asked = cast(StaffRequest, request)
            asked.staff = staff
            acting.admitted(staff.pk)
            return view(asked, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return wrap


def api_permission(name: str) -> type[BasePermission]:
    """The REST framework's form of the same decision."""

    class HasPermission(BasePermission):
        permission = name

        def has_permission(self, request: Request, view: Any) -> bool:
            staff = staff_of(request.user)
            if staff is None:
                return False
            request.staff = staff  # type: ignore[attr-defined]
            acting.admitted(staff.pk, source="api")
            return name in PERMISSIONS[staff.role]

    return HasPermission
