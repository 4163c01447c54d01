"""The inbox's pictures and files, and what an SMS that is being typed will be."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from clinics.public import access
from messaging import attachments, conversation, files, segments, texts
from messaging.models import Talk
from messaging.windows import Window, window
from patients.public import NotPossible


def sizes(way: Window) -> dict[str, object]:
    """How large a picture or file may be, for the form; nothing where only words go."""
    limits = way.limits
    return {
        "limits": limits,
        "accept": attachments.ACCEPT,
        "most_image": attachments.size_word(limits.image) if limits else "",
        "most_file": attachments.size_word(limits.file) if limits else "",
    }


def picked(request: access.StaffRequest, found: Talk) -> attachments.Attached | None:
    """The picture or file she chose, looked at. Raises NotPossible, saying what does not fit."""
    chosen = request.FILES.get("file")
    if chosen is None:
        return None
    limits = window(found).limits
    if limits is None:
        raise NotPossible(gettext("A picture or file goes only by Zalo, while it is open."))
    if (chosen.size or 0) > max(limits.image, limits.file):
        raise _too_large(max(limits.image, limits.file))
    if not chosen.size:
        raise NotPossible(gettext("This file is empty. Choose another one."))
    try:
        return attachments.read(chosen.name or "", chosen.read(), limits)
    except attachments.TooLarge as error:
        raise _too_large(error.most) from error
    except attachments.NotTaken as error:
        raise NotPossible(
            gettext("Only JPG, PNG, PDF and Word files can be sent. This one is none, or broken.")
        ) from error


def _too_large(most: int) -> NotPossible:
    said = {"most": attachments.size_word(most)}
    return NotPossible(gettext("This is larger than Zalo takes: at most %(most)s.") % said)


@require_safe
@access.staff_view("inbox.see")
def show(request: access.StaffRequest, uid: uuid.UUID, file: uuid.UUID) -> HttpResponse:
    """A picture or file of a conversation she may see. Nothing keeps it; nothing in it runs."""
    try:
        found = conversation.get(uid, branches=access.branches(request.staff))
    except Talk.DoesNotExist as error:
        raise Http404 from error
    kept = files.opened(found, file)
    if kept is None:
        raise Http404
    is_picture = kept.kind == attachments.IMAGE
    answer = HttpResponse(kept.data, content_type=kept.media_type)
    answer["Content-Disposition"] = (
        content_disposition_header(as_attachment=not is_picture, filename=kept.name) or "attachment"
    )
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_POST
@access.staff_view("inbox.answer")
def count(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """How many parts the SMS that stands in the field has, and what they cost; nothing is sent."""
    try:
        found = conversation.get(uid, branches=access.branches(request.staff))
    except Talk.DoesNotExist as error:
        raise Http404 from error
    way = window(found)
    text = request.POST.get("text", "").strip()
    if not request.POST.get("accents"):
        text = texts.without_accents(text)
    said = {"counted": segments.count(text), "price": way.price(text)}
    return render(request, "messaging/_count.html", said)
