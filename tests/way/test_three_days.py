"""Three people's day on the pages, at a desk's and a phone's width, in Vietnamese and English:
reception from the first call to the settled day, the dentist from the list to the task she closes,
the manager from her first screen to the people, a setting, an invitation and who saw what."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from clinics import clock
from followup.public import Contact, Task, answers
from kpi.public import recount_all
from messaging.models import Call
from patients.public import Patient, Treatment, appointments, names
from tests.way.faces import FACES, Walk
from tests.way.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.browser]

Tab = Callable[..., Page]
TODAY = "2026-06-04"


# reception


def test_receptions_day(stage: Stage, tab: Tab) -> None:
    stage.clock(f"{TODAY}T07:45")
    for face in FACES:
        desk = Walk(stage, tab, "reception", face)
        name = books_a_newcomer(desk)
        receives(desk, name)
        calls(desk, name)
        settles_the_day(desk, name)


def books_a_newcomer(desk: Walk) -> str:
    """A number with a digit too few is said beside its field, and nothing typed is lost."""
    n = desk.face.number
    name = f"Ngô Thị Bích {'AĂÂB'[n]}n"
    page = desk.open(f"/today/?date={TODAY}&view=list")
    if desk.face.small:
        page.locator('[data-key="F2"]:visible').first.click()
    else:
        page.keyboard.press("F2")
    desk.drawer.locator('[hx-get*="newcomer=1"]').first.click()
    desk.drawer.locator('[name="full_name"]').fill(name)
    desk.drawer.locator('[name="phone"]').fill("0903 418 27")
    desk.drawer.locator('[name="salutation"][value="chị"]').check()
    desk.drawer.locator('[name="service"]').select_option(label="Khám tổng quát")
    hers = desk.drawer.locator('[name="dentist"] option', has_text="Khôi")
    desk.drawer.locator('[name="dentist"]').select_option(value=hers.get_attribute("value"))
    desk.drawer.locator('[name="date"]').fill("04/06/2026")
    desk.drawer.locator('[name="time"]').fill(f"{9 + n:02}:00")
    desk.drawer.locator(".tk-drawer-foot .btn-primary").click()
    expect(desk.drawer.locator('[name="phone"][aria-invalid="true"]')).to_be_visible()
    expect(desk.drawer.locator('[name="full_name"]')).to_have_value(name)
    desk.drawer.locator('[name="phone"]').fill(f"0903 418 27{n}")
    desk.drawer.locator(".tk-drawer-foot .btn-primary").click()
    desk.done()
    expect(page.locator("#day-list li", has_text=name)).to_be_visible()
    return name


def receives(desk: Walk, name: str) -> None:
    """By F9 at the desk, by a thumb on the phone; then she is asked in from the waiting room."""
    page = desk.open(f"/today/?date={TODAY}&view=list")
    page.locator("#day-list li", has_text=name).locator("[data-row]").click()
    button = desk.drawer.locator('form[action$="/check-in/"] button')
    expect(button).to_be_visible()
    if desk.face.small:
        button.click()
    else:
        page.keyboard.press("F9")
    desk.done()
    waiting = page.locator("#waiting .tk-wait", has_text=name)
    expect(waiting).to_be_visible()
    waiting.locator("button").click()
    expect(waiting).not_to_be_visible()


def calls(desk: Walk, name: str) -> None:
    """Found by part of her name without accents; a call is written down in two presses."""
    page = desk.open(f"/patients/?q={plain(name)}")
    page.locator("main").get_by_role("link", name=name).first.click()
    page.wait_for_url("**/patients/*-*/")
    desk.fits()
    if desk.face.small:
        page.locator('[data-key="F8"]').click()
    else:
        page.keyboard.press("F8")
    before = called(desk.stage)
    desk.drawer.locator('button[name="result"]').first.click()
    desk.done()
    expect(page.locator("#timeline svg").first).to_be_visible()
    assert called(desk.stage) == before + 1


def called(stage: Stage) -> int:
    with stage.inside():
        return Call.objects.count()


def plain(name: str) -> str:
    """Her name as a receptionist types it: without accents, a part of it."""
    return names.fold(name).rsplit(" ", 1)[0]


def settles_the_day(desk: Walk, name: str) -> None:
    """Who did not come is said so, who is still inside has left; then nothing is left open."""
    stage, n = desk.stage, desk.face.number
    missing = stage.patient(f"Vũ Hoài {'AĂÂB'[n]}nh", f"+8490341829{n}")
    stage.clock(f"{TODAY}T{12 + n}:00")
    slot = stage.slot(missing, f"{TODAY}T{12 + n}:10", minutes=20)
    stage.clock(f"{TODAY}T{12 + n}:50")
    page = desk.open(f"/today/close/?branch={stage.practice().branch.uid}")
    gone = page.locator("#closing li", has_text=str(missing))
    gone.locator('form[action$="/miss/"] button').click()
    expect(gone).not_to_be_visible()
    inside = page.locator("#closing li", has_text=name)
    inside.locator('form[action$="/done/"] button').click()
    expect(inside).not_to_be_visible()
    expect(page.locator("#closing .tk-empty").first).to_be_visible()
    with stage.inside():
        slot.refresh_from_db()
        assert slot.outcome == "no_show"


# the dentist


def test_the_dentists_day(stage: Stage, tab: Tab) -> None:
    for face in FACES:
        n = face.number
        stage.clock(f"2026-06-0{1 + n}T08:00")
        her = stage.patient(f"Đỗ Thị Kim {'AĂÂB'[n]}nh", f"+8490341830{n}")
        in_the_chair(stage, her)
        dentist = Walk(stage, tab, "dentist", face)
        signs_in_three_taps(dentist, her)
        closes_a_danger(dentist, her)


def in_the_chair(stage: Stage, her: Patient) -> None:
    """Booked for an implant, received and seated by the desk."""
    with stage.inside():
        practice = stage.practice()
        implant = next(one for one in stage.services() if one.code == "implant")
        slot = appointments.book(
            patient=her,
            branch=practice.branch,
            start=clock.now() + dt.timedelta(minutes=30),
            service=implant,
            dentist=practice.dentists[0],
        )
        appointments.check_in(slot, by=practice.reception)
        appointments.seat(slot, by=practice.reception)


def signs_in_three_taps(dentist: Walk, her: Patient) -> None:
    """Open, choose the tooth's place, sign, confirm; what she will receive stands above."""
    page = dentist.open("/dentist/")
    page.locator('a[href$="/sign/"]', has_text=str(her)).first.click()
    page.wait_for_url("**/sign/")
    dentist.fits()
    with page.expect_response(re.compile("/sign/")):
        page.locator('#sign-part a[href*="pick=36"]').click()
    expect(page.locator('[name="tooth"]')).to_have_value("36")
    expect(page.locator('[aria-labelledby="gets-title"] [aria-busy]')).to_have_count(0)
    page.locator(".tk-signbar button").click()
    page.locator("#ask [data-yes]").click()
    page.wait_for_url("**/dentist/")
    expect(page.locator('a[href$="/sign/"]', has_text=str(her))).to_have_count(0)
    with dentist.stage.inside():
        assert Treatment.objects.get(patient=her).signed_at is not None


