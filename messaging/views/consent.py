"""Consent at a provider: from the account's page to the provider, and back to our own host."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from clinics import access
from clinics.public import directory
from messaging import consents
from messaging.consents import Ended
from messaging.providers import NoSuchProvider, provider_of
from messaging.views.accounts import channel_or_404


@require_POST
@access.staff_view("settings.write")
def allow(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Begin: what will be asked, and the way to the provider. A page of its own, since a form may
    not lead away from here (the content security policy)."""
    channel = channel_or_404(uid)
    if not channel.asks_consent:
        raise Http404
    url = consents.ask(channel.row, by=request.staff)
    context = {"channel": channel, "url": url, "back": consents.back_url(channel.row.kind)}
    return render(request, "messaging/accounts/allow.html", context)


@never_cache
@require_GET
def back(request: HttpRequest, kind: str) -> HttpResponse:
    """She comes back from the provider; nobody is signed in on this host, so the state is the key.
    A page that says what happened, and the way to the account."""
    try:
        provider = provider_of(kind)
    except NoSuchProvider as error:
        raise Http404 from error
    found = consents.returned(kind, request.GET.dict())
    address = ""
    if found.account is not None:
        address = f"{directory.address_of(found.schema)}/settings/channels/{found.account.uid}/"
    context = {
        "provider": provider,
        "end": str(found.end),
        "account": found.account,
        "other": found.code if found.end == Ended.OTHER_ACCOUNT else "",
        "reason": provider.words(found.code) if found.end == Ended.FAILED else "",
        "address": address,
    }
    status = 200 if found.end == Ended.ALLOWED else 400
    return render(request, "messaging/accounts/back.html", context, status=status)
