"""What a clinic that has just begun does next, each line said by its own rows.

Owner and manager see it on their first page while anything of it is open; an owner can put it
away for good. Only things that have a page of their own stand here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import npgettext, pgettext

from clinics.public import Branch, Role, Staff, access, audit, places, staff
from followup.public import plans
from messaging.public import accounts
from patients.public import Appointment, Patient, Treatment, TreatmentStatus

PUT_AWAY = "checklist.put_away"


@dataclass(frozen=True)
class Line:
    """One thing to do: whether it is done, how it stands, why it matters, where it is done."""

    key: str
    done: bool
    what: str
    stands: str
    why: str
    href: str
    button: str


@dataclass(frozen=True)
class Checklist:
    """All the lines, in the order in which a clinic does them."""

    lines: list[Line]
    may_put_away: bool

    @property
    def done(self) -> list[Line]:
        return [line for line in self.lines if line.done]

    @property
    def open(self) -> list[Line]:
        return [line for line in self.lines if not line.done]


def of(person: Staff) -> Checklist | None:
    """What is still to be done, for who sets the clinic up; None when nothing is, or when an
    owner has put it away. As many statements for a large clinic as for a new one."""
    if not access.may(person, "settings.write"):
        return None
    branches = list(access.branches(person).annotate(chairs=Count("chair")))
    lines = [
        _branches(branches),
        _prices(),
        _people(),
        _plans(),
        _messages(),
        _patients(),
        _appointment(),
        _signed(),
    ]
    if all(line.done for line in lines) or audit.ever_by(role=Role.OWNER, verb=PUT_AWAY):
        return None
    return Checklist(lines, may_put_away=person.role == Role.OWNER)


def put_away(*, by: Staff) -> None:
    """An owner needs it no more: nobody in this clinic is shown it again."""
    if not audit.ever(verb=PUT_AWAY, actor=by):
        audit.record(verb=PUT_AWAY, actor=by)


def _branches(branches: Sequence[Branch]) -> Line:
    bare = [one for one in branches if not one.chairs]  # type: ignore[attr-defined]
    chairs = sum(one.chairs for one in branches)  # type: ignore[attr-defined]
    where = (bare or branches)[:1]
    stands = npgettext("start", "%(n)s chair", "%(n)s chairs", chairs) % {"n": chairs}
    if bare:
        stands = pgettext("start", "No chair yet: %(where)s") % {"where": bare[0].name}
    return Line(
        key="branches",
        done=bool(branches) and not bare,
        what=pgettext("start", "Opening hours and chairs"),
        stands=stands if branches else pgettext("start", "No branch yet"),
        why=pgettext("start", "Free times are offered from them."),
        href=f"/settings/branches/{where[0].uid}/" if where else "/settings/",
        button=pgettext("start", "Set hours and chairs"),
    )


def _prices() -> Line:
    priced = places.services().filter(price__gt=0).count()
    return Line(
        key="prices",
        done=priced > 0,
        what=pgettext("start", "Price list"),
        stands=npgettext("start", "%(n)s service with a price", "%(n)s services with a price",
                         priced) % {"n": priced},
        why=pgettext("start", "How long a visit takes and what follows it hang on the service."),
        href="/settings/",
        button=pgettext("start", "Write the price list"),
    )  # fmt: skip


def _people() -> Line:
    seen = [person.user.last_login is not None for person in staff.everybody()]
    return Line(
        key="people",
        done=len(seen) > 1 and all(seen),
        what=pgettext("start", "Everybody signs in by herself"),
        stands=pgettext("start", "%(n)s of %(total)s have signed in")
        % {"n": sum(seen), "total": len(seen)},
        why=pgettext("start", "Who changed and saw what can only be said when nobody shares."),
        href="/staff/",
        button=pgettext("start", "See and invite people"),
    )


def _plans() -> Line:
    used = plans.in_use()
    return Line(
        key="plans",
        done=used > 0,
        what=pgettext("start", "Care plans approved by a dentist"),
        stands=npgettext("start", "%(n)s plan in use", "%(n)s plans in use", used) % {"n": used},
        why=pgettext("start", "Without them nobody is asked after a treatment."),
        href="/care/plans/",
        button=pgettext("start", "Read the care plans"),
    )


def _messages() -> Line:
    sending = [account for account in accounts.sending() if account.kind == "zalo"]
    hotline = places.profile().hotline
    stands = pgettext("start", "No Zalo account sends: the operator connects it")
    if sending:
        stands = pgettext("start", "%(name)s sends") % {"name": sending[0].name}
    return Line(
        key="messages",
        done=bool(sending and hotline),
        what=pgettext("start", "Zalo account and hotline"),
        stands=stands if hotline else pgettext("start", "No hotline yet"),
        why=pgettext("start", "Reminders go out by Zalo and name the number to call."),
        href="/data/",
        button=pgettext("start", "See who is not reached"),
    )


def _patients() -> Line:
    known = Patient.objects.filter(voided_at__isnull=True, is_test=False).exists()
    return Line(
        key="patients",
        done=known,
        what=pgettext("start", "First patients"),
        stands=pgettext("start", "There are some") if known else pgettext("start", "None yet"),
        why=pgettext("start", "Typed at the desk, or an old program's book taken over."),
        href="/patients/new/",
        button=pgettext("start", "Write down a patient"),
    )


def _appointment() -> Line:
    booked = Appointment.objects.filter(
        import_batch__isnull=True, voided_at__isnull=True
    ).exists()  # fmt: skip
    return Line(
        key="appointment",
        done=booked,
        what=pgettext("start", "First appointment"),
        stands=pgettext("start", "Booked") if booked else pgettext("start", "None yet"),
        why=pgettext("start", "She gets a confirmation, and a reminder the day before."),
        href="/today/",
        button=pgettext("start", "Open today's calendar"),
    )


def _signed() -> Line:
    own = Treatment.objects.filter(import_batch__isnull=True)
    signed = own.filter(status=TreatmentStatus.SIGNED).exists()
    waiting = 0 if signed else own.filter(status=TreatmentStatus.DONE).count()
    stands = npgettext("start", "%(n)s waits for its signature",
                       "%(n)s wait for their signatures", waiting) % {"n": waiting}  # fmt: skip
    return Line(
        key="signed",
        done=signed,
        what=pgettext("start", "First treatment signed"),
        stands=pgettext("start", "Signed") if signed else stands,
        why=pgettext("start", "The signature begins the care and makes the visit count."),
        href="/today/close/",
        button=pgettext("start", "See what is not signed"),
    )
