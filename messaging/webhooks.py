"""Where providers report, on the platform's host: find the clinic, verify, store, answer.

Everything is answered by 200 at once: a refusal would only make the provider send it again and
in the end switch the reports off. What is not genuine is kept to be seen and changes nothing.
"""

from __future__ import annotations

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_tenants.utils import schema_context

from clinics import clock
from clinics.registry.models import ProviderRoute, UnroutedWebhook
from messaging import receipts
from messaging.models import ProviderAccount
from messaging.providers import NoSuchProvider, provider_of
from messaging.providers.base import Provider
from messaging.providers.news import Arrived
from messaging.secrets import seal

log = structlog.get_logger(__name__)

#: Longer than any report; what is longer is none.
LARGEST = 65_536
#: So much may wait for a clinic to be found; strangers cannot fill the disk.
MOST_UNROUTED = 10_000
#: Of one address: so many fields, each so long.
MOST_FIELDS, LONGEST_FIELD = 40, 500


@csrf_exempt
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, kind: str, token: str = "") -> HttpResponse:
    """A report of a provider. One that says nothing is how its console looks whether we are here:
    it is answered, and so is the challenge some consoles send. Unknown kinds are 404."""
    try:
        provider = provider_of(kind)
    except NoSuchProvider as error:
        raise Http404 from error
    arrived = _arrived(request, token)
    ids = provider.account_ids(arrived)
    if ids:
        _keep(provider, arrived, ids)
    return HttpResponse(arrived.query.get("hub.challenge", "ok"), content_type="text/plain")


def _arrived(request: HttpRequest, token: str) -> Arrived:
    raw = request.body if request.method == "POST" else b""
    too_long = len(raw) > LARGEST
    return Arrived(
        method=request.method or "",
        url=request.build_absolute_uri(),
        token=token,
        raw=b"" if too_long else raw,
        query=_fields(request.GET.dict()),
        form={} if too_long else _fields(request.POST.dict()),
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def _fields(said: dict[str, str]) -> dict[str, str]:
    return {name[:100]: value[:LONGEST_FIELD] for name, value in list(said.items())[:MOST_FIELDS]}


def _keep(provider: Provider, arrived: Arrived, ids: list[str]) -> None:
    routes = ProviderRoute.objects.filter(provider=provider.kind, account_id__in=ids)
    route = min(routes, key=lambda each: ids.index(each.account_id), default=None)
    if route is None:
        _keep_unrouted(provider, arrived)
        return
    with schema_context(route.schema):
        key = "callback_token" if provider.has_token_address else "account_id"
        account = ProviderAccount.objects.filter(
            **{"kind": provider.kind, key: route.account_id}
        ).first()
        if account is None:
            return
        genuine = provider.genuine(arrived, account)
        if not genuine:
            log.warning("webhook not genuine", provider=provider.kind, clinic=route.schema)
        receipts.store(account=account, arrived=arrived, genuine=genuine)


def _keep_unrouted(provider: Provider, arrived: Arrived) -> None:
    """Wait encrypted for a clinic to be found; not where the address itself is the secret."""
    log.warning("webhook of nobody", provider=provider.kind)
    if provider.has_token_address or UnroutedWebhook.objects.count() >= MOST_UNROUTED:
        return
    UnroutedWebhook.objects.create(
        provider=provider.kind, received_at=clock.now(), payload=seal(provider.stored(arrived))
    )
