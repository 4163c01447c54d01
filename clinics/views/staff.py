"""Who works here: the list, inviting, and the page behind an invitation's link."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics import access, clock, directory, history, invitations, letters, places
from clinics import staff as people
from clinics.forms import AcceptForm, InviteForm
from clinics.models import Invitation, Role, Staff


@access.staff_view("staff.manage")
def index(request: access.StaffRequest) -> HttpResponse:
    """Everybody who works here, and the invitations that wait."""
    context = {
        "people": people.everybody(),
        "waiting": invitations.waiting(),
        "now": clock.now(),
    }
    return render(request, "clinics/staff.html", context)


@access.staff_view("staff.manage")
def invite(request: access.StaffRequest) -> HttpResponse:
    """The form, and sending the letter. What was typed stays when it cannot be sent."""
    asked = request.method == "POST"
    form = InviteForm(
        request.POST if asked else None,
        roles=invitations.roles_for(request.staff),
        branches=access.branches(request.staff),
        initial={"role": Role.RECEPTION},
    )
    if asked and form.is_valid():
        said = form.cleaned_data
        try:
            made, token = invitations.invite(
                email=said["email"],
                full_name=said["full_name"],
                role=Role(said["role"]),
                branches=form.chosen(),
                by=request.staff,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _sent(request, made, token)
    return render(request, "clinics/invite.html", {"form": form}, status=422 if asked else 200)


@require_POST
@access.staff_view("staff.manage")
def invitation(request: access.StaffRequest, uid: uuid.UUID, deed: str) -> HttpResponse:
    """Send the letter again with a new link, or take the invitation back."""
    try:
        found = invitations.get(uid)
    except Invitation.DoesNotExist as error:
        raise Http404 from error
    if deed == "again" and found.role in invitations.roles_for(request.staff):
        return _sent(request, found, invitations.again(found))
    if deed != "withdraw":
        raise Http404
    invitations.withdraw(found)
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("staff")


@access.staff_view("trail.see")
def trail(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """What one person saw and changed on a day."""
    try:
        person = people.get(uid)
    except Staff.DoesNotExist as error:
        raise Http404 from error
    seen = history.of_staff(person, day=history.typed_day(request.GET.get("day", "")))
    return render(request, "clinics/staff_trail.html", {"person": person, "seen": seen})


def _sent(request: access.StaffRequest, made: Invitation, token: str) -> HttpResponse:
    clinic = places.profile().name
    link = f"{directory.address(request.get_host().partition(':')[0])}/invited/{token}/"
    context: dict[str, object] = {"invitation": made, "clinic": clinic, "link": link}
    if letters.send("invitation", to=made.email, context=context):
        messages.success(request, _("The letter is on its way to %(to)s.") % {"to": made.email})
    else:
        messages.error(request, _("The mail server did not take the letter. Send it again later."))
    return redirect("staff")


def invited(request: HttpRequest, token: str) -> HttpResponse:
    """She chooses the name she signs in by and her password; the link is the key."""
    try:
        found = invitations.open_by(token)
    except Invitation.DoesNotExist:
        return render(request, "clinics/invited_gone.html", status=404)
    asked = request.method == "POST"
    initial = {"username": found.email.partition("@")[0].replace(".", "-")[:40]}
    form = AcceptForm(request.POST if asked else None, initial=initial)
    if asked and form.is_valid():
        said = form.cleaned_data
        try:
            person = invitations.accept(token, username=said["username"], password=said["password"])
        except ValidationError as refusal:
            form.add_error(None, refusal)
        except Invitation.DoesNotExist:
            return render(request, "clinics/invited_gone.html", status=404)
        else:
            return render(request, "clinics/invited_done.html", {"person": person})
    context = {"form": form, "invitation": found}
    return render(request, "clinics/invited.html", context, status=422 if asked else 200)
