"""Who follows an Official Account, and which patient she is (docs/inbox.md, "Followers").

She is joined to a patient by the number she shares, by four digits from her page, or by a person.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from clinics import clock
from clinics.public import Branch, Staff
from messaging import optout, talks
from messaging.models import JoinCode, ProviderAccount, ZaloPerson
from patients.public import (
    Appointment,
    ContactPointKind,
    NotPossible,
    Patient,
    PatientContactPoint,
    Visit,
    identities,
    names,
    phones,
)

CODE_OPEN = dt.timedelta(hours=24)
MOST_WRONG = 5
#: Of all users of an account together: nobody finds a code by asking from many phones.
MOST_WRONG_TOGETHER = 50
WRONG_FOR = dt.timedelta(hours=1)


def address(account: ProviderAccount, user_id: str) -> str:
    """What a contact point of hers says: she has another id at each account."""
    return f"{account.account_id}/{user_id}"


def person(account: ProviderAccount, user_id: str) -> ZaloPerson:
    """She as this account knows her, written down when she is first heard of."""
    found, _new = ZaloPerson.objects.get_or_create(account=account, user_id=user_id)
    return found


def acted(account: ProviderAccount, user_id: str, at: dt.datetime) -> ZaloPerson:
    """She did something at `at` that opens the window for answers."""
    who = person(account, user_id)
    if who.seen_at is None or at > who.seen_at:
        who.seen_at = at
        who.save(update_fields=["seen_at"])
    return who


@transaction.atomic
def followed(account: ProviderAccount, user_id: str, at: dt.datetime, *, follows: bool) -> None:
    """She follows the account, or no longer does; what happened earlier changes nothing later.

    Who leaves does not want to hear from us on Zalo: a refusal of every purpose there. Who comes
    back is not taken to agree again.
    """
    who = ZaloPerson.objects.select_for_update().get(pk=person(account, user_id).pk)
    latest = max(filter(None, (who.follows_since, who.follows_until)), default=None)
    if latest is not None and at <= latest:
        return
    if follows:
        who.follows_since = at
    else:
        who.follows_until = at
    who.save(update_fields=["follows_since", "follows_until"])
    if follows:
        acted(account, user_id, at)
        return
    patients = behind(who)
    if not patients:
        who.refused_at = at
        who.save(update_fields=["refused_at"])
    for patient in patients:
        optout.refuse_all(patient, channel="zalo", source="unfollow")
    talks.note_left(account, user_id, at)


def behind(who: ZaloPerson) -> list[Patient]:
    """The patients she is (one at most, unless the record was split)."""
    return identities.behind(ContactPointKind.ZALO, address(who.account, who.user_id))


@dataclass(frozen=True)
class Joined:
    """What came of telling us who she is: the patient, or those who may be her."""

    patient: Patient | None
    candidates: tuple[Patient, ...] = ()


@transaction.atomic
def shared(account: ProviderAccount, user_id: str, *, name: str, phone: str) -> Joined:
    """She gave us her name and number. With exactly one patient behind the number she is joined;
    with several a person chooses; with none she stays unknown. Who is joined stays who she is."""
    who = ZaloPerson.objects.select_for_update().get(pk=person(account, user_id).pk)
    if name:
        who.name = names.clean(name)[:120]
    try:
        number = phones.parse(_international(phone)).e164 if phone else ""
    except phones.PhoneError:
        number = ""
    who.phone = number or who.phone
    who.save(update_fields=["name", "phone"])
    known = behind(who)
    if known:
        return Joined(known[0])
    found = identities.behind(ContactPointKind.PHONE, who.phone) if number else []
    if len(found) == 1:
        return Joined(join(who, found[0]))
    return Joined(None, tuple(found))


def _international(phone: str) -> str:
    """Zalo writes 84903418276."""
    plain = phone.strip()
    return f"+{plain}" if plain.startswith("84") and len(plain) > 10 else plain


def join(who: ZaloPerson, patient: Patient, *, by: Staff | None = None) -> Patient:
    """She is this patient: messages by user id go before those by phone from now on, and what she
    wrote stands in the patient's conversation. What she refused as a stranger is refused."""
    with transaction.atomic():
        point = identities.attach_zalo(patient=patient, value=address(who.account, who.user_id))
        now = clock.now()
        ZaloPerson.objects.filter(pk=who.pk).update(
            contact_point=point, joined_at=now, wrong_codes=0, wrong_since=None, refused_at=None
        )
        if who.refused_at is not None:
            optout.refuse_all(patient, channel="zalo", source="zalo", by=by)
        talks.give_to(patient, account=who.account, sender=who.user_id)
    return patient


