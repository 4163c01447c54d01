"""After a consent the provider is asked whose it is; what it says of the account is shown."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django_tenants.utils import schema_context

from clinics import clock as product_clock
from messaging import sync
from messaging.models import ProviderAccount
from messaging.providers.base import Identity, OutcomeUnknown
from messaging.providers.zalo.client import Zalo
from tests.messaging.outposts import Outpost, Wire
from tests.messaging.test_zalo_tokens import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(outpost: Outpost, wire: Wire, client_for: Any) -> Browser:
    return Browser(wire, client_for("owner"), outpost.zalo)


def row_of(outpost: Outpost) -> ProviderAccount:
    with schema_context("an_tam"):
        return ProviderAccount.objects.get(pk=outpost.zalo.pk)


def test_what_zalo_says_of_the_account_is_kept_and_shown(
    outpost: Outpost, browser: Browser
) -> None:
    status, _page = browser.come_back(browser.decide(browser.ask()))
    row = row_of(outpost)
    until = product_clock.today() + dt.timedelta(days=90)
    assert status == 200
    assert (row.said_name, row.is_verified, row.package_until) == (row.name, True, until)
    address = f"/settings/channels/{row.uid}/"
    page = browser.owner.get(address).content.decode()
    assert f"Tên ở đó: “{row.name}”" in page and "Đã xác thực" in page
    assert f"đến {until:%d/%m/%Y}" in page and "hết ngày" not in page
    today = product_clock.today()
    for days, says in ((15, ""), (14, "hết ngày"), (0, "hết ngày"), (-1, "đã hết ngày")):
        day = today + dt.timedelta(days=days)
        with schema_context("an_tam"):
            ProviderAccount.objects.filter(pk=row.pk).update(package_until=day)
        page = browser.owner.get(address).content.decode()
        assert ("hết ngày" in page) is bool(says), days
        assert f"{says} {day:%d/%m/%Y}: gia hạn" in page or not says


def test_a_consent_for_another_account_is_refused_by_its_name(
    outpost: Outpost, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way back does not say for which account it was given, and the tokens are another's."""
    other = Identity("999", "Nha khoa Khác", verified=True)
    monkeypatch.setattr(Zalo, "whose", lambda *_said: other)
    query = browser.decide(browser.ask())
    del query["oa_id"]
    before = json.loads(row_of(outpost).credentials)
    status, page = browser.come_back(query)
    assert status == 400
    assert f"“Nha khoa Khác”, còn ở đây cần của “{outpost.zalo.name}”" in page
    row = row_of(outpost)
    assert (json.loads(row.credentials), row.said_name) == (before, "")


@pytest.mark.parametrize("told", [True, False])
def test_where_zalo_does_not_answer_the_way_back_must_say_it(
    outpost: Outpost,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    told: bool,  # noqa: FBT001
) -> None:
    def silent(*_said: object) -> Identity:
        raise OutcomeUnknown("HTTP 502")

    monkeypatch.setattr(Zalo, "whose", silent)
    query = browser.decide(browser.ask())
    if not told:
        del query["oa_id"]
    assert browser.come_back(query)[0] == (200 if told else 400)


@pytest.mark.parametrize("spelling", [True, False])
def test_it_is_renewed_with_the_daily_asking(
    outpost: Outpost,
    wire: Wire,
    spelling: bool,  # noqa: FBT001
) -> None:
    wire.control("spellings", {"oaid": spelling})
    assert sync.ask(row_of(outpost)) is None
    assert row_of(outpost).is_verified is True
