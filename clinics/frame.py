"""What stands around every staff page: where she may go, which branch she looks at, who she is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.translation import pgettext

from clinics import access, places
from clinics.models import Branch, Role, Staff

BRANCH_COOKIE = "branch"


class Entry(NamedTuple):
    """A way in the rail and the bottom bar."""

    key: str
    href: str
    icon: str
    name: str
    current: bool


@dataclass(frozen=True)
class Frame:
    """One staff page's surroundings."""

    clinic: str
    staff: Staff
    branches: list[Branch]
    branch: Branch | None  # None = all the branches she may see
    entries: list[Entry]
    role: str
    counts: dict[str, int] = field(default_factory=dict)  # entry key → what waits there

    @property
    def first(self) -> list[Entry]:
        """The four ways of the bottom bar; the rest stand behind "More"."""
        return self.entries[:4]

    @property
    def rest(self) -> list[Entry]:
        """What the bottom bar has no room for."""
        return self.entries[4:]


def _entries(staff: Staff, path: str) -> list[Entry]:
    ways = [
        ("today", "/today/", "calendar-check", pgettext("menu", "Today"), "today.see"),
        ("dentist", "/dentist/", "tooth", pgettext("menu", "Dentist"), "treatments.prepare"),
        ("numbers", "/numbers/", "chart-column", pgettext("menu", "Numbers"), "numbers.see"),
        ("patients", "/patients/", "users", pgettext("menu", "Patients"), "patients.see"),
        ("inbox", "/inbox/", "messages-square", pgettext("menu", "Inbox"), "inbox.see"),
        ("tasks", "/tasks/", "list-checks", pgettext("menu", "Tasks"), "tasks.see"),
        ("data", "/data/", "database", pgettext("menu", "Data list"), "data.see"),
        ("staff", "/staff/", "users-round", pgettext("menu", "Staff"), "staff.manage"),
        ("settings", "/settings/", "settings", pgettext("menu", "Settings"), "settings.write"),
        (
            "costs",
            "/messages/costs/",
            "receipt",
            pgettext("menu", "Message costs"),
            "costs.see",
        ),
        ("rota", "/settings/rota/", "calendar-clock", pgettext("menu", "Rota"), "rota.write"),
        (
            "messages",
            "/settings/messages/",
            "message-circle",
            pgettext("menu", "Message texts"),
            "messages.see",
        ),
    ]
    if access.may(staff, "settings.write"):
        del ways[-3:]  # they stand inside the settings
    home = access.HOME[Role(staff.role)]
    ways.sort(key=lambda way: way[1] != home)  # her day starts with the first one
    return [
        Entry(key, href, icon, name, path.startswith(href))
        for key, href, icon, name, permission in ways
        if access.may(staff, permission)
    ]


def _chosen(request: HttpRequest, branches: list[Branch]) -> Branch | None:
    wanted = request.GET.get("branch") or request.COOKIES.get(BRANCH_COOKIE, "")
    for branch in branches:
        if str(branch.uid) == wanted:
            return branch
    return branches[0] if len(branches) == 1 else None


def chosen_branch(request: access.StaffRequest) -> Branch | None:
    """The branch she looks at: ?branch=, else her last choice; None = all that she may see."""
    return _chosen(request, list(access.branches(request.staff)))


def looked_at(request: access.StaffRequest) -> list[Branch]:
    """The branch she looks at, else all that she may see; one statement."""
    every = list(access.branches(request.staff))
    chosen = _chosen(request, every)
    return every if chosen is None else [chosen]


def frame_of(request: HttpRequest, staff: Staff, counts: dict[str, int] | None = None) -> Frame:
    """The surroundings of a page for this person; two statements."""
    branches = list(access.branches(staff))
    return Frame(
        clinic=places.profile().name,
        staff=staff,
        branches=branches,
        branch=_chosen(request, branches),
        entries=_entries(staff, request.path),
        role=str(Role(staff.role).label),
        counts=counts or {},
    )
