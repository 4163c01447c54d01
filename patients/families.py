"""Households and ties: who belongs to whom, who speaks, pays and decides (docs/patients.md)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clinics import clock
from clinics.public import Staff
from patients import names
from patients.models import Household, Patient, Relation, Tie

#: What the patient is to her relative, when the relative is that to her. A mother's or a
#: father's child is a child; of whom a child is the parent is told by the parent's gender.
_BACK = {
    Relation.MOTHER: Relation.CHILD,
    Relation.FATHER: Relation.CHILD,
    Relation.SPOUSE: Relation.SPOUSE,
    Relation.SIBLING: Relation.SIBLING,
    Relation.GRANDPARENT: Relation.GRANDCHILD,
    Relation.GRANDCHILD: Relation.GRANDPARENT,
    Relation.OTHER: Relation.OTHER,
}


@dataclass(frozen=True)
class Relative:
    """A line of the family. `uid` is empty for a tie that was told from the other side."""

    uid: str
    patient_uid: str
    name: str
    relation: str
    is_guardian: bool
    pays: bool
    decides: bool


@transaction.atomic
def tie(
    *,
    patient: Patient,
    relation: Relation,
    relative: Patient | None = None,
    name: str = "",
    is_guardian: bool = False,
    pays: bool = False,
    decides: bool = False,
    by: Staff | None,
) -> Tie:
    """Note a relative; another patient joins the household. Told again it is corrected.

    Raises ValidationError beside its field: relative, name.
    """
    said = names.clean(name)[:120] if relative is None else ""
    if relative is None and not said:
        raise ValidationError({"name": _("Write the name, or choose a patient.")})
    if relative is not None and relative.pk == patient.pk:
        raise ValidationError({"relative": _("Nobody is related to herself.")})
    facts = {
        "relation": relation,
        "is_guardian": is_guardian,
        "pays": pays,
        "decides": decides,
        "noted_by": by,
    }
    known = Tie.objects.filter(
        patient=patient, relative=relative, name=said, ended_at__isnull=True
    ).first()
    if known is not None:
        Tie.objects.filter(pk=known.pk).update(**facts)
        known.refresh_from_db()
        return known
    if relative is not None:
        _join(patient, relative)
    return Tie.objects.create(
        patient=patient, relative=relative, name=said, recorded_at=clock.now(), **facts
    )


def _join(patient: Patient, relative: Patient) -> None:
    """Both live in one household from now on: that of the two which is older."""
    both = list(Patient.objects.select_for_update().filter(pk__in=(patient.pk, relative.pk)))
    homes = sorted({one.household_id for one in both if one.household_id})
    home = homes[0] if homes else Household.objects.create(recorded_at=clock.now()).pk
    members = Q(pk__in=(patient.pk, relative.pk)) | Q(household_id__in=homes)
    Patient.objects.filter(members).update(household_id=home)
    patient.household_id = relative.household_id = home


@transaction.atomic
def untie(*, patient: Patient, uid: UUID) -> None:
    """It was noted by mistake or is so no more; that it was so stays known. The household stays
    while another tie holds it. Twice is once."""
    ended = Tie.objects.filter(patient=patient, uid=uid, ended_at__isnull=True)
    relatives = list(ended.exclude(relative=None).values_list("relative_id", flat=True))
    ended.update(ended_at=clock.now())
    for one in (patient.pk, *relatives):
        standing = Tie.objects.filter(ended_at__isnull=True, relative__isnull=False)
        if not standing.filter(Q(patient_id=one) | Q(relative_id=one)).exists():
            Patient.objects.filter(pk=one).update(household=None)


def of(patient: Patient) -> list[Relative]:
    """Her relatives, those told from the other side too; two statements."""
    own = Tie.objects.filter(patient=patient, ended_at__isnull=True).select_related("relative")
    listed = [_line(row) for row in own.order_by("recorded_at", "id")]
    known = {one.patient_uid for one in listed}
    others = Tie.objects.filter(
        relative=patient, ended_at__isnull=True, patient__voided_at__isnull=True
    ).select_related("patient")
    for row in others.order_by("recorded_at", "id"):
        if str(row.patient.uid) not in known:
            listed.append(_from_other_side(row, patient))
    return listed


def _line(row: Tie) -> Relative:
    return Relative(
        uid=str(row.uid),
        patient_uid=str(row.relative.uid) if row.relative else "",
        name=str(row),
        relation=str(Relation(row.relation).label),
        is_guardian=row.is_guardian,
        pays=row.pays,
        decides=row.decides,
    )


def _from_other_side(row: Tie, patient: Patient) -> Relative:
    """The one who named this patient as a relative: what is she to the patient?"""
    back = _BACK.get(Relation(row.relation))
    if back is None:  # the patient is her child, so she is a parent
        back = {"F": Relation.MOTHER, "M": Relation.FATHER}.get(row.patient.gender, Relation.OTHER)
    return Relative(
        "", str(row.patient.uid), str(row.patient), str(back.label), False, False, False
    )


def guardian_of(patient: Patient) -> Tie | None:
    """Who speaks for her, the first that was noted."""
    return (
        Tie.objects.filter(patient=patient, is_guardian=True, ended_at__isnull=True)
        .select_related("relative")
        .order_by("recorded_at", "id")
        .first()
    )
