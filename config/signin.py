"""How allauth behaves here: nobody signs up by himself, and a sign-in stays in its clinic."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Staff are made by their clinic's owner, operators by `manage.py`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class QuickHasher(PBKDF2PasswordHasher):
    """For the demo and tests only: 0.01 s instead of half a second per password."""

    algorithm = "quick"
    iterations = 20_000
