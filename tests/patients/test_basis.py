"""On what basis we write, and that a refusal wins."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.public import Basis, BasisKind, Patient, basis, events
from tests.patients import records

pytestmark = pytest.mark.usefixtures("english")

CHANNELS = ("zalo", "viber", "sms", "email", "call")


@pytest.fixture
def her(clinic: object) -> Patient:
    return records.patient(records.branch())


def reasons(patient: Patient, purpose: str) -> dict[str, str]:
    found = basis.verdicts([patient.pk], purpose)[patient.pk]
    return {channel: verdict.reason for channel, verdict in found.items()}


def test_the_care_relation_is_for_care_only(her: Patient) -> None:
    assert reasons(her, "care") == dict.fromkeys(CHANNELS, "care_relation")
    assert set(reasons(her, "offer").values()) == {"no_basis"}
    with pytest.raises(ValueError, match="care messages only"):
        basis.note(patient=her, purpose="offer", kind="care_relation", text_version="x")


def test_a_refusal_wins_per_purpose_and_channel(her: Patient, clock: Any) -> None:
    clock.advance(minutes=1)
    basis.refuse(patient=her, purpose="care", channel="zalo")
    others = [each for each in CHANNELS if each != "zalo"]
    assert reasons(her, "care") == {"zalo": "refused", **dict.fromkeys(others, "care_relation")}
    clock.advance(minutes=1)
    basis.note(patient=her, purpose="care", kind=BasisKind.CONSENT, text_version="c-1")
    assert reasons(her, "care") == {"zalo": "refused", **dict.fromkeys(others, "consent")}
    clock.advance(minutes=1)
    basis.note(
        patient=her, purpose="care", kind=BasisKind.CONSENT, text_version="c-1", channel="zalo"
    )
    assert reasons(her, "care")["zalo"] == "consent"
    clock.advance(minutes=1)
    basis.refuse(patient=her, purpose="care")
    assert set(reasons(her, "care").values()) == {"refused"}


def test_one_statement_for_any_number_of_patients(her: Patient) -> None:
    others = [records.patient(her.branch, f"Lê An {n}", "") for n in range(5)]
    with CaptureQueriesContext(connection) as seen:
        found = basis.verdicts([her.pk, *(other.pk for other in others)], "care")
    assert len(seen) == 1
    assert len(found) == 6
    assert all(verdict["sms"].allowed for verdict in found.values())


def test_noting_the_same_twice_is_one_row_and_one_piece_of_news(
    her: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(events.basis_changed, "_handlers", [told.append])
    basis.refuse(patient=her, purpose="offer")
    basis.refuse(patient=her, purpose="offer")
    assert Basis.objects.filter(purpose="offer").count() == 1
    assert len(told) == 1


def test_the_table_names_every_purpose_and_channel(her: Patient) -> None:
    lines = basis.table(her)
    assert [line.purpose for line in lines] == ["care", "greeting", "offer", "content"]
    assert all(tuple(line.channels) == CHANNELS for line in lines)
