"""What `manage.py check` says of messages: keys for secrets; with `--database default` also the
accounts of every clinic that will not work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils import translation
from django_tenants.utils import schema_context

from clinics.registry.models import Clinic
from messaging import channels
from messaging.channels import Channel, Standing


@register(Tags.security)
def field_keys(**_said: Any) -> list[CheckMessage]:
    """Secrets of providers cannot be read or written without good keys."""
    if not settings.FIELD_KEYS:
        return [Error("FIELD_KEYS is empty: no secret can be stored.", id="messaging.E001")]
    found: list[CheckMessage] = []
    for place, key in enumerate(settings.FIELD_KEYS, 1):
        try:
            Fernet(key)
        except ValueError:
            said = f"FIELD_KEYS: key {place} is no key of 32 bytes in URL-safe base64."
            found.append(Error(said, id="messaging.E002"))
    return found


@register(Tags.database)
def accounts(*, databases: Sequence[str] | None = None, **_said: Any) -> list[CheckMessage]:
    """Accounts whose provider is gone, that wait for consent, or that lack something."""
    if not databases:
        return []
    ready = Clinic.objects.filter(ready_at__isnull=False).values_list("schema_name", flat=True)
    return [each for schema in list(ready) for each in _of(schema)]


def _of(schema: str) -> Iterator[CheckMessage]:
    with schema_context(schema), translation.override("en"):
        found = channels.every()
        for channel in found:
            for what in _wrong(channel):
                name = f"{schema}: {channel.row.name} ({channel.row.kind})"
                yield Warning(f"{name}: {what}", id="messaging.W001")


def _wrong(channel: Channel) -> list[str]:
    if channel.standing == Standing.RESTING:
        return ["No folder of messaging/providers speaks to its provider: the account rests."]
    if channel.standing == Standing.OFF:
        return []
    said = [str(each) for each in channel.missing]
    if channel.standing == Standing.AUTHORISE:
        said.insert(0, "A person must give consent at the provider.")
    return said
