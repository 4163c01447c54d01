"""The address in a message opens one page, here, for a while."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any

import pytest
from django_tenants.utils import schema_context

from clinics import clock as product_clock
from clinics.public import directory
from clinics.registry.models import Clinic
from messaging import visitors
from messaging.models import Link, LinkOpen, Message, Visitor
from messaging.public import events, links
from tests.messaging.outposts import Outpost, Wire, work


def token_of(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[1]


def test_a_link_opens_its_intent(outpost: Outpost, clock: Any) -> None:
    patient, intent = outpost.patient(), uuid.uuid4()
    url = links.url_for(intent, patient_id=patient.pk)
    assert url.startswith("http://an-tam.localhost/k/") and len(token_of(url)) == 16
    assert links.url_for(intent, patient_id=patient.pk) == url
    assert Link.objects.get().first_opened_at is None
    opened = links.resolve(token_of(url))
    assert opened is not None
    assert (opened.intent, opened.patient_id) == (intent, patient.pk)
    assert Link.objects.get().first_opened_at is None  # looking it up changes nothing
    links.note(opened, kind=Visitor.PERSON)
    first = Link.objects.get().first_opened_at
    assert first is not None
    clock.advance(days=1)
    links.note(opened, kind=Visitor.PERSON)
    assert Link.objects.get().first_opened_at == first


def test_an_altered_link_opens_nothing(outpost: Outpost) -> None:
    token = token_of(links.url_for(uuid.uuid4(), patient_id=outpost.patient().pk))
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert links.resolve(token[:place] + other + token[place + 1 :]) is None
    for wrong in ("", "x", token[:-4], token + "AAAA", "é" * 24, token.replace("-", "+") + " "):
        assert links.resolve(wrong) is None


def test_a_link_opens_nothing_in_another_clinic(outpost: Outpost, other_clinic: Clinic) -> None:
    """Even where the same nonce stands."""
    token = token_of(links.url_for(uuid.uuid4(), patient_id=outpost.patient().pk))
    nonce = bytes(Link.objects.get().nonce)
    with schema_context(other_clinic.schema_name):
        assert links.resolve(token) is None
        assert links._nonce(token) is None
    assert links._nonce(token) == nonce


def test_a_link_ends(outpost: Outpost, clock: Any) -> None:
    until = clock.now() + dt.timedelta(hours=1)
    url = links.url_for(uuid.uuid4(), patient_id=outpost.patient().pk, opens_until=until)
    assert links.resolve(token_of(url))
    clock.advance(hours=2)
    assert links.resolve(token_of(url)) is None


def test_an_answer_is_proof_that_it_arrived(
    outpost: Outpost, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[events.Acted] = []
    monkeypatch.setattr(events.acted, "_handlers", [told.append])
    message = outpost.say()
    assert links.mark_acted(message.intent) is False  # nothing was sent yet
    work()
    assert links.mark_acted(message.intent) is True
    assert links.mark_acted(message.intent) is True
    wire.carry()
    work()
    message.refresh_from_db()
    assert message.state == "acted"
    assert message.acted_at and message.delivered_at
    assert len(told) == 1


def test_an_answer_withdraws_the_fallback_that_waits(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    clock.set("2026-06-01T18:00")
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="never_delivers")
    message = outpost.say(patient)
    work()
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(message) == [("zalo", "expired"), ("sms", "queued")]
    links.mark_acted(message.intent)
    clock.set("2026-06-02T09:00")
    work()
    assert outpost.attempts(message) == [("zalo", "acted"), ("sms", "cancelled")]
    assert Message.objects.filter(channel="sms", called_at__isnull=False).count() == 0


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
PERSONS = (
    f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1",
    f"{IPHONE} Mobile/15E148 Zalo iOS/654 ZaloTheme/light ZaloLanguage/vi",
    "Mozilla/5.0 (Linux; Android 13; SM-A546E; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Version/4.0 Chrome/124.0.6367.82 Mobile Safari/537.36 Zalo android/12110673",
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/465.0.0.38;FBDV/iPhone14,5]",
    "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/120.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/125.0.0.0 Safari/537.36 Edg/125.0.0.0",
)
PROGRAMS = (
    "",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko)"
    " Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "WhatsApp/2.23.20.0 A",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/89.0.4389.105"
    " Mobile Safari/537.36 (compatible; Google-Read-Aloud)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Microsoft Office Existence Discovery",
    "Viber/20.3.0",
    "curl/8.5.0",
    "python-requests/2.31.0",
    "okhttp/4.12.0",
)


@pytest.mark.parametrize("agent", PERSONS)
def test_a_persons_browser_is_a_person(agent: str) -> None:
    assert visitors.kind_of("GET", {"User-Agent": agent}, staff=False) == "person"
    assert visitors.kind_of("HEAD", {"User-Agent": agent}, staff=False) == "preview"
    assert visitors.kind_of("GET", {"User-Agent": agent}, staff=True) == "staff"
    for name, word in (("Purpose", "prefetch"), ("Sec-Purpose", "prefetch;prerender"),
                       ("X-Moz", "prefetch")):  # fmt: skip
        ahead = {"User-Agent": agent, name: word}
        assert visitors.kind_of("GET", ahead, staff=False) == "preview"


@pytest.mark.parametrize("agent", PROGRAMS)
def test_a_program_that_looks_ahead_is_none(agent: str) -> None:
    assert visitors.kind_of("GET", {"User-Agent": agent}, staff=False) == "preview"


def test_an_address_sent_before_still_opens(outpost: Outpost) -> None:
    """Nine bytes and nine of hash, as the version before signed them."""
    nonce, intent = b"ninebytes", uuid.uuid4()
    Link.objects.create(
        nonce=nonce, intent=intent, patient=outpost.patient(),
        opens_until=product_clock.now() + dt.timedelta(days=1),
    )  # fmt: skip
    token = token_of(links.address("", nonce))
    assert len(token) == 24
    opened = links.resolve(token)
    assert opened is not None
    assert opened.intent == intent
    assert links.resolve(token[:-1] + ("A" if token[-1] != "A" else "B")) is None


def test_the_purpose_says_how_long_a_link_opens(outpost: Outpost) -> None:
    for key, days in (("reminder", 14), ("invite", 60), ("booking_confirmation", 180)):
        Link.objects.all().delete()
        message = outpost.say(key=key)
        assert Link.objects.get().opens_until - message.queued_at < dt.timedelta(days=days, hours=1)
        assert Link.objects.get().opens_until - message.queued_at > dt.timedelta(
            days=days, hours=-1
        )
    assert links.opens_for("") == links.opens_for("check") == dt.timedelta(days=30)


def test_each_attempt_has_its_own_link_and_the_one_she_used_has_reached_her(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    """Zalo took it and said nothing, the SMS followed; she opens Zalo's, which came late."""
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="never_delivers")
    message = outpost.say(patient, key="invite")
    work()
    clock.advance(hours=2, minutes=11)
    work()
    assert [channel for channel, _ in outpost.attempts(message)] == ["zalo", "sms"]
    first, second = Link.objects.filter(intent=message.intent).order_by("attempt")
    assert (first.attempt, second.attempt) == (1, 2)
    addresses = links.Addresses()
    sent, other_sent = addresses.of(bytes(first.nonce)), addresses.of(bytes(second.nonce))
    assert sent in str(wire.book(channel="zalo")[0]["links"])
    assert other_sent in wire.book(channel="esms")[0]["text"]
    opened = links.resolve(token_of(sent))
    assert opened is not None
    links.note(opened, kind=Visitor.PREVIEW)
    links.note(opened, kind=Visitor.STAFF, clicked=True)
    first.refresh_from_db()
    assert first.first_opened_at is None
    other = links.resolve(token_of(other_sent))
    assert other is not None
    links.note(opened, kind=Visitor.PERSON, clicked=True)
    links.note(other, kind=Visitor.PERSON)
    assert links.mark_acted(message.intent)
    assert outpost.attempts(message)[0] == ("zalo", "acted")
    assert outpost.attempts(message)[1] != ("sms", "acted")
    assert LinkOpen.objects.count() == 4


