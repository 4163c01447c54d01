"""The door of this app: what the others may use."""

from clinics import (
    access,
    audit,
    clock,
    directory,
    due,
    fields,
    frame,
    hints,
    history,
    places,
    sealing,
    staff,
)
from clinics.events import Event
from clinics.models import (
    AuditEntry,
    Branch,
    Chair,
    ChangeEvent,
    ClosingDay,
    Profile,
    Role,
    Service,
    Staff,
)

__all__ = [
    "AuditEntry",
    "Branch",
    "Chair",
    "ChangeEvent",
    "ClosingDay",
    "Event",
    "Profile",
    "Role",
    "Service",
    "Staff",
    "access",
    "audit",
    "clock",
    "directory",
    "due",
    "fields",
    "frame",
    "hints",
    "history",
    "places",
    "sealing",
    "staff",
]
