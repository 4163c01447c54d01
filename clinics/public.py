"""The door of this app: what the others may use."""

from clinics import access, audit, directory, due, frame, places, staff
from clinics.models import AuditEntry, Branch, Chair, ClosingDay, Profile, Role, Service, Staff

__all__ = [
    "AuditEntry",
    "Branch",
    "Chair",
    "ClosingDay",
    "Profile",
    "Role",
    "Service",
    "Staff",
    "access",
    "audit",
    "directory",
    "due",
    "frame",
    "places",
    "staff",
]
