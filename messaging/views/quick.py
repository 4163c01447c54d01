"""Settings: the sentences the desk often writes."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.http import require_POST

from clinics.public import access
from messaging import placeholders, quick


class ReplyForm(forms.Form):
    """A sentence and what it is called in the list."""

    title = forms.CharField(label=pgettext_lazy("quick reply", "Its name"), max_length=40)
    body = forms.CharField(
        label=pgettext_lazy("quick reply", "What is written"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        quick.check(placeholders.from_typed(body))
        return body


@access.staff_view("settings.write")
def index(request: access.StaffRequest) -> HttpResponse:
    """All of them."""
    return render(
        request,
        "messaging/quick.html",
        {"replies": [(each, quick.typed(each)) for each in quick.listed()]},
    )


@access.staff_view("settings.write")
def edit(request: access.StaffRequest, reply: uuid.UUID | None = None) -> HttpResponse:
    """One of them, or one more."""
    known = quick.get(reply) if reply else None
    if reply is not None and known is None:
        raise Http404
    asked = request.method == "POST"
    initial = {"title": known.title, "body": quick.typed(known)} if known else {}
    form = ReplyForm(request.POST if asked else None, initial=initial)
    if asked and form.is_valid():
        try:
            saved = quick.save(known, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, gettext("“%s” is ready to use.") % saved.title)
            return redirect("quick_replies")
    context = {"form": form, "known": known, "blanks": quick.blanks()}
    return render(request, "messaging/quick_edit.html", context, status=422 if asked else 200)


@require_POST
@access.staff_view("settings.write")
def delete(request: access.StaffRequest, reply: uuid.UUID) -> HttpResponse:
    """Take one away; what was written with it stays."""
    known = quick.get(reply)
    if known is not None:
        quick.delete(known)
        messages.success(request, gettext("“%s” is taken away.") % known.title)
    return redirect("quick_replies")
