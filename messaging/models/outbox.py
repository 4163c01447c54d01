"""The outbox: one row is one attempt to one contact point on one channel."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class MessageState(models.TextChoices):
    """Where an attempt stands. It only moves forward (docs/messages.md)."""

    QUEUED = "queued", _("Waiting to be sent")
    CALLING = "calling", _("Being handed over")
    ACCEPTED = "accepted", _("Accepted")
    DELIVERED = "delivered", _("Delivered")
    SEEN = "seen", _("Seen")
    ACTED = "acted", _("Answered")
    FAILED = "failed", _("Refused")
    EXPIRED = "expired", _("Not delivered in time")
    UNKNOWN = "unknown", _("Outcome unknown")
    CANCELLED = "cancelled", _("Withdrawn before sending")


#: States in which something must still happen, so `due_at` says when to look again.
OPEN_STATES = (MessageState.QUEUED, MessageState.CALLING, MessageState.ACCEPTED)
#: The code of what was accepted and is at rest: nobody reports on it, and it may have arrived
#: (messaging/sweep.py). A report that comes all the same takes the code away.
NO_REPORT = "no_report"
#: Codes of what an account could not hand over: it was off or paused; no line to its provider.
PAUSED, NO_CONNECTION = "account_paused", "no_connection"
#: The code of what its provider may have taken: it goes again with its own key, or is unknown.
NO_ANSWER = "no_answer"
#: What is written for today is out of date after this: no care is handed over later.
CARE_KEEPS = dt.timedelta(days=2)
#: So long care without a limit of its own waits for a paused account, where there is another way.
PAUSE_LIMIT = dt.timedelta(hours=4)
#: How long a provider remembers a key; after it a repetition may reach her twice.
KEY_LIVES = dt.timedelta(hours=23)


class Message(models.Model):
    """One attempt. All attempts to say one intended thing share `intent` (the caller's uid)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the tracking id
    intent = models.UUIDField()
    attempt = models.PositiveSmallIntegerField(default=1)
    # Indexes cost each message three times (queued, called, settled): only those that are read.
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, db_index=False)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT, db_index=False)
    contact_point = models.ForeignKey("patients.ContactPoint", on_delete=models.PROTECT)
    account = models.ForeignKey(
        "messaging.ProviderAccount", on_delete=models.PROTECT, db_index=False
    )
    template = models.ForeignKey("messaging.Template", on_delete=models.PROTECT, db_index=False)
    channel = models.CharField(max_length=10)
    values = models.JSONField(default=dict)  # what fills the template; never queried
    text = models.TextField(blank=True)  # as the patient reads it, link left as {{ link }}
    safety = models.BooleanField(default=False)
    purpose = models.CharField(max_length=10, default="care")  # what a refusal is asked for
    is_ad = models.BooleanField(default=False, db_default=False)  # as its template says
    allowed_channels = models.CharField(max_length=40, blank=True)  # for a fallback, commas
    state = models.CharField(
        max_length=10, choices=MessageState.choices, default=MessageState.QUEUED
    )
    due_at = models.DateTimeField(null=True)  # when to act or look again; none = at rest
    limit_at = models.DateTimeField(null=True)  # the purpose's own limit for a fallback
    valid_until = models.DateTimeField(null=True)  # not handed over from then on; none = always
    tries = models.PositiveSmallIntegerField(default=0)
    provider_ref = models.CharField(max_length=80, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.CharField(max_length=300, blank=True)
    overlapped = models.BooleanField(default=False)  # a fallback its limit forced before expiry
    price = models.PositiveIntegerField(null=True)  # VND, when it was accepted
    cost = models.PositiveIntegerField(null=True)  # what of it was charged; None = nobody has said
    parts = models.PositiveSmallIntegerField(null=True)  # of an SMS
    queued_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    acted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # failed, expired, unknown, cancelled

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="message_due"
            ),
            models.Index(fields=["account", "provider_ref"], name="message_provider_ref"),
            models.Index(fields=["patient", "queued_at"], name="message_patient"),
            BrinIndex(fields=["accepted_at"], name="message_accepted"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["intent", "attempt"], name="message_attempt_once"),
            models.UniqueConstraint(
                fields=["intent"],
                condition=Q(state__in=["queued", "calling", "accepted"], overlapped=False),
                name="one_open_attempt",
            ),
            models.CheckConstraint(
                condition=Q(state__in=MessageState.values), name="message_state_known"
            ),
        ]


class Link(models.Model):
    """What a link in a message opens. The address carries a signed nonce, never an id.

    Each attempt has its own, so that an opening tells by which way she came. One made by the
    version before stands for all attempts of its intent under the first one's number.
    """

    nonce = models.BinaryField(max_length=12, unique=True)
    intent = models.UUIDField()
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    patient = models.ForeignKey("patients.Patient", on_delete=models.CASCADE)
    opens_until = models.DateTimeField()
    first_opened_at = models.DateTimeField(null=True)  # by a person

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["intent", "attempt"], name="link_attempt_once")
        ]


class Visitor(models.TextChoices):
    """Who asked for a link's page."""

    PERSON = "person", _("A person")
    PREVIEW = "preview", _("A preview")
    STAFF = "staff", _("The clinic's staff")


class LinkOpen(models.Model):
    """A link was opened, or a button behind it was pressed. Nothing of who did it is kept."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE)
    at = models.DateTimeField()
    kind = models.CharField(max_length=7, choices=Visitor.choices)
    action = models.CharField(max_length=7)  # opened, clicked

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=Visitor.values), name="link_open_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(action__in=["opened", "clicked"]), name="link_open_action_known"
            ),
        ]


class Unreachable(models.Model):
    """A fact about a contact point on a channel ("no Zalo account"), while it is likely to hold."""

    contact_point = models.ForeignKey("patients.ContactPoint", on_delete=models.CASCADE)
    channel = models.CharField(max_length=10)
    code = models.CharField(max_length=40)
    learned_at = models.DateTimeField()
    until = models.DateTimeField(null=True)  # none = for good

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact_point", "channel"], name="unreachable_once")
        ]
