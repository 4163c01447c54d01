"""How the agreed price of a treatment came to be what it is: who changed it, when, from, to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from clinics.public import history
from patients.models import Patient
from patients.treatments import Line


@dataclass(frozen=True)
class PriceChange:
    """One change of an agreed price, whole VND; None = no price was agreed."""

    at: dt.datetime
    who: str
    was: int | None
    now: int | None


def changes(patient: Patient, lines: Iterable[Line]) -> dict[int, list[PriceChange]]:
    """The changes of these treatments' prices by treatment, the oldest first; one statement,
    read from the trail (docs/audit.md)."""
    current = {line.id: line.agreed_value for line in lines}
    if not current:
        return {}
    steps: dict[int, list[history.Was]] = defaultdict(list)
    for was in history.former_values(
        kind="patients_treatment", column="agreed_value", patient_id=patient.pk, ids=current
    ):
        steps[was.object_id].append(was)
    return {
        pk: [
            PriceChange(one.at, one.who, one.value, following)
            for one, following in zip(
                own, [*(later.value for later in own[1:]), current[pk]], strict=True
            )
        ]
        for pk, own in steps.items()
    }
