"""Care guides: what stands behind the link of a message, in the clinic's own words."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from clinics.public import access
from messaging import guides
from messaging.guide_forms import PictureForm, VideoForm, WordsForm

#: A picture never changes under its name.
_DAY = 24 * 3600


@access.staff_view("messages.write")
def show(request: access.StaffRequest, guide: str) -> HttpResponse:
    """One guide; POST writes its words."""
    if guide not in guides.PRODUCT:
        raise Http404
    if request.method != "POST":
        return _page(request, guide)
    form = WordsForm(request.POST, key=guide)
    if not form.is_valid():
        return _page(request, guide, words=form)
    guides.write(guide, **form.cleaned_data)
    messages.success(request, pgettext("guide", "Saved. Patients see it from now on."))
    return redirect("guide", guide=guide)


def _page(request: access.StaffRequest, key: str, **bad: forms.Form) -> HttpResponse:
    seen = guides.shown(key)
    if seen is None:
        raise Http404
    stands = {"body": "\n".join(str(line.words) for line in seen.lines), "danger": seen.danger}
    context = {
        "guide": seen,
        "words": WordsForm(initial=stands, key=key),
        "picture": PictureForm(),
        "video": VideoForm(),
        **bad,
    }
    return render(request, "messaging/guide.html", context, status=422 if bad else 200)


@require_POST
@access.staff_view("messages.write")
def add(request: access.StaffRequest, guide: str, what: str) -> HttpResponse:
    """A picture or a film more; or "product": the product's own words again."""
    if guide not in guides.PRODUCT or what not in ("picture", "video", "product"):
        raise Http404
    if what == "product":
        guides.write(guide, body="", danger="")
        messages.success(request, pgettext("guide", "The original advice is shown again."))
        return redirect("guide", guide=guide)
    form: forms.Form = (
        PictureForm(request.POST, request.FILES) if what == "picture" else VideoForm(request.POST)
    )
    if not form.is_valid():
        return _page(request, guide, **{what: form})
    said = form.cleaned_data
    try:
        if what == "picture":
            guides.add_picture(guide, picture=said["file"], words=said["words"])
        else:
            guides.add_video(guide, url=said["url"], words=said["words"])
    except guides.Full:
        form.add_error(
            None, pgettext("guide", "It is here already, or there are six. Take one away first.")
        )
        return _page(request, guide, **{what: form})
    messages.success(request, pgettext("guide", "Added. Patients see it from now on."))
    return redirect("guide", guide=guide)


@require_POST
@access.staff_view("messages.write")
def remove(request: access.StaffRequest, guide: str, item: uuid.UUID) -> HttpResponse:
    """Take a picture or a film away; pressed twice it is gone once."""
    if guide not in guides.PRODUCT:
        raise Http404
    guides.remove(guide, item)
    messages.success(request, pgettext("guide", "Taken away."))
    return redirect("guide", guide=guide)


@require_safe
def picture(request: HttpRequest, picture: uuid.UUID) -> HttpResponse:
    """A guide's picture, for the patient's phone: its name cannot be guessed."""
    try:
        data, media_type = guides.picture_file(picture)
    except ObjectDoesNotExist as error:
        raise Http404 from error
    answer = HttpResponse(data, content_type=media_type)
    answer["Cache-Control"] = f"private, max-age={_DAY}, immutable"
    answer["Content-Disposition"] = "inline"
    return answer
