"""Settings of the channels: the accounts that messages go by, each in a form of its provider."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from clinics import access
from messaging import accounts, channels, sync, trials
from messaging.account_forms import LinkForm, TrialForm
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
            numbers=form.numbers(),
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
        return page_of(request, channel)
    form = _form(request, channel)
    if form.is_bound and form.is_valid():
        changed = accounts.correct(
            channel.row,
            name=form.cleaned_data["name"],
            credentials=form.written(),
            branches=form.serves(),
            numbers=form.numbers(),
            by=request.staff,
        )
        said = (
            pgettext("channels", "What stands of %s is saved.")
            if changed
            else pgettext("channels", "Nothing of %s was changed.")
        )
        messages.success(request, said % form.cleaned_data["name"])
        return redirect("channel", uid=uid)
    return page_of(request, channel, form=form, status=422 if form.is_bound else 200)


def _form(request: access.StaffRequest, channel: Channel, *, shown: bool = False) -> AccountForm:
    """Its provider's form as she typed it, or with what stands (`shown`, and to look at)."""
    assert channel.provider is not None
    kind, row = channel.provider.form, channel.row
    stands = {
        "name": row.name,
        kind.account_field: row.account_id,
        "branches": [str(branch.uid) for branch in row.branches.all()],
        **{name: getattr(row, name) for name in kind.columns},
    }
    return kind(
        request.POST if request.method == "POST" and not shown else None,
        branches=list(access.branches(request.staff)),
        stored=channels.stored(row),
        initial=stands,
    )


def page_of(
    request: access.StaffRequest,
    channel: Channel,
    *,
    form: AccountForm | None = None,
    trial: TrialForm | None = None,
    link: LinkForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The account's page, with the forms as they stand or as they were typed."""
    row, speaks = channel.row, channel.provider is not None
    texts, found = trials.choices(row), list(sync.unlinked(row))
    free = sync.linkable(row)
    context = {
        "channel": channel,
        "form": form if form is not None or not speaks else _form(request, channel, shown=True),
        "can_allow": channel.asks_consent,
        "heard_at": channels.heard_at(row),
        "reports": channels.reports(row),
        "trial": trial or (TrialForm(texts=texts) if texts and speaks else None),
        "found": found,
        "link": link or (LinkForm(found=found, texts=free) if found and free else None),
    }
    return render(request, "messaging/accounts/edit.html", context, status=status)


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
    if request.htmx:  # type: ignore[attr-defined]  # it was asked first; the page is read anew
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = reverse("channel", args=[uid])
        return answer
    return redirect("channel", uid=uid)
