"""The inbox: the list, one conversation, and what people of the clinic do with it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from clinics.public import Branch, access, audit, frame, places
from messaging import conversation, followers, inbox, quick, replies, talks
from messaging.models import Talk
from messaging.views.inbox_files import picked, sizes
from patients.public import BasisKind, NotPossible, Patient, Source, people

Deed = Callable[[access.StaffRequest, Talk], str]


def _branches(request: access.StaffRequest) -> list[Branch]:
    """The branch she looks at, else all that she may see."""
    chosen = frame.chosen_branch(request)
    return [chosen] if chosen else list(access.branches(request.staff))


def get(request: access.StaffRequest, uid: uuid.UUID) -> Talk:
    """A conversation she may see; any other is not there."""
    try:
        return conversation.get(uid, branches=access.branches(request.staff))
    except Talk.DoesNotExist as error:
        raise Http404 from error


def _asked(request: access.StaffRequest) -> tuple[str, str, int]:
    tab = request.GET.get("tab", "")
    number = request.GET.get("page", "")
    known = tab if tab in inbox.TABS else inbox.TABS[0]
    return known, request.GET.get("q", "").strip(), int(number) if number.isdigit() else 1


def _list(request: access.StaffRequest, uid: str = "") -> dict[str, object]:
    tab, query, number = _asked(request)
    branches = _branches(request)
    listing = inbox.listing(request.staff, branches, tab=tab, query=query, number=number)
    here = {key: value for key, value in (("tab", tab), ("q", query)) if value}
    if tab == inbox.TABS[0]:
        here.pop("tab")
    return {
        "listing": listing,
        "tab": tab,
        "query": query,
        "here": urlencode(here),
        "chosen": uid,
        "tabs": [(key, _TAB_WORDS[key](), listing.counts[key]) for key in inbox.TABS],
    }


_TAB_WORDS: dict[str, Callable[[], str]] = {
    "needs": lambda: gettext("To answer"),
    "mine": lambda: gettext("Mine"),
    "unread": lambda: gettext("Unread"),
    "failed": lambda: gettext("Not arrived"),
    "all": lambda: gettext("All of them"),
}


@access.staff_view("inbox.see")
def index(request: access.StaffRequest) -> HttpResponse:
    """The list; on a wide screen a conversation opens beside it."""
    return render(
        request,
        "messaging/inbox.html",
        _list(request)
        | {
            "pace": inbox.pace(_branches(request)),
            "may_settings": access.may(request.staff, "settings.write"),
        },
    )


@access.staff_view("inbox.see")
def rows(request: access.StaffRequest) -> HttpResponse:
    """The list alone, for who looks at it already: 204 while it is what she has."""
    if request.GET.get("v") and request.GET["v"] == inbox.version(_branches(request)):
        return HttpResponse(status=204)
    return render(request, "messaging/_rows.html", _list(request, request.GET.get("talk", "")))


def _conversation(request: access.StaffRequest, talk: Talk) -> dict[str, object]:
    seen = conversation.read(talk)
    branch = talks.branch_of(talk)
    said = quick.values(talk.patient, branch)
    return {
        "seen": seen,
        **sizes(seen.window),
        "quick": quick.filled(quick.listed(), said),
        "fresh_uid": uuid.uuid4(),
        "may_answer": access.may(request.staff, "inbox.answer"),
        "may_write": access.may(request.staff, "patients.write"),
        "may_call": access.may(request.staff, "tasks.do"),
        "mine": talk.assigned_to_id == request.staff.pk,
    }


@access.staff_view("inbox.see")
def talk(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """One conversation with the list beside it."""
    found = get(request, uid)
    if found.patient is not None:
        audit.saw(what="patient", actor=request.staff, subjects=[found.patient.uid])
    return render(
        request,
        "messaging/inbox.html",
        _list(request, str(uid)) | _conversation(request, found),
    )


@access.staff_view("inbox.see")
def lines(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """What was said, for who looks at it already: 204 while it is what she has."""
    found = get(request, uid)
    if request.GET.get("v") == conversation.version_of(found):
        return HttpResponse(status=204)
    return render(request, "messaging/_lines.html", _conversation(request, found))


@access.staff_view("inbox.see")
def who(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """Patients she may be, while a name or number is typed."""
    found = get(request, uid)
    query = request.GET.get("who", "").strip()
    hits = people.find(query, branches=access.branches(request.staff)) if query else []
    context = {"hits": hits, "query": query, "talk": found}
    part = "messaging/_found.html"
    page = "messaging/who.html"
    return render(request, part if request.headers.get("HX-Request") else page, context)


@require_POST
@access.staff_view("patients.write")
def join(request: access.StaffRequest, uid: uuid.UUID) -> HttpResponse:
    """An unknown sender is this patient, or somebody new: one press."""
    found = get(request, uid)
    if found.patient is not None or found.account is None:
        return _told(request, gettext("She is known already."), back=_address(found), bad=True)
    try:
        patient = _whom(request, found)
    except NotPossible as refusal:
        return _told(request, str(refusal.message), back=_address(found), bad=True)
    except ValidationError as error:
        return _told(request, " ".join(error.messages), back=_address(found), bad=True)
    if found.account.kind == "zalo":
        followers.join(followers.person(found.account, found.sender), patient, by=request.staff)
    else:
        people.add_phone(patient=patient, phone=found.sender)
        talks.give_to(patient, account=found.account, sender=found.sender)
    joined = talks.of_patient(patient)
    text = gettext("From now on this is the conversation of %(called)s.")
    return _told(request, text % {"called": people.called(patient)}, back=_address(joined), go=True)


def _whom(request: access.StaffRequest, found: Talk) -> Patient:
    chosen = request.POST.get("patient", "")
    if chosen:
        try:
            return people.get(uuid.UUID(chosen), branches=access.branches(request.staff))
        except (ValueError, Patient.DoesNotExist) as error:
            raise Http404 from error
    told = followers.get(found.account_id, found.sender)
    name = request.POST.get("full_name", "").strip() or (told.name if told else "")
    phone = told.phone if told else ""
    branch = frame.chosen_branch(request) or talks.branch_of(found)
    if branch is None:
        raise NotPossible(gettext("Choose a branch first."))
    return people.register(
        branch=branch,
        full_name=name,
        phone=phone or (found.sender if found.sender.startswith("+") else ""),
        source=Source.ZALO if found.account and found.account.kind == "zalo" else "",
        basis=BasisKind.CARE_RELATION,
        text_version=places.profile().care_basis_text,
        by=request.staff,
    )


# deeds of one press


@require_POST
@access.staff_view("inbox.answer")
def act(request: access.StaffRequest, uid: uuid.UUID, deed: str) -> HttpResponse:
    """Answer, note, take it on, put it away …: docs/inbox.md."""
    found = get(request, uid)
    do = _DEEDS.get(deed)
    if do is None:
        raise Http404
    try:
        said = do(request, found)
    except NotPossible as refusal:
        if deed in _TYPED:
            return _not_said(request, found, str(refusal.message))
        return _told(request, str(refusal.message), back=_address(found), bad=True)
    return _told(request, said, back=_address(found))


#: What was typed stays in its field when it cannot be done.
_TYPED = ("answer", "note")


def _not_said(request: access.StaffRequest, found: Talk, why: str) -> HttpResponse:
    """The page as it was, with what she typed and why it did not go."""
    context = _list(request, str(found.uid)) | _conversation(request, found)
    typed = {"why_not": why, "typed": request.POST.get("text", "")}
    return render(request, "messaging/inbox.html", context | typed, status=422)


def _uid(request: access.StaffRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("uid", ""))
    except ValueError as error:
        raise NotPossible(gettext("Open the conversation anew and try again.")) from error


def _answer(request: access.StaffRequest, found: Talk) -> str:
    replies.write(
        found,
        request.POST.get("text", ""),
        by=request.staff,
        uid=_uid(request),
        attached=picked(request, found),
        accents=bool(request.POST.get("accents")),
    )
    return ""


def _note(request: access.StaffRequest, found: Talk) -> str:
    text = request.POST.get("text", "").strip()
    if not text:
        raise NotPossible(gettext("Write something first."))
    talks.note(found, text[:2_000], by=request.staff, uid=_uid(request))
    return ""


def _ask(request: access.StaffRequest, found: Talk) -> str:
    replies.ask_number(found, by=request.staff, uid=_uid(request))
    return gettext("She is asked for her name and number.")


def _again(request: access.StaffRequest, found: Talk) -> str:
    line = replies.line_of(found, _uid(request))
    if line is None:
        raise Http404
    replies.again(line)
    return gettext("It is sent once more.")


def _mine(request: access.StaffRequest, found: Talk) -> str:
    talks.assign(found, to=request.staff)
    return gettext("You answer this one.")


def _release(_request: access.StaffRequest, found: Talk) -> str:
    talks.assign(found, to=None)
    return gettext("Anybody may answer this one.")


def _read(_request: access.StaffRequest, found: Talk) -> str:
    talks.read(found)
    return ""


def _unread(_request: access.StaffRequest, found: Talk) -> str:
    talks.unread(found)
    return gettext("Marked as unread.")


def _settle(_request: access.StaffRequest, found: Talk) -> str:
    talks.settle(found)
    return gettext("Put away. It comes back when she writes again.")


_DEEDS: dict[str, Deed] = {
    "answer": _answer,
    "note": _note,
    "ask": _ask,
    "again": _again,
    "mine": _mine,
    "release": _release,
    "read": _read,
    "unread": _unread,
    "settle": _settle,
}


def _address(found: Talk) -> str:
    return f"/inbox/{found.uid}/"


def _told(
    request: access.StaffRequest, text: str, *, back: str, bad: bool = False, go: bool = False
) -> HttpResponse:
    """It was done (or not, and why); the page reads its parts anew."""
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=422 if bad else 204)
        if go:
            answer["HX-Redirect"] = back
        if bad:
            answer["HX-Reswap"] = "none"
        news: dict[str, object] = {"inbox-changed": {"target": "body"}}
        if text:
            news["toast"] = {"text": text, "kind": "bad" if bad else "", "target": "body"}
        answer["HX-Trigger"] = json.dumps(news)
        if go and text:
            messages.success(request, text)
        return answer
    if text:
        (messages.error if bad else messages.success)(request, text)
    return redirect(back)
