"""By which ways a patient can be reached, and why not."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clinics.models import Branch
from messaging import accounts
from messaging.models import ProviderAccount, Template, Unreachable
from messaging.public import Want, routes
from patients.public import Patient, people
from tests.messaging.outposts import Outpost


def ways(outpost: Outpost, patient: Patient, branch: Branch | None = None) -> routes.Reach:
    want = Want(patient.pk, (branch or outpost.branch).pk, "reminder")
    return routes.reach([want])[want]


def channels(found: routes.Reach) -> list[str]:
    return [route.channel for route in found.routes]


def test_zalo_goes_before_sms_and_her_own_number_before_another(outpost: Outpost) -> None:
    patient = outpost.patient()
    people.add_phone(patient=patient, phone="0912345678", relation="mother")
    found = ways(outpost, patient)
    assert channels(found) == ["zalo", "sms", "zalo", "sms"]
    points = [route.contact_point_id for route in found.routes]
    assert points[0] == points[1] != points[2] == points[3]


def test_a_landline_takes_no_messages(outpost: Outpost) -> None:
    assert ways(outpost, outpost.patient("02873006868")).why_not == "no_contact_point"


def test_what_is_known_not_to_work_is_left_out_as_long_as_it_holds(
    outpost: Outpost, clock: Any
) -> None:
    patient = outpost.patient()
    point = patient.patientcontactpoint_set.get().contact_point
    until = clock.now() + dt.timedelta(days=1)
    Unreachable.objects.create(
        contact_point=point, channel="zalo", code="-114", learned_at=clock.now(), until=until
    )
    assert channels(ways(outpost, patient)) == ["sms"]
    Unreachable.objects.create(
        contact_point=point, channel="sms", code="108", learned_at=clock.now()
    )
    assert ways(outpost, patient).why_not == "unreachable"
    clock.advance(days=2)
    assert channels(ways(outpost, patient)) == ["zalo"]


def test_an_account_for_one_branch_serves_no_other(outpost: Outpost) -> None:
    other = Branch.objects.create(name="Thủ Đức", code="td")
    for account in ProviderAccount.objects.all():
        account.branches.set([other])
    patient = outpost.patient()
    assert ways(outpost, patient).why_not == "no_account"
    assert channels(ways(outpost, patient, other)) == ["zalo", "sms"]


def test_a_text_that_is_not_approved_is_no_way(outpost: Outpost) -> None:
    Template.objects.filter(channel="zalo").update(approved_at=None)
    assert channels(ways(outpost, outpost.patient())) == ["sms"]
    Template.objects.update(disabled_reason="-146: gone")
    assert ways(outpost, outpost.patient()).why_not == "no_template"


def test_a_paused_account_is_still_a_way(outpost: Outpost, clock: Any) -> None:
    """What waits for it stays queued: a pause is short, and SMS costs more."""
    accounts.pause(outpost.zalo, code="-115", text="", until=clock.now() + dt.timedelta(hours=1))
    assert channels(ways(outpost, outpost.patient())) == ["zalo", "sms"]


def test_many_cost_the_same_statements_as_one(
    outpost: Outpost, django_assert_num_queries: Any
) -> None:
    patients = [outpost.patient() for _ in range(20)]
    wants = [Want(each.pk, outpost.branch.pk, "reminder") for each in patients]
    with django_assert_num_queries(5):
        routes.reach(wants[:1])
    with django_assert_num_queries(5):
        found = routes.reach(wants)
    assert all(found[want].routes for want in wants)


def test_the_channel_she_likes_goes_first(outpost: Outpost) -> None:
    patient = outpost.patient()
    assert channels(ways(outpost, patient)) == ["zalo", "sms"]
    patient.preferred_channel = "sms"
    patient.save(update_fields=["preferred_channel"])
    assert channels(ways(outpost, patient)) == ["sms", "zalo"]