def closes_a_danger(dentist: Walk, her: Patient) -> None:
    """Two days on she is worse: it stands on the dentist's page and on hers, with what to do."""
    stage = dentist.stage
    stage.clock((clock.local(clock.now()) + dt.timedelta(days=3)).strftime("%Y-%m-%dT10:00"))
    with stage.inside():
        asked = Contact.objects.get(patient=her, step__key="I2", kind="ask")
        answers.answer(contact=asked, choice="worse", signs=["fever"], note="sưng to hơn")
    page = dentist.open(f"/patients/{her.uid}/")
    expect(page.locator("#alerts .tk-danger")).to_be_visible()
    page = dentist.open("/dentist/")
    task = page.locator("#tasks-panel .tk-task", has_text=her.given_name)
    task.locator('a[href$="/done/"]').click()
    dentist.drawer.locator('[name="result"][value="instructed"]').check()
    dentist.drawer.locator(".tk-drawer-foot .btn-primary").click()
    dentist.done()
    page = dentist.open(f"/patients/{her.uid}/")
    expect(page.locator("#timeline h3, #timeline [data-kind], #timeline li").first).to_be_visible()
    expect(page.locator("#alerts .tk-danger")).to_have_count(0)
    with stage.inside():
        assert not Task.objects.filter(patient=her, kind="danger", done_at__isnull=True).exists()


