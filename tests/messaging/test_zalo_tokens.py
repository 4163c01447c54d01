"""Tokens of Zalo: renewed once by whoever is first, before they end, and by a person when lost."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from django.core import signing
from django.db import connections
from django.test import Client
from django_tenants.utils import schema_context

from clinics import clock as product_clock
from clinics.models import AuditEntry, Branch
from clinics.public import due
from messaging import accounts, dispatch, events, setup, tending
from messaging.models import Consent, Message, ProviderAccount
from messaging.providers import provider_of
from tests.messaging.outposts import Outpost, Wire, work


def tokens(account: ProviderAccount) -> tuple[str, str]:
    account.refresh_from_db()
    said = json.loads(account.credentials)
    return said["access_token"], said["refresh_token"]


def app_of(account: ProviderAccount) -> tuple[str, str]:
    said = json.loads(account.credentials)
    return said["app_id"], said["app_secret"]


def refresh_behind_our_back(wire: Wire, account: ProviderAccount) -> dict[str, str]:
    """Somebody else spends the refresh token; returns the pair that holds now."""
    app_id, secret = app_of(account)
    answer = requests.post(
        f"{wire.gateway.base}/zalo-oauth/v4/oa/access_token",
        data={
            "refresh_token": tokens(account)[1],
            "app_id": app_id,
            "grant_type": "refresh_token",
        },
        headers={"secret_key": secret},
        timeout=5,
    )
    return dict(answer.json())


def expire(wire: Wire, account: ProviderAccount) -> None:
    wire.control("tokens", {"oa_id": account.account_id, "expire": "access"})


@pytest.fixture
def paused(monkeypatch: pytest.MonkeyPatch) -> list[events.AccountPaused]:
    told: list[events.AccountPaused] = []
    monkeypatch.setattr(events.account_paused, "_handlers", [told.append])
    return told


@pytest.mark.django_db
def test_a_token_is_renewed_before_it_ends(outpost: Outpost, wire: Wire, clock: Any) -> None:
    before = tokens(outpost.zalo)
    clock.advance(hours=19)
    due.work_off("an_tam")
    assert tokens(outpost.zalo) == before
    clock.advance(hours=1, minutes=1)
    due.work_off("an_tam")
    after = tokens(outpost.zalo)
    assert not set(before) & set(after)
    assert outpost.zalo.authorised_at is not None
    clock.advance(hours=14)  # 19:02: by now the first one is dead for long, and it is not night
    outpost.say()
    dispatch.deliver_due()
    assert tokens(outpost.zalo) == after
    assert len(wire.book()) == 1


@pytest.mark.django_db
def test_an_account_nobody_planned_is_looked_after_at_night(outpost: Outpost, wire: Wire) -> None:
    """As those that were connected before the product looked after any."""
    ProviderAccount.objects.update(tend_at=None)
    with schema_context("public"):
        due.repair()
    before = tokens(outpost.zalo)
    due.work_off("an_tam")
    assert tokens(outpost.zalo) != before
    planned = ProviderAccount.objects.order_by("tend_at").values_list("tend_at", flat=True)
    assert tending.next_due() == planned[0]
    assert outpost.zalo.tend_at in planned[1:]  # eSMS is asked more often


@pytest.mark.django_db
@pytest.mark.parametrize("with_error", [False, True], ids=["empty answer", "-14014"])
def test_a_spent_refresh_token_waits_for_a_person_and_nothing_is_lost(
    outpost: Outpost,
    wire: Wire,
    clock: Any,
    paused: list[events.AccountPaused],
    with_error: bool,  # noqa: FBT001 - a parameter
) -> None:
    wire.control("spellings", {"spent_error": with_error})
    before = tokens(outpost.zalo)
    refresh_behind_our_back(wire, outpost.zalo)
    rows = [outpost.say(allowed_channels=["zalo"]) for _ in range(3)]
    work()
    assert {outpost.attempts(row)[0] for row in rows} == {("zalo", "queued")}
    assert tokens(outpost.zalo) == before  # what is stored stays
    assert outpost.zalo.must_authorise
    assert [(each.code, each.kind) for each in paused] == [("-14014", "zalo")]
    clock.advance(hours=26)
    due.work_off("an_tam")
    # no other way is allowed, and nothing is given up
    assert [outpost.attempts(row) for row in rows] == [[("zalo", "queued")]] * 3
    assert len(paused) == 1
    assert len(wire.book()) == 0


@pytest.mark.django_db
def test_who_loses_the_race_takes_what_the_winner_got(outpost: Outpost, wire: Wire) -> None:
    """The refresh token was spent by another process, which has stored its pair by now."""
    stale = ProviderAccount.objects.get(pk=outpost.zalo.pk)
    pair = refresh_behind_our_back(wire, outpost.zalo)
    accounts.authorised(outpost.zalo, {name: pair[name] for name in pair if "token" in name})
    assert provider_of("zalo").renew(stale.pk, stale)
    assert tokens(outpost.zalo) == (pair["access_token"], pair["refresh_token"])
    outpost.say()
    work()
    assert len(wire.book()) == 1


@pytest.mark.django_db
def test_an_answer_without_a_refresh_token_keeps_the_old_one(outpost: Outpost, wire: Wire) -> None:
    wire.control("spellings", {"keep_refresh": True, "number_expires": True})
    before = tokens(outpost.zalo)
    expire(wire, outpost.zalo)
    outpost.say()
    work()
    after = tokens(outpost.zalo)
    assert (after[0] != before[0], after[1]) == (True, before[1])
    assert len(wire.book()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("fail", ["500", "502html", "html"])
def test_no_answer_of_the_token_host_is_no_refusal(
    outpost: Outpost, wire: Wire, clock: Any, fail: str
) -> None:
    expire(wire, outpost.zalo)
    wire.mode(channel="zalo", fail=fail, endpoint="access_token")
    message = outpost.say()
    work()
    outpost.zalo.refresh_from_db()
    assert not outpost.zalo.must_authorise
    assert outpost.attempts(message) == [("zalo", "queued")]
    wire.mode(channel="zalo", endpoint="access_token")
    clock.advance(minutes=6)
    work()
    assert outpost.attempts(message) == [("zalo", "accepted")]


@pytest.mark.django_db
def test_a_wrong_secret_pauses_and_says_why(
    outpost: Outpost, wire: Wire, client_for: Callable[..., Client], clock: Any
) -> None:
    expire(wire, outpost.zalo)
    said = json.loads(outpost.zalo.credentials) | {"app_secret": "wrong"}
    outpost.zalo.credentials = json.dumps(said)
    outpost.zalo.save(update_fields=["credentials"])
    outpost.say()
    work()
    outpost.zalo.refresh_from_db()
    assert outpost.zalo.paused_reason.startswith("-14004")
    page = client_for("owner").get("/settings/channels/").content.decode()
    assert "Khóa bí mật của ứng dụng không đúng." in page


# ------------------------------------------------------------------ eight at once


def minted_at_the_gateway(wire: Wire, account: ProviderAccount) -> list[str]:
    """Every access token the gateway gave to this account, by its own journal, in order."""
    found: dict[str, None] = {}
    for path in sorted((wire.gateway.folder / "state").rglob("*")):
        for line in path.read_text("utf-8", "replace").splitlines() if path.is_file() else ():
            if account.account_id in line and "zalo_account" in line:
                found |= dict.fromkeys(re.findall(r'"access_token": ?"([^"]+)"', line))
    return list(found)


def test_eight_workers_meet_an_expired_token_at_once(
    own_database: str, wire: Wire, clock: Any
) -> None:
    """Real connections, all refused by Zalo at the same time: one renews, no message is lost."""
    with schema_context("an_tam"):
        branch = Branch.objects.create(name="Quận 3", code="q3")
        connected = setup.connect_gateway(in_flight_cap=10)
        outpost = Outpost(branch, connected)
        for _ in range(80):
            outpost.say()
        before = tokens(outpost.zalo)
        expire(wire, outpost.zalo)
        wire.mode(channel="zalo", slow_ms=150)
        ready, failed = threading.Barrier(8), []

        def worker() -> None:
            try:
                with schema_context("an_tam"):
                    ready.wait(30)
                    dispatch.deliver_due()
            except Exception as error:  # noqa: BLE001 - told below
                failed.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=worker) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(90)
        assert not failed
        after = tokens(outpost.zalo)
        refused = [each["code"] for each in wire.control("refusals")["refusals"]]
        assert refused.count("-124") > 10  # more than one of them met it
        assert minted_at_the_gateway(wire, outpost.zalo) == [before[0], after[0]]
        assert Message.objects.filter(state="accepted").count() == 80
        assert len(wire.book(channel="zalo")) == 80
        assert not wire.control("book?summary=1")["repeated"]["zalo"]


# ------------------------------------------------------------------ consent


class Browser:
    """She presses "allow", reads Zalo's page, and is led back to our host."""

    def __init__(self, wire: Wire, owner: Client, account: ProviderAccount) -> None:
        self.wire, self.owner, self.account = wire, owner, account

    def ask(self) -> str:
        page = self.owner.post(f"/settings/channels/{self.account.uid}/allow/").content.decode()
        found = re.search(r'href="([^"]+/v4/oa/permission[^"]+)"', page)
        assert found, page
        return found.group(1).replace("&amp;", "&")

    def decide(self, url: str, **said: str) -> dict[str, str]:
        """Her press on Zalo's page; returns what our address is called with."""
        asked = dict(parse_qsl(urlsplit(url).query))
        answer = requests.post(
            url.partition("?")[0],
            data={**asked, "decision": "allow", "oa_id": self.account.account_id, **said},
            allow_redirects=False,
            timeout=5,
        )
        back = urlsplit(answer.headers["Location"])
        assert back.path == "/oauth/zalo", answer.headers["Location"]
        return dict(parse_qsl(back.query))

    def come_back(self, query: dict[str, str]) -> tuple[int, str]:
        client = Client(headers={"host": "localhost"})
        with schema_context("public"):
            answer = client.get("/oauth/zalo", query)
        return answer.status_code, answer.content.decode()


