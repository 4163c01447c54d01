"""How allauth behaves here: nobody signs up by himself, and a sign-in stays in its clinic."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.http import HttpRequest, HttpResponse

from clinics import letters
from clinics.public import access, audit, clock

#: Which people have signed in on this browser; without it the device is new.
DEVICE_COOKIE = "device"
DEVICE_DAYS = 400
_BROWSERS = r"(Edg|OPR|Firefox|Chrome|Safari|Zalo)"


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Staff are invited by their clinic's owner or manager, operators are made by `manage.py`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse:
        """Note the sign-in; a letter goes to her when this device was never used by her."""
        response: HttpResponse = super().post_login(request, user, **more)
        known = _known(request)
        new = str(user.pk) not in known
        first = False
        if (staff := access.staff_of(user)) is not None:
            first = not audit.ever(verb="signed.in", actor=staff)
            audit.record(verb="signed.in", actor=staff, note="new device" if new else "")
        if new:
            _remember(response, [*known, str(user.pk)], _salt(request))
            if getattr(user, "email", "") and not first:
                letters.send("new_device", to=user.email, context=_letter(request, user))  # type: ignore[attr-defined]
        return response

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """By the link of a letter."""
        super().set_password(user, password)
        if (staff := access.staff_of(user)) is not None:
            audit.record(verb="password.set", actor=staff, subject=staff.uid)


def _salt(request: HttpRequest) -> str:
    return f"device:{request.tenant.schema_name}"  # type: ignore[attr-defined]


def _known(request: HttpRequest) -> list[str]:
    said = request.get_signed_cookie(DEVICE_COOKIE, default="", salt=_salt(request))
    return [each for each in (said or "").split(".") if each]


def _letter(request: HttpRequest, user: Any) -> dict[str, object]:
    found = re.search(_BROWSERS, request.headers.get("User-Agent", ""))
    return {
        "clinic": request.tenant.name,  # type: ignore[attr-defined]
        "name": user.get_full_name() or user.get_username(),
        "username": user.get_username(),
        "at": clock.now(),
        "browser": found.group() if found else "?",
        "link": request.build_absolute_uri("/accounts/password/reset/"),
    }


def _remember(response: HttpResponse, people: list[str], salt: str) -> None:
    """Keep who has signed in here; the newest twenty."""
    response.set_signed_cookie(
        DEVICE_COOKIE,
        ".".join(people[-20:]),
        salt=salt,
        max_age=DEVICE_DAYS * 86400,
        httponly=True,
        samesite="Lax",
    )


class QuickHasher(PBKDF2PasswordHasher):
    """For the demo and tests only: 0.01 s instead of half a second per password."""

    algorithm = "quick"
    iterations = 20_000
