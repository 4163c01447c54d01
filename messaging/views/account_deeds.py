"""Deeds on an account's page that speak to its provider: ask it, send a test; and link a text."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from clinics import access
from messaging import sync, trials
from messaging.account_forms import LinkForm, TrialForm
from messaging.channels import Channel
from messaging.sync import DoesNotFit
from messaging.views.accounts import channel_or_404, page_of


def _speaking(uid: uuid.UUID) -> Channel:
    """An account whose provider is here."""
    channel = channel_or_404(uid)
    if channel.provider is None:
        raise Http404
    return channel


@require_POST
@access.staff_view("settings.write")
def ask(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Ask the provider now for quota, quality, balance and templates."""
    channel = _speaking(uid)
    code = sync.ask(channel.row)
    if code is None:
        messages.success(request, pgettext("channels", "What the provider knows is taken over."))
    else:
        assert channel.provider is not None
        why = channel.provider.words(code) if code else ""
        said = why or pgettext("channels", "The provider does not answer. Try again later.")
        messages.error(request, str(said))
    return redirect("channel", uid=uid)


@require_POST
@access.staff_view("settings.write")
def trial(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Send a test to a number of our own; what the provider says stands on the page."""
    channel = _speaking(uid)
    form = TrialForm(request.POST, texts=trials.choices(channel.row))
    if not form.is_valid():
        return page_of(request, channel, trial=form, status=422)
    tried = trials.send(channel.row, form.chosen(), form.cleaned_data["to"], by=request.staff)
    context = {"channel": channel, "tried": tried, "to": form.cleaned_data["to"]}
    return render(request, "messaging/accounts/tried.html", context)


@require_POST
@access.staff_view("settings.write")
def link(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Let a text of ours go by a template at the provider."""
    channel = _speaking(uid)
    form = LinkForm(
        request.POST, found=list(sync.unlinked(channel.row)), texts=sync.linkable(channel.row)
    )
    if form.is_valid():
        found, text = form.pair()
        try:
            sync.link(found, text)
        except DoesNotFit:
            form.add_error(
                "found", pgettext("channels", "This template wants other values than the text.")
            )
        else:
            sync.ask(channel.row)
            messages.success(request, pgettext("channels", "The text goes by this template."))
            return redirect("channel", uid=uid)
    return page_of(request, channel, link=form, status=422)
