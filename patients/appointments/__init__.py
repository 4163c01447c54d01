"""Appointments: verbs, then reads. `appointments.book(...)`: this package is the noun."""

from patients.appointments.booking import ask_move, book, confirm, move, start_of
from patients.appointments.glance import Glance, glance
from patients.appointments.outcomes import (
    cancel,
    check_in,
    done,
    miss,
    seat,
    undo_outcome,
)
from patients.appointments.reads import (
    Line,
    between,
    count_unresolved,
    day,
    get,
    inside,
    line,
    line_of,
    lines,
    next_of,
    of_dentist,
    of_patient,
    open_for,
    unresolved,
    untreated,
)
from patients.appointments.slots import Slot, free_slots, free_starts

__all__ = [
    "Glance",
    "Line",
    "Slot",
    "ask_move",
    "between",
    "book",
    "cancel",
    "check_in",
    "confirm",
    "count_unresolved",
    "day",
    "done",
    "free_slots",
    "free_starts",
    "get",
    "glance",
    "inside",
    "line",
    "line_of",
    "lines",
    "miss",
    "move",
    "next_of",
    "of_dentist",
    "of_patient",
    "open_for",
    "seat",
    "start_of",
    "undo_outcome",
    "unresolved",
    "untreated",
]
