"""Who can sign in. In `public` these are operators, in a clinic's schema its staff."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Signs in by username; e-mail is optional."""
