"""Two patients, two languages: texts, values, pages, fallbacks, and who reads for a minor."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from clinics import clock as product_clock
from followup import gate, timeline, tongues
from followup.models import Contact
from messaging import fallbacks, purposes, registering
from messaging.models import Language, MessageState, ProviderAccount, Template
from messaging.public import Message, links
from messaging.wordings import WORDINGS
from messaging.wordings_english import ENGLISH
from patients.public import Patient, Relation, appointments, families
from tests.followup.records import House, house, patient

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture
def at(clock: Any) -> House:
    """The product's own texts: Vietnamese on both channels, English on Zalo only."""
    made = house()
    Template.objects.all().delete()
    zalo, esms = (ProviderAccount.objects.get(kind=kind) for kind in ("zalo", "esms"))
    for key in ("booking_confirmation", "reminder"):
        text(zalo, "zalo", key, Language.VI)
        text(zalo, "zalo", key, Language.EN)
        text(esms, "sms", key, Language.VI)
    return made


def text(account: ProviderAccount, channel: str, key: str, language: Language) -> Template:
    wording = (WORDINGS if language == Language.VI else ENGLISH)[key]
    return registering.register(
        key=key,
        account=account,
        channel=channel,
        language=language,
        purpose=purposes.purpose_of(key),
        body=wording.zalo if channel == "zalo" else wording.sms,
        params=wording.zalo_params() if channel == "zalo" else wording.sms_params(),
        provider_id=f"{key}-{language}",
    )


def john(at: House) -> Patient:
    who = patient(at, name="John Smith", phone="0912345385")
    Patient.objects.filter(pk=who.pk).update(language="en", salutation="")
    return Patient.objects.get(pk=who.pk)


def book(who: Patient, at: House, start: str) -> None:
    appointments.book(
        patient=who, branch=who.branch, start=product_clock.parse(start), dentist=at.dentist
    )


def said_to(who: Patient) -> Message:
    return Message.objects.select_related("template").get(patient=who)


def test_one_run_writes_to_each_in_her_language(at: House) -> None:
    hieu, smith = patient(at), john(at)
    book(hieu, at, "2026-06-05T15:30")
    book(smith, at, "2026-06-05T16:30")
    gate.decide_due()
    vi, en = said_to(hieu), said_to(smith)
    assert (vi.template.language, en.template.language) == ("vi", "en")
    assert "Chào anh Hiếu" in vi.text and "15:30 thứ Sáu 05/06" in vi.text
    assert "BS. Khôi" in vi.text and not any("." in name for name in vi.values)
    assert "Hello John Smith" in en.text and "16:30 on Fri 5 Jun" in en.text
    assert "Dr. Khôi" in en.text and "anh" not in en.text.split()
    assert en.values["day"] == "Fri 5 Jun"  # what the provider fills its template with


def test_a_batch_in_two_languages_costs_no_statement_more(at: House) -> None:
    """Counted: once with two who read Vietnamese, once with one of them reading English."""
    counts = []
    for day, other in enumerate(("vi", "en"), start=4):
        for n in (1, 2):
            who = patient(at, f"Khách {other} {n}", f"09123458{day}{n}")
            if n == 2:
                Patient.objects.filter(pk=who.pk).update(language=other)
            book(who, at, f"2026-06-0{day}T1{n}:00")
        with CaptureQueriesContext(connection) as counted:
            assert gate.decide_batch() == 2
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_where_her_language_has_no_text_vietnamese_is_said_wholly(at: House) -> None:
    """The fallback by SMS has no English text: nothing English stands in it, and it is told."""
    smith = john(at)
    book(smith, at, "2026-06-05T16:30")
    gate.decide_due()
    first = said_to(smith)
    Message.objects.filter(pk=first.pk).update(
        state=MessageState.FAILED, due_at=None, error_code="-118"
    )
    fallbacks.pass_on([first.pk])
    second = Message.objects.select_related("template").get(patient=smith, attempt=2)
    assert (second.channel, second.template.language) == ("sms", "vi")
    assert "16:30 thu Sau 05/06" in second.text
    assert "Fri" not in second.text and "anh/chi Smith" in second.text
    thread = timeline.of(smith)
    bits = [bit.text for entry in thread.today for bit in entry.bits]
    assert [text for text in bits if "bằng tiếng Việt" in text] == [
        "bằng tiếng Việt: chưa có mẫu bằng ngôn ngữ của khách"
    ]


def test_her_page_is_in_her_language_whatever_the_browser_likes(at: House) -> None:
    hieu, smith = patient(at), john(at)
    book(hieu, at, "2026-06-05T15:30")
    book(smith, at, "2026-06-05T16:30")
    gate.decide_due()
    pages = {}
    for who, likes in ((hieu, "en"), (smith, "vi")):
        row = Contact.objects.get(patient=who, kind="confirmation")
        address = links.url_for(row.uid, patient_id=who.pk)
        client = Client(headers={"host": "an-tam.localhost", "accept-language": likes})
        answer = client.get("/k/" + address.rsplit("/k/", 1)[1])
        assert answer["Content-Language"] == who.language
        pages[who.pk] = answer.content.decode()
    assert translation.get_language() != "en"  # the thread goes on in the language it had
    assert 'lang="vi"' in pages[hieu.pk] and "Tôi sẽ đến" in pages[hieu.pk]
    assert "anh Hiếu, 05/06" in pages[hieu.pk] and "Thứ Sáu" in pages[hieu.pk]
    page = pages[smith.pk]
    assert 'lang="en"' in page and "Hello John Smith, will you come on 5 Jun?" in page
    assert "Friday" in page and "16:30" in page and "anh/chị" not in page


def test_the_guardians_language_counts_not_the_childs(at: House) -> None:
    smith = john(at)
    tom = patient(at, name="Tom Smith", phone="0912345386")
    Patient.objects.filter(pk=tom.pk).update(birth_date=dt.date(2018, 5, 1), salutation="bé")
    tom = Patient.objects.get(pk=tom.pk)
    families.tie(patient=tom, relative=smith, relation=Relation.FATHER, is_guardian=True, by=None)
    book(tom, at, "2026-06-05T16:30")
    gate.decide_due()
    said = said_to(tom)
    assert said.template.language == "en"
    assert "Hello John Smith (father of Tom Smith)," in said.text


def test_english_says_days_and_long_names() -> None:
    say = tongues.of("en")
    assert say.day(dt.date(2026, 11, 17)) == "Tue 17 Nov"
    assert say.date(dt.date(2026, 6, 5), year=True) == "5 Jun 2026"
    long = Patient(full_name="Nguyễn Thị Phương Thảo Vy")
    assert say.name(long) == "Vy" and say.call(long, None) == "Nguyễn Thị Phương Thảo Vy"
    assert say.call(Patient(external_id="7"), None) == "dear patient"
    assert tongues.of("fr") is tongues.of("vi")
