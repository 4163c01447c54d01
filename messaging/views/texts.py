"""The texts of messages: the list, one text while it is written, and its way to the provider."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST

from clinics.public import access, audit
from messaging import accounts, editing, guides, linking, own_texts, samples, spending, templates
from messaging.editing import Words
from messaging.forms import NewForm, RefusedForm, SubmitForm, TextForm, called
from messaging.link_forms import BlanksForm, PickForm
from messaging.models import MessageClass, Template
from messaging.models.templates import IN_WORK
from messaging.placeholders import of_purpose
from messaging.templates import NotPossible
from patients.public import Patient, people


@access.staff_view("messages.see")
def index(request: access.StaffRequest) -> HttpResponse:
    """Every text by what it is for."""
    context = {
        "groups": editing.listing(),
        "may_add": bool(accounts.sending()),
        "lacks": own_texts.lacking() if access.may(request.staff, "messages.write") else [],
        "guides": guides.every() if access.may(request.staff, "messages.write") else [],
        "sets": access.may(request.staff, "settings.write"),
    }
    return render(request, "messaging/index.html", context)


@require_POST
@access.staff_view("messages.write")
def begin_own(request: access.StaffRequest) -> HttpResponse:
    """Begin the product's own texts that an account lacks, as drafts."""
    lacks = {(str(one.account.uid), one.language.value): one for one in own_texts.lacking()}
    lack = lacks.get((request.POST.get("account", ""), request.POST.get("language", "")))
    if lack is not None:  # else somebody was faster
        n = own_texts.begin(lack.account, lack.language)
        said = ngettext(
            "%(n)s draft stands below. Read it, then hand it in.",
            "%(n)s drafts stand below. Read them, then hand them in.",
            n,
        )
        messages.success(request, said % {"n": n})
    return redirect("messages")


def _text(uid: uuid.UUID) -> Template:
    try:
        return templates.get(uid)
    except ObjectDoesNotExist as error:
        raise Http404 from error


def _may_write(request: access.StaffRequest, template: Template) -> bool:
    ads = template.message_class == MessageClass.ADS
    return access.may(request.staff, "messages.ads" if ads else "messages.write")


@access.staff_view("messages.see")
def show(request: access.StaffRequest, text: uuid.UUID) -> HttpResponse:
    """One text; POST writes it, and its page is the draft's from then on."""
    template = _text(text)
    if request.method != "POST":
        return _page(request, template)
    if not _may_write(request, template):
        raise PermissionDenied
    form = TextForm(request.POST, channel=template.channel)
    if not form.is_valid():
        return _page(request, template, form=form)
    words = form.words(template)
    saved = templates.write(
        template,
        title=words.title if "title" in form.fields else template.title,
        body=words.body,
        button=words.button,
        keep_accents=words.keep_accents,
        price_phone=words.price_phone,
    )
    said = pgettext("message text", "Saved.")
    if saved.pk != template.pk:
        said = pgettext(
            "message text", "Saved as a draft. What is in use goes on until this one is approved."
        )
    messages.success(request, said)
    return redirect("message_text", text=saved.uid)


def _page(
    request: access.StaffRequest,
    template: Template,
    *,
    form: TextForm | None = None,
    submit: SubmitForm | None = None,
    refused: RefusedForm | None = None,
    blanks: BlanksForm | None = None,
) -> HttpResponse:
    bad = any(one is not None for one in (form, submit, refused, blanks))
    patient = _chosen(request)
    words = form.words(template) if form is not None and form.is_bound else Words.of(template)
    beside = templates.beside(template)
    context = {
        "text": template,
        "name": called(template),
        "form": form or TextForm.of(template),
        "submit": submit
        or SubmitForm(channel=template.channel, initial={"provider_id": template.provider_id}),
        "refused": refused or RefusedForm(),
        "may_write": _may_write(request, template),
        "blanks": of_purpose(template.purpose),
        "in_use": next((one for one in beside if one.status == "approved"), None),
        "in_work": next((one for one in beside if one.status in IN_WORK), None),
        **_checked(template, words, patient),
        **_linked(request, template, blanks),
    }
    return render(request, "messaging/text.html", context, status=422 if bad else 200)


def _linked(
    request: access.StaffRequest, template: Template, blanks: BlanksForm | None
) -> dict[str, object]:
    """The templates at the provider to choose from, and the blanks of the one chosen (?found=)."""
    if template.channel != "zalo" or template.status not in ("draft", "rejected"):
        return {}
    found = linking.found(template)
    if not found:
        return {}
    asked = request.POST.get("found") or request.GET.get("found")
    pick = PickForm({"found": asked} if asked else None, found=found)
    if asked and not pick.is_valid():
        raise Http404
    if asked and blanks is None:
        blanks = BlanksForm(text=template, found=pick.chosen())
    return {"pick": pick, "chosen": pick.chosen() if asked else None, "link_blanks": blanks}


def _checked(template: Template, words: Words, patient: Patient | None) -> dict[str, object]:
    checked = editing.check(template, words, samples.values_for(patient, template.language))
    return {
        "text": template,
        "checked": checked,
        "patient": patient,
        "price": words.price_phone,
        "channel_name": spending.channel_name(template.channel),
    }