# the manager


def test_the_managers_day(stage: Stage, tab: Tab) -> None:
    came_and_went(stage)
    for face in FACES:
        manager = Walk(stage, tab, "manager", face)
        reads_her_numbers(manager)
        changes_a_price(manager)
        invites(manager)
        asks_who_saw_her(manager)


def came_and_went(stage: Stage) -> None:
    """Three fillings long ago; one of them came again."""
    people = [
        stage.patient(f"Lý Thu {name}", f"+8490341831{n}")
        for n, name in enumerate(("Hà", "Hân", "Hạ"))
    ]
    for n, who in enumerate(people):
        stage.treat(who, f"2025-10-0{6 + n}T09:00", "filling", tooth=36)
    stage.treat(people[0], "2026-02-10T09:00", "scaling")
    stage.clock(f"{TODAY}T09:00")
    with stage.inside():
        recount_all()


def reads_her_numbers(manager: Walk) -> None:
    """Her first screen is the numbers; one opens to the people, and a person to her record."""
    page = manager.page
    assert page.url.endswith("/numbers/")
    manager.fits()
    page = manager.open("/numbers/?months=12")
    page.locator('a[href^="/numbers/revisit/"]').first.click()
    page.wait_for_url("**/numbers/revisit/**")
    manager.fits()
    page.locator('a[href^="/patients/"]', has_text="Lý Thu").first.click()
    page.wait_for_url("**/patients/*-*/")
    manager.fits()
    expect(page.locator("h1")).to_contain_text("Lý Thu")


def changes_a_price(manager: Walk) -> None:
    """In the settings, by the page; an impossible price is said beside its field."""
    price = 350_000 + 10_000 * (manager.face.number + 1)
    page = manager.open("/settings/")
    page.get_by_role("link", name="Cạo vôi, đánh bóng").click()
    field = page.locator('[name="price"]')
    field.fill("-1")
    page.locator("main form .btn-primary").click()
    expect(page.locator('[name="price"][aria-invalid="true"]')).to_be_visible()
    page.locator('[name="price"]').fill(str(price))
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/settings/")
    with manager.stage.inside():
        assert any(one.price == price for one in manager.stage.services())


def invites(manager: Walk) -> None:
    """A new receptionist: the letter lies in her mailbox."""
    address = f"le.tan.{manager.face.number}@example.vn"
    page = manager.open("/staff/invite/")
    page.locator('[name="full_name"]').fill(f"Lê Tân {manager.face.number}")
    page.locator('[name="email"]').fill(address)
    page.locator('[name="role"]').select_option(value="reception")
    page.locator('[name="branches"]').first.check()
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/staff/")
    expect(page.locator("main", has_text=address)).to_be_visible()
    page.goto(f"{manager.stage.live.gateway}/mail")
    expect(page.locator("body")).to_contain_text(address)


def asks_who_saw_her(manager: Walk) -> None:
    """A record's trail names the manager herself: she has just read it."""
    with manager.stage.inside():
        her = Patient.objects.get(full_name="Lý Thu Hà")
    manager.open(f"/patients/{her.uid}/")
    page = manager.open(f"/patients/{her.uid}/trail/")
    expect(page.locator("main")).to_contain_text("Lê Thanh Tùng")