@pytest.fixture
def browser(outpost: Outpost, wire: Wire, client_for: Callable[..., Client]) -> Browser:
    return Browser(wire, client_for("owner"), outpost.zalo)


@pytest.mark.django_db
def test_a_person_allows_it_again_and_what_waited_goes(
    outpost: Outpost, wire: Wire, clock: Any, browser: Browser
) -> None:
    wire.control("tokens", {"oa_id": outpost.zalo.account_id, "kill": "all"})
    message = outpost.say()
    work()
    assert outpost.attempts(message) == [("zalo", "queued")]
    assert "Cần cấp quyền lại" in browser.owner.get("/settings/channels/").content.decode()
    clock.advance(minutes=30)
    url = browser.ask()
    asked = parse_qs(urlsplit(url).query)
    assert len(asked["code_challenge"][0]) == 43
    query = browser.decide(url)
    status, page = browser.come_back(query)
    assert status == 200
    assert f"/settings/channels/{outpost.zalo.uid}/" in page
    with schema_context("an_tam"):
        due.work_off("an_tam")
        assert outpost.attempts(message)[0][0] == "zalo"
        assert len(wire.book(channel="zalo")) == 1
        outpost.zalo.refresh_from_db()
        assert not outpost.zalo.must_authorise
        assert AuditEntry.objects.get(verb="channel.allowed").subject == outpost.zalo.uid
        kept = tokens(outpost.zalo)
    status, page = browser.come_back(query)  # the same address once more
    assert (status, "đã dùng" in page) == (400, True)
    with schema_context("an_tam"):
        assert tokens(outpost.zalo) == kept


