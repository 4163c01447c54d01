"""Every Vietnamese page speaks Vietnamese, in a clinic's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation

from clinics import clock as product_clock
from clinics import invitations
from clinics.public import Staff
from config.paths import ROOT
from config.translations import merge
from followup import gate
from followup.public import Contact, answers
from kpi import refresh
from messaging.public import links
from patients.public import appointments
from tests.followup.records import connect
from tests.way import words
from tests.way.walk import PAPERS, Place, addresses, furnish

VARIED = (
    "/today/?view=list", "/today/?state=booked", "/today/?date=2026-06-07", "/numbers/no_show/",
    "/numbers/revisit/?role=counted", "/numbers/revisit/?role=excluded",
    "/numbers/revisit/?role=immature&q=zz", "/numbers/revisit/?first=x&last=y", "/patients/?q=zz",
    "/search/?q=zz", "/search/?q=thu", "/appointments/new/find/?q=thu", "/tasks/?kind=danger",
    "/tasks/?q=zz", "/data/?q=zz", "/nothing-here/", "/accounts/logout/",
)  # fmt: skip


@pytest.fixture
def own(clinic: Any, clock: Any) -> Place:
    """A clinic in which an implant was signed and asked after, and nobody answered yet."""
    place = furnish("Quan3", "0903418276")
    connect()
    gate.decide_due()
    return place


@pytest.fixture
def untranslated(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every text that a page asks for and the Vietnamese catalogue does not have."""
    missing: set[str] = set()
    plain, many = DjangoTranslation.gettext, DjangoTranslation.ngettext

    def note(self: Any, message: str) -> None:
        if self.language() == "vi" and message:
            missing.add(message.replace("\x04", " | "))

    def gettext(self: Any, message: str) -> str:
        if self._catalog.get(message, None) is None:
            note(self, message)
        return str(plain(self, message))

    def ngettext(self: Any, one: str, more: str, n: int) -> str:
        said = str(many(self, one, more, n))
        if said in (one, more):
            note(self, one)
        return said

    monkeypatch.setattr(DjangoTranslation, "gettext", gettext)
    monkeypatch.setattr(DjangoTranslation, "ngettext", ngettext)
    with translation.override("vi"):
        translation.gettext("Nobody translated this")
    missing.remove("Nobody translated this")  # so it is heard
    return missing


def pages(client_for: Callable[..., Client], own: Place) -> Iterator[tuple[str, str]]:
    """Every page that this small clinic has, as those who open it see it."""
    for role in ("owner", "reception", "dentist"):
        client = client_for(role, branches=[own.branch])
        Staff.objects.filter(user__username__startswith=role).update(full_name="Lê Ngọc Diễm")
        known = [each.filled(own.values) for each in addresses() if each.name not in PAPERS]
        for path in [*known, *VARIED]:
            answer = client.get(path)
            yield f"{role} {path}", html_of(answer)
            if answer.status_code == 200 and "/accounts/" not in path:
                yield f"{role} POST {path}", html_of(client.post(path))
    nobody = client_for(None)
    yield "sign-in", html_of(nobody.get("/accounts/login/"))
    yield "sign-in refused", html_of(nobody.post("/accounts/login/", {"login": "x"}))
    for path in ("", "done/", "key/1-nothing/", "key/done/"):
        yield f"reset {path}", html_of(nobody.get(f"/accounts/password/reset/{path}"))
    invited = f"/invited/{invitations.again(own.invited)}/"
    yield "invited", html_of(nobody.get(invited))
    yield "invited, nothing typed", html_of(nobody.post(invited))
    said = {"username": "thu-lan", "password": "nu-cuoi-cua-ban", "again": "nu-cuoi-cua-ban"}
    yield "invited, done", html_of(nobody.post(invited, said))
    yield from phone_pages(nobody)


def phone_pages(phone: Client) -> Iterator[tuple[str, str]]:
    """The patient's pages of every message, before and after she answers."""
    for contact in list(Contact.objects.exclude(kind__in=["call", "clinician"])):
        at = links.url_for(contact.uid, patient_id=contact.patient_id).split("localhost", 1)[1]
        at = at[at.index("/") :]
        for path in (at, at + "move/", at + "cancel/", at + "nothing/"):
            yield f"{contact.kind} {path}", html_of(phone.get(path))
        for deed in ("answer", "wish", "cancel", "move"):
            yield f"{contact.kind} {deed}", html_of(phone.post(f"{at}{deed}/", {}))
        phone.post(at + "wish/", {"wish": "sáng thứ Ba"})
        phone.post(at + "confirm/")
        yield f"{contact.kind} confirmed", html_of(phone.get(at))
        phone.post(at + "move/", {"wish": "sáng thứ Ba"})
        yield f"{contact.kind} asked to move", html_of(phone.get(at))
        for choice in answers.choices(contact) if contact.kind == "ask" else ():
            phone.post(at + "answer/", {"choice": choice, "signs": "fever"})
            yield f"{contact.kind} {choice}", html_of(phone.get(at))
        phone.post(at + "cancel/", {"words": "bận việc"})
        yield f"{contact.kind} cancelled", html_of(phone.get(at))


def html_of(answer: Any) -> str:
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.content.decode() if is_page else ""


@pytest.mark.slow
@pytest.mark.django_db
def test_every_page_is_vietnamese_in_a_clinics_words(
    client_for: Callable[..., Client], own: Place, clock: Any, untranslated: set[str]
) -> None:
    appointments.book(
        patient=own.patient, branch=own.branch, start=product_clock.parse("2026-06-06T10:00")
    )
    clock.set("2026-06-04T10:00")
    gate.decide_due()
    refresh.refresh_due()
    bad: set[str] = set()
    read = 0
    for name, html in pages(client_for, own):
        read += bool(html)
        for piece in words.said_on(html):
            for match in (*words.FORBIDDEN.finditer(piece), *words.ENGLISH.finditer(piece)):
                bad.add(
                    f"“{match.group()}” in “{piece[:120]}” ({re.sub('[0-9a-f-]{36}', '…', name)})"
                )
    assert read > 100
    assert not bad, "\n".join(sorted(bad))
    assert not untranslated, "\n".join(sorted(untranslated))


def test_everything_that_is_marked_for_translation_is_translated() -> None:
    catalogue = merge(sorted((ROOT / "locale" / "vi").rglob("*.po")))
    ours = {(entry.msgctxt or "", entry.msgid) for entry in catalogue}
    asked = [*words.of_templates(), *words.of_code()]
    assert len(asked) > 500
    with translation.override("vi"):
        missing = {
            f"{path.relative_to(ROOT)}: {context} | {text}" if context else
            f"{path.relative_to(ROOT)}: {text}"
            for path, (context, text) in asked
            if (context, text) not in ours
            and (context or translation.gettext(text) == text)
        }  # fmt: skip
    assert not missing, "\n".join(sorted(missing))


def test_no_translation_says_a_forbidden_word() -> None:
    catalogue = merge(sorted((ROOT / "locale" / "vi").rglob("*.po")))
    bad = []
    for entry in catalogue:
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            plain = re.sub(r"%\(\w+\)[sd]|\{\w+\}|%%", "", text)
            if match := words.FORBIDDEN.search(plain):
                bad.append(f"“{match.group()}” in “{text}”")
    assert not bad, "\n".join(bad)
