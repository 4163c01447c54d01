"""What the providers' codes mean, and how their answers are read."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest

from messaging.providers.base import OutcomeUnknown, ProviderError, Reply, Scope
from messaging.providers.esms.client import Esms, dedupe_key
from messaging.providers.zalo import webhook
from messaging.providers.zalo.client import Zalo

NOW = dt.datetime(2026, 6, 1, 3, tzinfo=dt.UTC)  # 10:00 in Vietnam


def zalo(code: int) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        Zalo().accepted(Reply(200, json.dumps({"error": code, "message": "m"}).encode()), NOW)
    return caught.value


def esms(code: str) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        Esms().accepted(Reply(200, json.dumps({"CodeResult": code}).encode()), NOW)
    return caught.value


@pytest.mark.parametrize(
    ("code", "scope", "permanent", "days"),
    [
        (-108, Scope.CONTACT_POINT, True, None),
        (-118, Scope.CONTACT_POINT, True, 60),
        (-114, Scope.CONTACT_POINT, True, 1),
        (-141, Scope.CONTACT_POINT, True, None),
        (-139, Scope.CONTACT_POINT, True, 0),
        (-1122, Scope.TEMPLATE, True, 0),
        (-146, Scope.TEMPLATE, True, 0),
        (-147, Scope.TEMPLATE, False, 0),
        (-100, Scope.CONTACT_POINT, False, 0),
        (-124, Scope.ACCOUNT, False, 0),
        (-115, Scope.ACCOUNT, False, 0),
        (-144, Scope.ACCOUNT, False, 0),
        (-135, Scope.ACCOUNT, False, 0),
    ],
)
def test_a_zalo_code_says_whom_it_is_about(
    code: int, scope: Scope, permanent: object, days: int | None
) -> None:
    error = zalo(code)
    assert (error.scope, error.permanent, error.fact_days) == (scope, permanent, days)
    assert (error.retry_at is None) == permanent


def test_when_to_try_again() -> None:
    morning = dt.datetime(2026, 6, 2, 1, tzinfo=dt.UTC)  # 08:00 in Vietnam
    assert zalo(-144).retry_at == morning
    assert zalo(-115).retry_at == NOW + dt.timedelta(minutes=30)
    night = zalo(-133).retry_at
    assert night is not None and morning <= night <= morning + dt.timedelta(minutes=20)
    assert zalo(-124).renew and not zalo(-135).renew
    assert zalo(-146).disable and not zalo(-1122).disable


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>"),
        Reply(200, b""),
        Reply(200, b'{"message":"?"}'),
        Reply(200, b'{"error":-987654}'),
        Reply(500, b'{"error":0}'),
        Reply(502, b"<html>502</html>"),
        Reply(200, b"[]"),
    ],
)
def test_what_cannot_be_understood_is_unknown(reply: Reply) -> None:
    with pytest.raises(OutcomeUnknown):
        Zalo().accepted(reply, NOW)


@pytest.mark.parametrize(
    ("code", "scope", "permanent"),
    [
        ("99", Scope.CONTACT_POINT, True),
        ("108", Scope.CONTACT_POINT, True),
        ("146", Scope.TEMPLATE, True),
        ("201", Scope.TEMPLATE, True),
        ("101", Scope.ACCOUNT, False),
        ("103", Scope.ACCOUNT, False),
        ("160", Scope.CONTACT_POINT, False),
        ("4711", Scope.CONTACT_POINT, False),
    ],
)
def test_an_esms_code_says_whom_it_is_about(code: str, scope: Scope, permanent: object) -> None:
    error = esms(code)
    assert (error.scope, error.permanent) == (scope, permanent)


def test_esms_knows_our_key_means_it_is_sent() -> None:
    answer = {"CodeResult": "124", "SMSID": "abc", "SendStatus": "5"}
    assert Esms().accepted(Reply(200, json.dumps(answer).encode()), NOW).ref == "abc"
    with pytest.raises(ProviderError) as caught:
        Esms().accepted(Reply(200, b'{"error": "Invalid request"}'), NOW)
    assert caught.value.permanent


def test_an_event_has_one_key_however_often_it_comes() -> None:
    event = {"event_name": "user_received_message", "message": {"msg_id": "1"}, "timestamp": "5"}
    again = event | {"timestamp": "6"}
    assert webhook.dedupe_key(event) == webhook.dedupe_key(again)
    assert webhook.dedupe_key(event) != webhook.dedupe_key(
        event | {"event_name": "user_seen_message"}
    )
    assert webhook.dedupe_key({"event_name": "follow", "timestamp": "5"}) != webhook.dedupe_key(
        {"event_name": "follow", "timestamp": "6"}
    )
    assert dedupe_key({"SMSID": "1", "SendStatus": "5"}) != dedupe_key(
        {"SMSID": "1", "SendStatus": "7"}
    )


def test_a_signature_may_be_written_with_spaces_or_without_its_name() -> None:
    credentials = json.dumps({"app_id": "7", "app_secret": "a", "oa_secret": "o"})
    raw = b'{"timestamp":"9"}'
    mac = hashlib.sha256(b"7" + raw + b"9" + b"o").hexdigest()
    for written in (f"mac={mac}", f"mac = {mac}", mac, mac.upper()):
        assert webhook.genuine(raw, credentials, written)
    assert not webhook.genuine(b'{"timestamp":"8"}', credentials, f"mac={mac}")
