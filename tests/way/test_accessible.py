"""Every main page by axe, at a phone's and a desk's width, light and dark; none scrolls sideways.

Not even the calendar's grid is excused; its day list is its twin for keys and screen readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from clinics.clock import now
from config.paths import NODE_MODULES
from followup.public import Contact, answers
from kpi.models import LeakCase, LeakRecord
from messaging.public import links, templates
from patients.public import Appointment, Patient
from tests.browser import DESK
from tests.way.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.browser]

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
WIDTHS = {390: 844, 1024: 768, 1440: 900}
#: Every rule; or, in the dark, where only colours differ, the one about colours.
_RUN = """async (only) => (await axe.run(document, {
    resultTypes: ["violations"], ...(only ? {runOnly: [only]} : {}),
})).violations.map(
    (rule) => `${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 160)).join(" ")}`)"""


def life(stage: Stage) -> Patient:
    """A day with something of everything: coming, waiting, treated, worse, not reached."""
    trang = stage.patient("Đặng Thị Thu Trang", "+84903418276")
    stage.treat(trang, "2026-06-01T09:00", "implant", tooth=36)
    lan = stage.patient("Phạm Thị Lan", "+84903418278")
    stage.treat(lan, "2026-06-01T10:30", "filling", tooth=26)
    nobody = stage.patient("Vũ Hoài An", "")
    for who, hour in ((lan, "11:30"), (nobody, "14:00"), (trang, "15:00")):
        stage.slot(who, f"2026-06-04T{hour}", minutes=30)
    stage.clock("2026-06-04T11:00")
    with stage.inside():
        worse = Contact.objects.get(step__key="I2", kind="ask")
        answers.answer(contact=worse, choice="worse", signs=["fever"], note="sưng từ tối qua")
    return trang


def desk_pages(stage: Stage, her: Patient) -> Iterator[tuple[str, str]]:
    """Who signs in, and which page."""
    with stage.inside():
        slot = Appointment.objects.filter(patient=her, outcome__isnull=True)[0]
        done = Appointment.objects.filter(patient=her, outcome__isnull=False)[0]
        leak = LeakCase.objects.create(
            kind="export", key="a", happened_at=now(), until_at=now(), found_at=now()
        )
        LeakRecord.objects.create(case=leak, patient_id=her.pk, found_at=now())
    for path in (
        "/today/", "/today/?view=list", "/patients/", f"/patients/{her.uid}/", "/tasks/",
        "/data/", "/appointments/new/?newcomer=1", f"/appointments/{slot.uid}/",
        f"/appointments/{slot.uid}/cancel/", f"/appointments/{slot.uid}/move/",
    ):  # fmt: skip
        yield "reception", path
    yield "dentist", "/dentist/"
    yield "dentist", f"/dentist/{done.uid}/sign/"
    yield "dentist", f"/dentist/{done.uid}/prepare/"
    for path in (
        "/numbers/", "/numbers/?month=2026-12&due=later", "/numbers/data_leak/",
        "/numbers/data_leak/cases/", f"/numbers/data_leak/cases/{leak.uid}/", "/patients/export/",
    ):  # fmt: skip
        yield "manager", path
    with stage.inside():
        texts = {one.channel: one.uid for one in templates.every()}
    for path in (
        "/settings/messages/", "/settings/messages/new/", f"/settings/messages/{texts['sms']}/",
        f"/settings/messages/{texts['zalo']}/", "/settings/messages/guides/implant/",
        "/care/plans/", "/staff/", "/staff/invite/", "/settings/rota/",
        f"/patients/{her.uid}/trail/",
    ):  # fmt: skip
        yield "manager", path


def phone_pages(stage: Stage) -> list[str]:
    """A patient's pages: a place kept, a question, one answered, an invitation."""
    with stage.inside():
        kinds = ["confirmation", "ask", "invite"]
        found = {
            (row.kind, bool(row.answer_set.exists())): row
            for row in Contact.objects.filter(kind__in=kinds)
        }
        kept = found["confirmation", False]
        at = [links.url_for(row.uid, patient_id=row.patient_id) for row in found.values()]
        slot = links.url_for(kept.uid, patient_id=kept.patient_id)
    paths = ["/k/" + each.split("/k/")[1] for each in (*at, f"{slot}cancel/", f"{slot}move/")]
    assert len(paths) == 6
    return paths


def problems(page: Page, name: str) -> list[str]:
    """What is wrong with the page that is open, in all its forms."""
    found = []
    page.evaluate(AXE.read_text())
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{name} at {width}: {wide} px wide")
        for scheme in ("light", "dark") if width != 1024 else ():
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            said = page.evaluate(_RUN, "color-contrast" if scheme == "dark" else "")
            found += [f"{name} at {width}, {scheme}: {each}" for each in said]
    return found


def test_every_main_page_is_accessible(stage: Stage, tab: Callable[..., Page]) -> None:
    her = life(stage)
    found: list[str] = []
    open_tabs: dict[str, Page] = {}
    page = tab(DESK)
    page.goto(stage.live.url(path="/accounts/login/"))
    found += problems(page, "sign-in")
    for role, path in desk_pages(stage, her):
        if role not in open_tabs:
            open_tabs[role] = stage.sign_in(tab(DESK), role)
        page = open_tabs[role]
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        page.goto(stage.live.url(path=path), wait_until="networkidle")
        found += problems(page, f"{role} {path}")
    page = tab(DESK)
    for path in phone_pages(stage):
        page.goto(stage.live.url(path=path))
        found += problems(page, path)
    assert not found, "\n".join(found)
