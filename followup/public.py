"""The door of this app: what the higher apps may use."""

from followup import (
    answers,
    contacts,
    enrolments,
    plans,
    protocols,
    reasons,
    recalls,
    returns,
    starts,
    tasks,
)
from followup.models import Answer, Contact, Decision, Deferral, Enrolment, Task

__all__ = [
    "Answer",
    "Contact",
    "Decision",
    "Deferral",
    "Enrolment",
    "Task",
    "answers",
    "contacts",
    "enrolments",
    "plans",
    "protocols",
    "reasons",
    "recalls",
    "returns",
    "starts",
    "tasks",
]
