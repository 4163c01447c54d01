"""The tables of what is said to whom and when, one noun a file."""

from followup.models.contacts import (
    Answer,
    AnswerChoice,
    Contact,
    ContactKind,
    Decision,
    DecisionEnd,
    Deferral,
)
from followup.models.protocols import (
    Enrolment,
    EnrolmentState,
    OverWhen,
    Protocol,
    ProtocolStep,
    ProtocolVersion,
    ServiceProtocol,
    StepKind,
)
from followup.models.sequences import Sequence, SequenceKind
from followup.models.tasks import Task, TaskKind

__all__ = [
    "Answer",
    "AnswerChoice",
    "Contact",
    "ContactKind",
    "Decision",
    "DecisionEnd",
    "Deferral",
    "Enrolment",
    "EnrolmentState",
    "OverWhen",
    "Protocol",
    "ProtocolStep",
    "ProtocolVersion",
    "Sequence",
    "SequenceKind",
    "ServiceProtocol",
    "StepKind",
    "Task",
    "TaskKind",
]
