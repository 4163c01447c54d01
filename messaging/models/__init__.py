"""The tables of how it is said and what came back, one noun a file."""

from messaging.models.accounts import (
    Consent,
    FoundTemplate,
    ProviderAccount,
    SpendingLimit,
)
from messaging.models.calls import Call, CallResult, Direction
from messaging.models.files import FileState, LineFile, LineFileData
from messaging.models.guides import Guide, GuidePicture, GuidePictureFile, GuideVideo
from messaging.models.inbound import Inbound
from messaging.models.outbox import (
    Link,
    LinkOpen,
    Message,
    MessageState,
    Unreachable,
    Visitor,
)
from messaging.models.talks import (
    JoinCode,
    LineKind,
    LineState,
    QuickReply,
    Talk,
    TalkLine,
    Wait,
    ZaloPerson,
)
from messaging.models.templates import (
    Language,
    MessageClass,
    Template,
    TemplateParam,
    TemplatePurpose,
    TemplateStatus,
)

__all__ = [
    "Call",
    "CallResult",
    "Consent",
    "Direction",
    "FileState",
    "FoundTemplate",
    "Guide",
    "GuidePicture",
    "GuidePictureFile",
    "GuideVideo",
    "Inbound",
    "JoinCode",
    "Language",
    "LineFile",
    "LineFileData",
    "LineKind",
    "LineState",
    "Link",
    "LinkOpen",
    "Message",
    "MessageClass",
    "MessageState",
    "ProviderAccount",
    "QuickReply",
    "SpendingLimit",
    "Talk",
    "TalkLine",
    "Template",
    "TemplateParam",
    "TemplatePurpose",
    "TemplateStatus",
    "Unreachable",
    "Visitor",
    "Wait",
    "ZaloPerson",
]
