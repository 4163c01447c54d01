"""Settings of the channels: the accounts that messages go by, each in a form of its provider."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from clinics import access
from messaging import accounts, channels
from messaging.accounts import AccountTaken, AlreadyConnected
from messaging.channels import Channel
from messaging.models import ProviderAccount
from messaging.providers import NoSuchProvider, provider_of, providers
from messaging.providers.forms import AccountForm


@access.staff_view("settings.write")
def index(request: access.StaffRequest) -> HttpResponse:
    """Every account and how it stands, and what else could be connected."""
    context = {"channels": channels.every(), "providers": providers()}
    return render(request, "messaging/accounts/index.html", context)


@access.staff_view("settings.write")
def state(request: access.StaffRequest) -> HttpResponse:
    """The line of the settings' first page: what does not go by itself."""
    return render(request, "messaging/accounts/_state.html", {"channels": channels.every()})


@access.staff_view("settings.write")
def new(request: access.StaffRequest, kind: str) -> HttpResponse:
    """Connect one more account."""
    try:
        provider = provider_of(kind)
    except NoSuchProvider as error:
        raise Http404 from error
    asked = request.method == "POST"
    form = provider.form(
        request.POST if asked else None, branches=list(access.branches(request.staff))
    )
    if asked and form.is_valid():
        account = _connected(form, kind, request)
        if account is not None:
            messages.success(request, pgettext("channels", "%s is connected.") % account.name)
            return redirect("channel", uid=account.uid)
    context = {"form": form, "provider": provider}
    return render(request, "messaging/accounts/new.html", context, status=422 if asked else 200)


def _connected(
    form: AccountForm, kind: str, request: access.StaffRequest
) -> ProviderAccount | None:
    """The new account, or None with the reason beside the field."""
    try:
        return accounts.connect_new(
            kind,
            form.account_id_typed(),
            form.cleaned_data["name"],
            form.credentials(),
            form.serves(),
            by=request.staff,
        )
    except AlreadyConnected:
        said = pgettext("channels", "This account is connected already.")
    except AccountTaken:
        said = pgettext("channels", "This account belongs to another clinic here.")
    form.add_error(form.account_field, said)
    return None


def channel_or_404(uid: uuid.UUID) -> Channel:
    """An account of this clinic."""
    try:
        return channels.one(uid)
    except ProviderAccount.DoesNotExist as error:
        raise Http404 from error


@access.staff_view("settings.write")
def edit(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """One account: what is stored of it, how it stands, what it heard."""
    channel = channel_or_404(uid)
    if channel.provider is None:  # at rest: nothing of it can be understood, it can only be read
        return render(request, "messaging/accounts/edit.html", _context(channel, None))
    form = _form(request, channel)
    if form.is_bound and form.is_valid():
        changed = accounts.correct(
            channel.row,
            name=form.cleaned_data["name"],
            credentials=form.written(),
            branches=form.serves(),
            by=request.staff,
        )
        said = (
            pgettext("channels", "What stands of %s is saved.")
            if changed
            else pgettext("channels", "Nothing of %s was changed.")
        )
        messages.success(request, said % form.cleaned_data["name"])
        return redirect("channel", uid=uid)
    status = 422 if form.is_bound else 200
    context = _context(channel, form)
    return render(request, "messaging/accounts/edit.html", context, status=status)


def _form(request: access.StaffRequest, channel: Channel) -> AccountForm:
    assert channel.provider is not None
    kind, row = channel.provider.form, channel.row
    shown = {
        "name": row.name,
        kind.account_field: row.account_id,
        "branches": [str(branch.uid) for branch in row.branches.all()],
    }
    return kind(
        request.POST if request.method == "POST" else None,
        branches=list(access.branches(request.staff)),
        stored=channels.stored(row),
        initial=shown,
    )


def _context(channel: Channel, form: AccountForm | None) -> dict[str, object]:
    return {
        "channel": channel,
        "form": form,
        "can_allow": channel.provider is not None and channel.provider.by_consent,
        "heard_at": channels.heard_at(channel.row),
        "reports": channels.reports(channel.row),
    }


@require_POST
@access.staff_view("settings.write")
def switch(request: access.StaffRequest, uid: uuid.UUID, switch: str) -> HttpResponse:
    """Switch an account off or on; pressed twice it is so once."""
    channel = channel_or_404(uid)
    if switch not in ("on", "off"):
        raise Http404
    if accounts.switch(channel.row, on=switch == "on", by=request.staff):
        said = (
            pgettext("channels", "%s is switched on.")
            if switch == "on"
            else pgettext("channels", "%s is switched off. What waited goes another way.")
        )
        messages.success(request, said % channel.row.name)
    return redirect("channel", uid=uid)
