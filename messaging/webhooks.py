"""Where providers report, on the platform's host: find the clinic, verify, store, answer.

Everything is answered by 200 at once: a refusal would only make the provider send it again and
in the end switch the reports off. What is not genuine changes nothing.
"""

from __future__ import annotations

import json
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods
from django_tenants.utils import schema_context

from clinics import clock
from clinics.registry.models import ProviderRoute, UnroutedWebhook
from messaging import receipts
from messaging.models import AccountKind, ProviderAccount
from messaging.providers.esms import client as esms
from messaging.providers.zalo import webhook
from messaging.secrets import seal

log = structlog.get_logger(__name__)

#: Longer than any report; what is longer is none.
LARGEST = 65_536
#: So much may wait for a clinic to be found; strangers cannot fill the disk.
MOST_UNROUTED = 10_000


@csrf_exempt
@require_http_methods(["GET", "POST"])
def zalo(request: HttpRequest) -> HttpResponse:
    """A report of Zalo. GET is how the console looks whether somebody is there."""
    raw = request.body if request.method == "POST" else b""
    event = _event(raw)
    if not event:
        return HttpResponse("ok")
    route = ProviderRoute.objects.filter(
        provider=AccountKind.ZALO, account_id__in=webhook.account_ids(event)
    ).first()
    if route is None:
        _keep_unrouted(AccountKind.ZALO, raw)
        return HttpResponse("ok")
    signature = request.headers.get("X-ZEvent-Signature", "")
    with schema_context(route.schema):
        account = ProviderAccount.objects.filter(
            kind=AccountKind.ZALO, account_id=route.account_id
        ).first()
        if account is None or not webhook.genuine(raw, event, account.credentials, signature):
            log.warning("webhook not genuine", provider="zalo", clinic=route.schema)
            return HttpResponse("ok")
        receipts.store(
            account=account, dedupe_key=webhook.dedupe_key(event), body=raw.decode("utf-8")
        )
    return HttpResponse("ok")


@csrf_exempt
@require_GET
def esms_report(request: HttpRequest, token: str) -> HttpResponse:
    """A report of eSMS: unsigned, so the address itself is the secret."""
    said = {name: value[:500] for name, value in list(request.GET.dict().items())[:40]}
    if not said:
        return HttpResponse("ok")
    route = ProviderRoute.objects.filter(provider=AccountKind.ESMS, account_id=token).first()
    if route is None:
        log.warning("webhook of nobody", provider="esms")
        return HttpResponse("ok")
    with schema_context(route.schema):
        account = ProviderAccount.objects.filter(
            kind=AccountKind.ESMS, callback_token=token
        ).first()
        if account is not None:
            receipts.store(account=account, dedupe_key=esms.dedupe_key(said), body=json.dumps(said))
    return HttpResponse("ok")


def _event(raw: bytes) -> dict[str, Any]:
    """The event, or nothing when there is none in it (Zalo's probe sends an empty body)."""
    if not raw or len(raw) > LARGEST:
        return {}
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _keep_unrouted(provider: str, raw: bytes) -> None:
    log.warning("webhook of nobody", provider=provider)
    if UnroutedWebhook.objects.count() < MOST_UNROUTED:
        UnroutedWebhook.objects.create(
            provider=provider,
            received_at=clock.now(),
            payload=seal(raw.decode("utf-8", "replace")),
        )
