"""Secrets at rest: text encrypted with the keys of FIELD_KEYS, the first one for writing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=1)
def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def seal(text: str) -> bytes:
    """Encrypt with the newest key."""
    return _box().encrypt(text.encode())


def unseal(token: bytes) -> str:
    """Decrypt with whichever key fits; raises InvalidToken when none does."""
    return _box().decrypt(token).decode()


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text that stands encrypted in the row; it cannot be searched."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        sealed = None if value is None else seal(value)
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else unseal(bytes(value))
