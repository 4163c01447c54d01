"""Operators: who signs in to the platform's host."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django_tenants.utils import schema_context


def hire_operator(username: str, password: str) -> None:
    """Make sure this operator can sign in to the platform; an existing one is left alone."""
    with schema_context("public"):
        users = get_user_model().objects
        if not users.filter(username=username).exists():
            users.create_user(username=username, password=password, is_staff=True)
