"""What patients do with the messages they get, and what staff do with their tasks."""

from __future__ import annotations

import datetime as dt

from clinics.public import clock
from config.history.life import Life, page_of
from config.history.places import Practice
from followup.public import Contact, answers, tasks
from patients.public import Appointment, NotPossible, Status, appointments, treatments

HOUR = dt.timedelta(hours=1)
SAID = ("sent",)
DONE_AT_ONCE = 0.55
#: What came up in the last days stands open: somebody must have something to do.
LEFT_OPEN = dt.timedelta(days=4)
#: Answers to a care question, in a hundred.
TREND = {"better": 66, "same": 26, "worse": 8}
USUAL = {"fine": 78, "uneasy": 17, "call_me": 5}


class Replies:
    """Looks at what was sent since the last look, and has some of the patients react."""

    def __init__(self, life: Life, by_branch: dict[int, Practice]) -> None:
        self.life = life
        self.by_branch = by_branch
        self.seen = 0
        self.quiet: set[int] = set()  # patients whose story says itself what they answer

    def look(self) -> None:
        """React to every message that was sent since the last look."""
        fresh = (
            Contact.objects.filter(decision__end__in=SAID, decision__id__gt=self.seen)
            .select_related("decision", "step", "appointment", "patient", "enrolment__treatment")
            .order_by("id")  # as they were planned: decisions of one moment have no order
        )
        for contact in fresh:
            self.seen = max(self.seen, contact.decision.id)
            if contact.patient_id not in self.quiet:
                self._react(contact)

    def _react(self, contact: Contact) -> None:
        rng, now = self.life.rng, self.life.now
        later = now + rng.choice((1, 2, 3, 5)) * HOUR
        if contact.kind == "reminder" and rng.random() < 0.62:
            self.life.at(later, lambda: self._confirm(contact.appointment))
        elif contact.kind == "ask" and rng.random() < 0.72:
            self.life.at(later, lambda: self._answer(contact))
        elif contact.kind in ("invite", "nudge"):
            practice = self.by_branch[contact.branch_id]
            if rng.random() < practice.place.returns:
                self.life.at(now + rng.choice((3, 8, 26)) * HOUR, lambda: self._book(contact))

    def _confirm(self, slot: Appointment | None) -> None:
        if slot is None:
            return
        slot.refresh_from_db()
        if slot.outcome is None and slot.status == Status.BOOKED:
            with page_of(None):
                appointments.confirm(slot)

    def _answer(self, contact: Contact) -> None:
        table = TREND if "better" in answers.choices(contact) else USUAL
        choice = self.life.rng.choices(list(table), list(table.values()))[0]
        try:
            with page_of(None):
                answers.answer(contact=contact, choice=choice)
        except NotPossible:
            return

    def _book(self, contact: Contact) -> None:
        """She takes up the invitation: within the plan a check, else a periodic visit."""
        step = contact.step
        if step is None or appointments.open_for(contact.patient) is not None:
            return
        in_plan = bool(treatments.open_plans(contact.patient))
        today = clock.day_of(self.life.now)
        opens = contact.window_from or today
        self.life.book(
            self.by_branch[contact.branch_id],
            contact.patient,
            self.life.services["suture" if in_plan else "scaling"],
            in_days=max(1, (opens - today).days + self.life.rng.choice((0, 1, 3))),
            purpose=step.purpose,
            counts_as_return=step.counts_as_return,
        )

    def work_tasks(self) -> None:
        """Staff do what has stood for some hours; now and then one is left for tomorrow."""
        before = min(self.life.now - 6 * HOUR, self.life.until - LEFT_OPEN)
        branches = [practice.branch for practice in self.by_branch.values()]
        old = tasks.open_in(branches).filter(opened_at__lt=before).order_by("id")
        for task in old.select_related(None):
            if task.patient_id not in self.quiet and self.life.rng.random() < DONE_AT_ONCE:
                by = self.by_branch[task.branch_id].reception
                with page_of(by):
                    tasks.done(task, by=by, result="Đã gọi, khách ổn")
