"""Courses: treatments that take several visits, and what the dentist says of each of them
(docs/patients.md, "Courses"). Pure.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from patients.models.treatments import Stage

_CANAL = (Stage.SESSION, Stage.OBTURATION, Stage.CONTROL)
#: Start of a service's code → the steps its treatments can be.
STAGES: dict[str, tuple[Stage, ...]] = {
    "root_canal": _CANAL,
    "endo": _CANAL,
    "ortho": (Stage.BONDING, Stage.ADJUSTMENT),
}
#: Service → the service whose open plan it ends, and is a part of.
ENDS = {"ortho_debond": "ortho"}
#: Starts of the codes of what restores a tooth for good.
RESTORES = ("filling", "crown", "bridge", "veneer")
#: The dentist's own weeks until the next adjustment.
WEEKS = range(2, 13)
#: How long braces are worn, as their dentist expects it when they are put on.
MONTHS = range(3, 61)


@dataclass(frozen=True)
class Said:
    """What the dentist says of one visit of a course.

    `stage`: which step it was; `tooth_left`: open or temporary, "" = closed for good; `healed`:
    a control found the tooth healed; `revisit_weeks`: weeks until the next adjustment;
    `planned_months`: how long the braces will be worn.
    """

    stage: str = ""
    tooth_left: str = ""
    healed: bool = False
    revisit_weeks: int | None = None
    planned_months: int | None = None


NOTHING = Said()


def stages_of(service_code: str) -> tuple[Stage, ...]:
    """The steps a treatment of this service can be; none for what is no course."""
    if service_code in ENDS:
        return ()
    return next((steps for start, steps in STAGES.items() if service_code.startswith(start)), ())


def is_of_the_mouth(service_code: str) -> bool:
    """Whether a course is one for the whole mouth, whatever tooth is named."""
    return Stage.BONDING in stages_of(service_code)


def clean(said: Said, service_code: str) -> Said:
    """What was said as far as it belongs to the step. Raises ValidationError beside its field:
    stage, revisit_weeks, planned_months."""
    allowed = stages_of(service_code)
    if said.stage and said.stage not in allowed:
        raise ValidationError({"stage": _("This is no step of this treatment.")})
    braces = said.stage in (Stage.BONDING, Stage.ADJUSTMENT)
    weeks = said.revisit_weeks if braces else None
    if weeks is not None and weeks not in WEEKS:
        raise ValidationError({"revisit_weeks": _("Between 2 and 12 weeks.")})
    months = said.planned_months if said.stage == Stage.BONDING else None
    if months is not None and months not in MONTHS:
        raise ValidationError({"planned_months": _("Between 3 and 60 months.")})
    return replace(
        said,
        tooth_left=said.tooth_left if said.stage in (Stage.SESSION, Stage.OBTURATION) else "",
        healed=said.healed and said.stage == Stage.CONTROL,
        revisit_weeks=weeks,
        planned_months=months,
    )


def must_say(said: Said, service_code: str) -> None:
    """A course is signed with its step: care after it hangs on it. Raises ValidationError."""
    if stages_of(service_code) and not said.stage:
        raise ValidationError({"stage": _("Say which step of the treatment this was.")})


@dataclass(frozen=True)
class Progress:
    """How far a course of braces has come: it is in its `month`-th month `of` the planned ones."""

    month: int
    of: int

    @property
    def percent(self) -> int:
        """For a bar; full when it takes longer than planned."""
        return min(100, round(100 * self.month / self.of))


def progress(began: dt.date, today: dt.date, planned_months: int) -> Progress:
    """The first month begins on the day the braces are put on, the next on that day of a month."""
    months = (today.year - began.year) * 12 + today.month - began.month - (today.day < began.day)
    return Progress(max(months, 0) + 1, planned_months)
