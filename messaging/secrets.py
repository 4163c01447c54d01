"""Secrets at rest: text encrypted with the keys of FIELD_KEYS, the first one for writing."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

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


def seal_bytes(data: bytes) -> bytes:
    """Encrypt a file with the newest key; a third longer than it was."""
    return _box().encrypt(data)


def unseal_bytes(token: bytes) -> bytes:
    """Decrypt a file with whichever key fits; raises InvalidToken when none does."""
    return _box().decrypt(token)


if TYPE_CHECKING:
    _Base = models.Field[str, str]
else:
    _Base = models.BinaryField


class EncryptedTextField(_Base):
    """Text that stands encrypted in the row; it cannot be searched."""

    def get_db_prep_value(
        self,
        value: Any,
        connection: Any,
        prepared: bool = False,  # noqa: FBT001 - Django's signature
    ) -> Any:
        sealed = None if value is None else seal(value)
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else unseal(bytes(value))