def forgotten(account: ProviderAccount, user_id: str, at: dt.datetime) -> None:
    """She took her data back at the provider: name, number and the tie to the patient go."""
    with transaction.atomic():
        who = person(account, user_id)
        for patient in behind(who):
            optout.refuse_all(patient, channel="zalo", source="withdrawn")
        identities.detach_zalo(value=address(account, user_id))
        ZaloPerson.objects.filter(pk=who.pk).update(
            name="", phone="", contact_point=None, joined_at=None, withdrew_at=at, refused_at=at
        )


# four digits from her page


@transaction.atomic
def make_code(patient: Patient) -> JoinCode:
    """The code by which she is known, for a day; asked again while it holds, it is the same."""
    now = clock.now()
    JoinCode.objects.filter(used_at__isnull=True, until__lte=now).delete()
    standing = code_of(patient)
    if standing is not None:
        return standing
    for _try in range(50):
        try:
            with transaction.atomic():
                return JoinCode.objects.create(
                    code=f"{secrets.randbelow(10_000):04}",
                    patient=patient,
                    made_at=now,
                    until=now + CODE_OPEN,
                )
        except IntegrityError:
            standing = code_of(patient)  # the same moment, in another tab
            if standing is not None:
                return standing
    raise NotPossible("Too many codes stand.")


def code_of(patient: Patient) -> JoinCode | None:
    """Her code that still holds."""
    return JoinCode.objects.filter(
        patient=patient, used_at__isnull=True, until__gt=clock.now()
    ).first()


def is_code(text: str) -> bool:
    """Whether a message is four digits and nothing else."""
    return len(text.strip()) == 4 and text.strip().isascii() and text.strip().isdigit()


@transaction.atomic
def tried(account: ProviderAccount, user_id: str, code: str) -> Patient | None:
    """She wrote four digits. The patient she is now, or None: no such code, or too many wrong
    ones. A wrong one is counted; a right one holds once."""
    who = ZaloPerson.objects.select_for_update().get(pk=person(account, user_id).pk)
    if behind(who) or _too_often(who):
        return None
    now = clock.now()
    found = (
        JoinCode.objects.select_for_update()
        .filter(code=code.strip(), used_at__isnull=True, until__gt=now)
        .select_related("patient")
        .first()
    )
    if found is None or not _serves(account, found.patient):
        fresh = who.wrong_since is None or who.wrong_since <= now - WRONG_FOR
        ZaloPerson.objects.filter(pk=who.pk).update(
            wrong_codes=1 if fresh else F("wrong_codes") + 1,
            wrong_since=now if fresh else who.wrong_since,
        )
        return None
    JoinCode.objects.filter(pk=found.pk).update(used_at=now)
    return join(who, found.patient)


def _too_often(who: ZaloPerson) -> bool:
    since = clock.now() - WRONG_FOR
    if who.wrong_since is not None and who.wrong_since > since and who.wrong_codes >= MOST_WRONG:
        return True
    rows = ZaloPerson.objects.filter(account=who.account, wrong_since__gt=since)
    return (rows.aggregate(n=Sum("wrong_codes"))["n"] or 0) >= MOST_WRONG_TOGETHER


