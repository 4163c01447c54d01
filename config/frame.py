"""Hands every template the frame around it; made only when a layout asks for it."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from clinics.public import access, alerts, frame
from followup.public import tasks
from messaging.public import channels, inbox


def _frame(request: HttpRequest) -> frame.Frame | None:
    staff = getattr(request, "staff", None) or access.staff_of(request.user)
    if staff is None:
        return None
    found = frame.frame_of(request, staff)
    seen = [found.branch] if found.branch else found.branches
    counts = {}
    if access.may(staff, "tasks.see"):
        todo = tasks.of_role(tasks.open_in(seen), staff.role).order_by().values("uid")
        counts["tasks"] = todo.union(alerts.untaken(staff, seen).values("uid"), all=True).count()
    if access.may(staff, "inbox.see"):
        counts["inbox"] = inbox.waiting(seen)
    if access.may(staff, "settings.write"):  # accounts that stand still until she does something
        counts["settings"] = channels.waiting_for_somebody()
    return replace(found, counts=counts)


def context(request: HttpRequest) -> dict[str, object]:
    """`frame` for layouts/staff.html. Nothing is read for a part of a page."""
    return {"frame": SimpleLazyObject(lambda: _frame(request))} if hasattr(request, "user") else {}
