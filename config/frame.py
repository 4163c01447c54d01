"""Hands every template the frame around it; made only when a layout asks for it."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from clinics.public import access, frame


def _frame(request: HttpRequest) -> frame.Frame | None:
    staff = getattr(request, "staff", None) or access.staff_of(request.user)
    return frame.frame_of(request, staff) if staff else None


def context(request: HttpRequest) -> dict[str, object]:
    """`frame` for layouts/staff.html. Nothing is read for a part of a page."""
    return {"frame": SimpleLazyObject(lambda: _frame(request))} if hasattr(request, "user") else {}