def _serves(account: ProviderAccount, patient: Patient) -> bool:
    only = set(account.branches.values_list("pk", flat=True))
    return not only or patient.branch_id in only


# reads


def of_patient(patient: Patient) -> list[ZaloPerson]:
    """As whom the accounts know her; one statement."""
    return list(
        ZaloPerson.objects.filter(
            contact_point__patientcontactpoint__patient=patient,
            contact_point__patientcontactpoint__ended_at__isnull=True,
        ).select_related("account")
    )


def get(account_id: int | None, user_id: str) -> ZaloPerson | None:
    """She as an account knows her, or None."""
    return (
        ZaloPerson.objects.select_related("account")
        .filter(account=account_id, user_id=user_id)
        .first()
    )


def accounts(branches: Iterable[Branch]) -> list[ProviderAccount]:
    """The Official Accounts that serve these branches."""
    serves = Q(branches__isnull=True) | Q(branches__in=list(branches))
    rows = ProviderAccount.objects.filter(serves, kind="zalo", is_active=True)
    return list(rows.distinct().order_by("pk"))


def address_of(account: ProviderAccount) -> str:
    """What the code on the desk opens: the account's page, where she presses "follow"."""
    return f"https://zalo.me/{account.account_id}"


#: Who came within this time, or is booked, is being treated now.
ACTIVE_FOR = dt.timedelta(days=365)
PAGE = 50


def _active(branches: Iterable[Branch]) -> QuerySet[Patient]:
    """Patients of these branches who came within a year or have an appointment ahead."""
    today = clock.today()
    came = Visit.objects.filter(
        patient=OuterRef("pk"), voided_at__isnull=True, on_date__gt=today - ACTIVE_FOR
    )
    ahead = Appointment.objects.filter(
        patient=OuterRef("pk"), voided_at__isnull=True, outcome__isnull=True, on_date__gte=today
    )
    standing = Patient.objects.filter(
        branch__in=list(branches), voided_at__isnull=True, deceased_on__isnull=True, is_test=False
    )
    return standing.filter(Exists(came) | Exists(ahead))


def _joined() -> Exists:
    return Exists(
        PatientContactPoint.objects.filter(
            patient=OuterRef("pk"), contact_point__kind=ContactPointKind.ZALO, ended_at__isnull=True
        )
    )


@dataclass(frozen=True)
class Share:
    """Of so many patients in treatment, so many can be written to on Zalo by their user id."""

    joined: int
    of: int

    @property
    def others(self) -> int:
        return self.of - self.joined

    @property
    def per_100(self) -> int:
        return round(100 * self.joined / self.of) if self.of else 0


def share(branches: Iterable[Branch]) -> Share:
    """The number on the page; one statement."""
    found = _active(branches).aggregate(of=Count("pk"), joined=Count("pk", filter=Q(_joined())))
    return Share(found["joined"], found["of"])


@dataclass(frozen=True)
class People:
    """A page of those behind the number."""

    rows: list[Patient]
    number: int
    more: bool


def people_of(branches: Iterable[Branch], *, joined: bool, number: int = 1) -> People:
    """Who is joined, or who is not; one statement."""
    start = (max(number, 1) - 1) * PAGE
    which = Q(_joined()) if joined else ~Q(_joined())
    rows = _active(branches).filter(which).select_related("branch")
    found = list(rows.order_by("sort_key", "id")[start : start + PAGE + 1])
    return People(found[:PAGE], max(number, 1), len(found) > PAGE)


@dataclass(frozen=True)
class Offer:
    """What a patient's own page offers her: the account to follow, and her four digits once she
    has asked for them."""

    name: str
    address: str
    code: str


def offer(patient: Patient) -> Offer | None:
    """None when she is joined already, or no account serves her branch; three statements."""
    found = accounts([patient.branch])
    if not found or of_patient(patient):
        return None
    code = code_of(patient)
    return Offer(found[0].name, address_of(found[0]), code.code if code else "")
