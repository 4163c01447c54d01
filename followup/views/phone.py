"""The page behind the link of a message: a patient answers without signing in.

A token opens one message's page of one patient in its own clinic; everything else is 404. Pages
work without JavaScript; a button pressed twice does one thing.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from clinics.public import access, places
from followup import answers, hints, phonepage
from followup.forms import AnswerForm, CancelForm, WishForm
from messaging.public import Visitor, followers, speaking, visitors
from patients.public import NotPossible

Deed = Callable[[HttpRequest, phonepage.Seen, str], HttpResponse]
_TEMPLATES = {
    "slot": "phone/slot.html",
    "question": "phone/question.html",
    "invite": "phone/invite.html",
    "hint": "phone/hint.html",
}


@never_cache
@require_safe
@speaking.speaks_hers
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The page as it stands now; `?again=1` asks once more."""
    seen = phonepage.open_link(token)
    if seen is None:
        return _gone(request)
    phonepage.note(seen, by=_visitor(request))
    return _page(request, seen, token)


def _visitor(request: HttpRequest) -> Visitor:
    """A patient never signs in: a signed-in browser is a colleague's."""
    member = access.staff_of(request.user) is not None
    return visitors.kind_of(request.method or "", request.headers, staff=member)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@speaking.speaks_hers
def act(request: HttpRequest, token: str, deed: str) -> HttpResponse:
    """What she does on it. Asked for by address it shows the form of that deed."""
    seen = phonepage.open_link(token)
    do = _DEEDS.get((seen.page, deed)) if seen else None
    if seen is None or do is None:
        return _gone(request)
    if request.method == "POST":
        phonepage.note(seen, by=_visitor(request), clicked=True)
    try:
        return do(request, seen, token)
    except NotPossible as refusal:
        fresh = phonepage.open_link(token) or seen
        return _page(request, fresh, token, status=422, refused=str(refusal.message))


def _page(
    request: HttpRequest,
    seen: phonepage.Seen,
    token: str,
    *,
    template: str = "",
    status: int = 200,
    **more: object,
) -> HttpResponse:
    context = {
        "seen": seen,
        "token": token,
        "clinic": seen.clinic,
        "branch": seen.branch,
        "hotline": seen.hotline,
        "again": request.GET.get("again") == "1",
        "tier": phonepage.alert_tier(seen),
        "zalo": followers.offer(phonepage.reader(seen)),
        **more,
    }
    return render(request, template or _TEMPLATES[seen.page], context, status=status)


def _gone(request: HttpRequest) -> HttpResponse:
    """Not ours, altered, or too old: how to reach the clinic instead."""
    profile = places.profile()
    context = {"clinic": profile.name, "branch": "", "hotline": profile.hotline}
    return render(request, "phone/gone.html", context, status=404)


def _back(token: str, *, to: str = "") -> HttpResponse:
    """Her page again, at the part `to`."""
    return redirect(reverse("phone", args=[token]) + (f"#{to}" if to else ""))


def _confirm(request: HttpRequest, seen: phonepage.Seen, token: str) -> HttpResponse:
    if request.method == "POST":
        answers.confirm(seen.contact)
    return _back(token)


def _move(request: HttpRequest, seen: phonepage.Seen, token: str) -> HttpResponse:
    form = WishForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        slot = request.POST.get("slot", "")
        answers.ask_move(seen.contact, slot=slot, wish=form.cleaned_data["wish"])
        return _back(token)
    return _form(request, seen, token, "phone/move.html", form)


def _cancel(request: HttpRequest, seen: phonepage.Seen, token: str) -> HttpResponse:
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        slot = request.POST.get("slot", "")
        answers.cancel(seen.contact, slot=slot, reason=form.text())
        return _back(token)
    return _form(request, seen, token, "phone/cancel.html", form)


def _form(
    request: HttpRequest,
    seen: phonepage.Seen,
    token: str,
    template: str,
    form: WishForm | CancelForm,
) -> HttpResponse:
    wanted = request.POST.get("slot") or request.GET.get("slot", "")
    slot = next((each for each in seen.slots if each.uid == wanted), None)
    return _page(
        request,
        seen,
        token,
        template=template,
        status=422 if form.is_bound else 200,
        form=form,
        slot=slot or next(iter(seen.slots), None),
    )


def _answer(request: HttpRequest, seen: phonepage.Seen, token: str) -> HttpResponse:
    if request.method != "POST":
        return _back(token)
    form = AnswerForm(
        request.POST,
        signs=[sign.key for sign in seen.signs],
        choices=[choice.value for choice in seen.choices],
        scale=bool(seen.scale),
    )
    if not form.is_valid():
        return _page(request, seen, token, status=422, form=form, again=True)
    said = form.cleaned_data
    answers.answer(
        contact=seen.contact,
        choice=said["choice"],
        signs=said["signs"],
        note=said["note"],
        pain=said["pain"] if seen.scale else None,
    )
    return _back(token)


def _wish(request: HttpRequest, seen: phonepage.Seen, token: str) -> HttpResponse:
    form = WishForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        answers.wish_to_come(seen.contact, wish=form.cleaned_data["wish"])
        return _back(token)
    if request.method != "POST":
        return _back(token)
    return _page(request, seen, token, status=422, form=form, again=True)


def _stop(request: HttpRequest, seen: phonepage.Seen, token: str) -> HttpResponse:
    if request.method == "POST":
        hints.stop(seen.contact)
    return _back(token)


def _zalo(request: HttpRequest, seen: phonepage.Seen, token: str) -> HttpResponse:
    """She asks for the four digits by which she is known on Zalo."""
    if request.method == "POST":
        followers.make_code(phonepage.reader(seen))
    return _back(token, to="zalo")


_DEEDS: dict[tuple[str, str], Deed] = {
    ("slot", "confirm"): _confirm,
    ("slot", "move"): _move,
    ("slot", "cancel"): _cancel,
    ("question", "answer"): _answer,
    ("invite", "wish"): _wish,
    ("hint", "stop"): _stop,
    **{(page, "zalo"): _zalo for page in _TEMPLATES},
}