def test_a_batch_looks_up_its_host_once(outpost: Outpost, django_assert_num_queries: Any) -> None:
    nonces = [secrets.token_bytes(links.NONCE_BYTES) for _ in range(3)]
    addresses = links.Addresses()
    with django_assert_num_queries(1):
        written = [addresses.of(nonce) for nonce in nonces]
    host = directory.address_of("an_tam")
    assert written == [links.address(host, nonce) for nonce in nonces]


def test_an_attempt_without_a_link_of_its_own_goes_out_with_the_one_before(
    outpost: Outpost, wire: Wire
) -> None:
    """Queued by the version before; and never with one of a later attempt or another intent."""
    outpost.say(key="invite")
    late = outpost.say(key="invite")
    own = Link.objects.get(intent=late.intent)
    Link.objects.create(
        intent=late.intent, attempt=3, nonce=b"later--", patient=own.patient,
        opens_until=own.opens_until,
    )  # fmt: skip
    Message.objects.filter(pk=late.pk).update(attempt=2)
    work()
    row = next(each for each in wire.book() if each["tracking_id"] == late.uid.hex)
    assert links.Addresses().of(bytes(own.nonce)) in str(row["links"])


def test_so_many_openings_are_kept_and_no_more(
    outpost: Outpost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST_OPENS", 2)
    url = links.url_for(uuid.uuid4(), patient_id=outpost.patient().pk)
    for kind in (Visitor.PREVIEW, Visitor.PREVIEW, Visitor.PERSON):
        opened = links.resolve(token_of(url))
        assert opened is not None
        links.note(opened, kind=kind)
    assert LinkOpen.objects.count() == 2
    assert Link.objects.get().first_opened_at  # a person counts however many robots came before