def _chosen(request: access.StaffRequest) -> Patient | None:
    """The patient as whom the text is read; only one whom she may see."""
    asked = request.POST.get("patient") or request.GET.get("patient", "")
    if not asked:
        return None
    try:
        found = people.get(uuid.UUID(asked), branches=access.branches(request.staff))
    except (ValueError, ObjectDoesNotExist) as error:
        raise Http404 from error
    if request.session.get("read_as") != asked:  # once, not with every letter that is typed
        request.session["read_as"] = asked
        audit.saw(what="search", actor=request.staff, subjects=[str(found.uid)])
    return found


@require_POST
@access.staff_view("messages.see")
def check(request: access.StaffRequest, text: uuid.UUID) -> HttpResponse:
    """What stands beside a text while it is typed; nothing is written."""
    template = _text(text)
    form = TextForm(request.POST, channel=template.channel)
    form.is_valid()
    context = _checked(template, form.words(template), _chosen(request))
    return render(request, "messaging/_checked.html", context)


@access.staff_view("messages.see")
def who(request: access.StaffRequest, text: uuid.UUID) -> HttpResponse:
    """Patients to read the text as: ?q=."""
    template = _text(text)
    query = request.GET.get("q", "").strip()
    hits = people.find(query, branches=access.branches(request.staff)) if query else []
    audit.saw(what="search", actor=request.staff, subjects=[hit.uid for hit in hits])
    context = {"text": template, "hits": hits, "query": query}
    return render(request, "messaging/_who.html", context)


@access.staff_view("messages.see")
def new(request: access.StaffRequest) -> HttpResponse:
    """A text of one's own: an opinion asked for, a birthday, an answer, a campaign."""
    care = access.may(request.staff, "messages.write")
    ads = access.may(request.staff, "messages.ads")
    asked = request.method == "POST"
    form = NewForm(request.POST if asked else None, accounts=accounts.sending(), care=care, ads=ads)
    if asked and form.is_valid():
        try:
            begun = templates.begin(**form.made())
        except NotPossible:
            form.add_error("name", pgettext("message text", "There is a text of this name."))
        else:
            return redirect("message_text", text=begun.uid)
    return render(request, "messaging/new.html", {"form": form}, status=422 if asked else 200)


# its way to the provider


@require_POST
@access.staff_view("messages.see")
def step(request: access.StaffRequest, text: uuid.UUID, deed: str) -> HttpResponse:
    """One step of a text's way: submit, link, approve, refuse, drop."""
    template, do = _text(text), _STEPS.get(deed)
    if do is None:
        raise Http404
    if not _may_write(request, template):
        raise PermissionDenied
    try:
        refused = do(request, template)
    except NotPossible:
        messages.error(
            request, pgettext("message text", "This was done already. Here is how it stands now.")
        )
        return redirect("message_text", text=text)
    if refused is not None:
        return refused
    gone = deed == "drop"
    return _to(request, reverse("messages") if gone else reverse("message_text", args=[text]))


def _to(request: access.StaffRequest, address: str) -> HttpResponse:
    """To a page that is read anew, also when a part of one asked."""
    if request.htmx:  # type: ignore[attr-defined]
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = address
        return answer
    return redirect(address)


def _submit(request: access.StaffRequest, template: Template) -> HttpResponse | None:
    form = SubmitForm(request.POST, channel=template.channel)
    if not form.is_valid():
        return _page(request, template, submit=form)
    if not editing.is_clean(template):
        return _unclean(request, template)
    templates.submit(template, provider_id=form.cleaned_data.get("provider_id", ""))
    messages.success(request, pgettext("message text", "Noted: it waits for approval."))
    return None


def _link(request: access.StaffRequest, template: Template) -> HttpResponse | None:
    """Let it go by the template that was chosen, as its blanks were filled."""
    pick = PickForm(request.POST, found=linking.found(template))
    if not pick.is_valid():
        raise NotPossible("no such template")
    blanks = BlanksForm(request.POST, text=template, found=pick.chosen())
    if not blanks.is_valid():
        return _page(request, template, blanks=blanks)
    if not editing.is_clean(template):
        return _unclean(request, template)
    try:
        linking.link(template, pick.chosen(), blanks.pairs())
    except linking.DoesNotFit as refusal:
        blanks.wrong(refusal)
        return _page(request, template, blanks=blanks)
    messages.success(request, pgettext("message text", "The text goes by this template at Zalo."))
    return None


def _approve(request: access.StaffRequest, template: Template) -> HttpResponse | None:
    if not editing.is_clean(template):
        return _unclean(request, template)
    templates.approve(template)
    messages.success(
        request, pgettext("message text", "From now on “%s” is sent like this.") % called(template)
    )
    return None


def _refuse(request: access.StaffRequest, template: Template) -> HttpResponse | None:
    form = RefusedForm(request.POST)
    if not form.is_valid():
        return _page(request, template, refused=form)
    templates.reject(template, form.cleaned_data["reason"])
    messages.success(
        request, pgettext("message text", "Noted. Mend the text and hand it in once more.")
    )
    return None


def _drop(request: access.StaffRequest, template: Template) -> HttpResponse | None:
    templates.drop(template)
    messages.success(request, pgettext("message text", "The draft was thrown away."))
    return None


def _unclean(request: access.StaffRequest, template: Template) -> HttpResponse:
    messages.error(
        request, pgettext("message text", "Something must be mended first; it is listed below.")
    )
    return redirect("message_text", text=template.uid)


_STEPS: dict[str, Callable[[access.StaffRequest, Template], HttpResponse | None]] = {
    "submit": _submit,
    "link": _link,
    "approve": _approve,
    "refuse": _refuse,
    "drop": _drop,
}
