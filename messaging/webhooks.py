"""Where providers report, on the platform's host: find the clinic, verify, store, answer.

Whatever is stored, or is none of ours, is answered by 200: a refusal would only make the provider
send it again and in the end switch the reports off. What is not genuine is kept to be seen and
changes nothing. Only what could not be stored is answered by 503, for it must be told again.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import Error, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinics import clock
from clinics.registry.models import UnroutedWebhook
from messaging import intake
from messaging.providers import NoSuchProvider, provider_of
from messaging.providers.base import Provider
from messaging.providers.news import Arrived
from messaging.secrets import seal
from messaging.sql import here

log = structlog.get_logger(__name__)

#: Longer than any report; what is longer is none.
LARGEST = 65_536
#: So much may wait for a clinic to be found; strangers cannot fill the disk.
MOST_UNROUTED = 10_000
#: Of one address: so many fields, each so long.
MOST_FIELDS, LONGEST_FIELD = 40, 500


class ReportMiddleware:
    """Answers providers before sessions, languages and sign-in: none of that is theirs, and it
    costs more than the report. What is not answered here goes the long way to its 404."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/webhooks/") and _on_platform(request):
            try:
                return _answered(request)
            except (Http404, Resolver404):
                pass
        return self.get_response(request)


def _on_platform(request: HttpRequest) -> bool:
    return split_domain_port(request.get_host())[0] == settings.BASE_HOST


def _answered(request: HttpRequest) -> HttpResponse:
    match = resolve(request.path_info, "messaging.platform_urls")
    request.resolver_match = match  # what the log calls it
    if here() != "public":
        connection.set_schema_to_public()  # type: ignore[attr-defined]
    try:
        answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except Http404:
        raise
    except Exception as error:
        log.error("report failed", error=type(error).__name__, exc_info=error)  # noqa: TRY400
        raise
    answer["Content-Length"] = str(len(answer.content))  # no chunks for two letters
    return answer


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
        try:
            _keep(provider, arrived, ids)
        except (intake.NotStored, Error):
            log.warning("webhook not stored", provider=provider.kind)
            return HttpResponse("tell it again", status=503, content_type="text/plain")
        except UnicodeError:  # half a character in its name: no provider sends that
            log.warning("webhook unreadable", provider=provider.kind)
    return HttpResponse(arrived.query.get("hub.challenge", "ok"), content_type="text/plain")


def _arrived(request: HttpRequest, token: str) -> Arrived:
    too_long = _length(request) > LARGEST  # and then it is not even read
    is_form = "form" in (request.content_type or "") and not too_long
    return Arrived(
        method=request.method or "",
        url=request.build_absolute_uri(),
        token=token,
        raw=b"" if too_long or request.method != "POST" else request.body,
        query=_fields(request.GET.dict()) if request.META.get("QUERY_STRING") else {},
        form=_fields(request.POST.dict()) if is_form else {},
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def _length(request: HttpRequest) -> int:
    """As the request says; Django reads no further than that."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _fields(said: dict[str, str]) -> dict[str, str]:
    return {name[:100]: value[:LONGEST_FIELD] for name, value in list(said.items())[:MOST_FIELDS]}


def _keep(provider: Provider, arrived: Arrived, ids: list[str]) -> None:
    """Raises NotStored."""
    place, genuine = intake.find(provider, arrived, ids)
    if place is None:
        _keep_unrouted(provider, arrived)
        return
    if not genuine:
        log.warning("webhook not genuine", provider=provider.kind, clinic=place.schema)
    intake.store(place, arrived, genuine=genuine)


def _keep_unrouted(provider: Provider, arrived: Arrived) -> None:
    """Wait encrypted for a clinic to be found; not where the address itself is the secret."""
    log.warning("webhook of nobody", provider=provider.kind)
    if provider.has_token_address or UnroutedWebhook.objects.count() >= MOST_UNROUTED:
        return
    UnroutedWebhook.objects.create(
        provider=provider.kind, received_at=clock.now(), payload=seal(provider.stored(arrived))
    )