@pytest.mark.django_db
def test_a_fixed_verifier_is_used_for_every_asking(
    outpost: Outpost, wire: Wire, browser: Browser
) -> None:
    verifier = "v" * 43
    said = json.loads(outpost.zalo.credentials) | {"code_verifier": verifier}
    ProviderAccount.objects.filter(pk=outpost.zalo.pk).update(credentials=json.dumps(said))
    challenges = {parse_qs(urlsplit(browser.ask()).query)["code_challenge"][0] for _ in range(2)}
    assert len(challenges) == 1
    status, _page = browser.come_back(browser.decide(browser.ask()))
    assert status == 200


@pytest.mark.django_db
def test_each_asking_has_a_pair_of_its_own(outpost: Outpost, browser: Browser) -> None:
    asked = [parse_qs(urlsplit(browser.ask()).query) for _ in range(2)]
    assert asked[0]["code_challenge"] != asked[1]["code_challenge"]
    assert asked[0]["state"] != asked[1]["state"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda query: query | {"state": query["state"][:-3] + "xyz"}, "bị sửa"),
        (lambda query: query | {"state": "nothing"}, "bị sửa"),
        (lambda query: query | {"oa_id": "1"}, "không phải tài khoản của kênh này"),
        (lambda query: query | {"code": "made-up"}, "đã quá hạn hoặc đã dùng"),
        (lambda query: {"state": query["state"], "error": "access_denied"}, "Chưa đồng ý"),
    ],
    ids=["altered", "no state", "another account", "wrong code", "refused"],
)
def test_what_does_not_fit_changes_nothing_and_says_so(
    outpost: Outpost,
    browser: Browser,
    change: Callable[[dict[str, str]], dict[str, str]],
    says: str,
) -> None:
    before = tokens(outpost.zalo)
    status, page = browser.come_back(change(browser.decide(browser.ask())))
    assert (status, says in page) == (400, True), page
    with schema_context("an_tam"):
        assert tokens(outpost.zalo) == before


@pytest.mark.django_db
def test_a_state_is_good_for_half_an_hour_and_for_its_own_clinic(
    outpost: Outpost, browser: Browser, other_clinic: Any, clock: Any
) -> None:
    before = tokens(outpost.zalo)
    query = browser.decide(browser.ask())
    clock.advance(minutes=31)
    status, page = browser.come_back(query)
    assert (status, "quá nửa giờ" in page) == (400, True)
    clock.set(product_clock.now())
    with schema_context("an_tam"):
        asked = Consent.objects.latest("pk")
        whose = [other_clinic.schema_name, asked.nonce]
        theirs = signing.dumps(whose, salt="messaging.consent")
    status, page = browser.come_back(query | {"state": theirs})
    assert (status, "bị sửa" in page) == (400, True)
    with schema_context("an_tam"):
        assert tokens(outpost.zalo) == before


@pytest.mark.django_db
def test_an_application_zalo_does_not_know_is_said(
    outpost: Outpost, wire: Wire, browser: Browser
) -> None:
    query = browser.decide(browser.ask())
    said = json.loads(outpost.zalo.credentials) | {"app_id": "999"}
    ProviderAccount.objects.filter(pk=outpost.zalo.pk).update(credentials=json.dumps(said))
    status, page = browser.come_back(query)
    assert (status, "không có ứng dụng này" in page) == (400, True)
