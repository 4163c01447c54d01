"""Conversations: what people write to us and what we answer, one a person (docs/inbox.md)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from messaging.secrets import EncryptedTextField


class ZaloPerson(models.Model):
    """Somebody as one Official Account knows her. She is a patient once `contact_point` is set."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey("messaging.ProviderAccount", on_delete=models.CASCADE)
    user_id = models.CharField(max_length=80)
    name = models.CharField(max_length=120, blank=True)  # as she told it
    phone = models.CharField(max_length=20, blank=True)  # E.164, as she shared it
    follows_since = models.DateTimeField(null=True)
    follows_until = models.DateTimeField(null=True)  # later than `follows_since`: no longer
    seen_at = models.DateTimeField(null=True)  # her last act; it opens the window for answers
    refused_at = models.DateTimeField(null=True)  # said STOP before anybody knew who she is
    withdrew_at = models.DateTimeField(null=True)  # took her data back at the provider
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    wrong_since = models.DateTimeField(null=True)
    contact_point = models.ForeignKey(
        "patients.ContactPoint", null=True, on_delete=models.SET_NULL
    )  # of kind zalo; set when she is joined
    joined_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "user_id"], name="zalo_person_once"),
            models.CheckConstraint(
                condition=Q(contact_point__isnull=True) | Q(joined_at__isnull=False),
                name="joined_has_its_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "wrong_since"],
                condition=Q(wrong_since__isnull=False),
                name="wrong_codes_of_account",
            )
        ]


class JoinCode(models.Model):
    """Four digits by which a patient makes herself known to an Official Account, for a day."""

    code = models.CharField(max_length=4)
    patient = models.ForeignKey("patients.Patient", on_delete=models.CASCADE)
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(used_at__isnull=True), name="join_code_once"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(used_at__isnull=True), name="one_code_a_patient"
            ),
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{4}$"), name="four_digits"),
        ]


class Talk(models.Model):
    """One conversation: of a patient over all channels, or of an address nobody is sure of."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", null=True, on_delete=models.CASCADE)
    account = models.ForeignKey(
        "messaging.ProviderAccount", null=True, on_delete=models.CASCADE
    )  # where the unknown sender wrote
    sender = models.CharField(max_length=80, blank=True)  # her id there, or her number
    assigned_to = models.ForeignKey("clinics.Staff", null=True, on_delete=models.SET_NULL)
    last_line = models.ForeignKey(
        "messaging.TalkLine", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    last_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    unread = models.PositiveIntegerField(default=0)
    waits_since = models.DateTimeField(null=True)  # her first word that nobody has answered
    failed_at = models.DateTimeField(null=True)  # what we said last did not reach her
    failed_why = models.CharField(max_length=200, blank=True)
    alarm = models.CharField(max_length=2, blank=True)  # R1, R2, R3: worst sign in what waits
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(patient__isnull=False, merged_into__isnull=True),
                name="one_talk_a_patient",
            ),
            models.UniqueConstraint(
                fields=["account", "sender"],
                condition=Q(patient__isnull=True, merged_into__isnull=True),
                name="one_talk_a_sender",
            ),
            models.CheckConstraint(
                condition=Q(patient__isnull=False) | ~Q(sender=""), name="talk_with_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=["-last_at", "-id"], name="talk_latest"),
            models.Index(
                fields=["waits_since"], condition=Q(waits_since__isnull=False), name="talk_waits"
            ),
            models.Index(
                fields=["failed_at"], condition=Q(failed_at__isnull=False), name="talk_failed"
            ),
        ]


class LineKind(models.TextChoices):
    """Who says a line."""

    IN = "in", pgettext_lazy("line", "From her")
    OUT = "out", pgettext_lazy("line", "From us")
    NOTE = "note", pgettext_lazy("line", "Noted")  # for us only


class LineState(models.TextChoices):
    """How far a line of ours has come; what she wrote is simply there."""

    THERE = "there", pgettext_lazy("line", "there")
    QUEUED = "queued", pgettext_lazy("line", "being sent")
    CALLING = "calling", pgettext_lazy("line", "being handed over")
    SENT = "sent", pgettext_lazy("line", "sent")
    DELIVERED = "delivered", pgettext_lazy("line", "received")
    SEEN = "seen", pgettext_lazy("line", "seen")
    FAILED = "failed", pgettext_lazy("line", "did not arrive")
    UNKNOWN = "unknown", pgettext_lazy("line", "nobody knows whether it arrived")


class TalkLine(models.Model):
    """One thing said. `uid` of an answer comes from the form: pressed twice it is one."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    talk = models.ForeignKey(Talk, on_delete=models.CASCADE)
    kind = models.CharField(max_length=4, choices=LineKind.choices)
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.THERE)
    account = models.ForeignKey("messaging.ProviderAccount", null=True, on_delete=models.CASCADE)
    channel = models.CharField(max_length=10, blank=True)
    person = models.CharField(max_length=80, blank=True)  # her id or number at the account
    text = EncryptedTextField()
    parts = EncryptedTextField()  # pictures and the like: a JSON list of kind, url, name, or ""
    at = models.DateTimeField()
    ref = models.CharField(max_length=80, blank=True)  # the provider's id of it
    reply_to = models.CharField(max_length=80, blank=True)
    by = models.ForeignKey("clinics.Staff", null=True, on_delete=models.SET_NULL)
    is_automatic = models.BooleanField(default=False)
    sign = models.CharField(max_length=20, blank=True)  # what it names that worries
    due_at = models.DateTimeField(null=True)  # when it must be sent or looked at; none = at rest
    tries = models.PositiveSmallIntegerField(default=0)
    branch = models.ForeignKey(
        "clinics.Branch", null=True, on_delete=models.PROTECT, db_index=False
    )  # whose money an answer is; none = not sent by us
    price = models.PositiveIntegerField(null=True)  # VND by the price lists, when it was written
    called_at = models.DateTimeField(null=True)  # handed over last
    accepted_at = models.DateTimeField(null=True)  # first taken by a provider
    cost = models.PositiveIntegerField(null=True)  # VND, once taken; none = not known
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "ref"], condition=~Q(ref=""), name="line_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="out") | Q(state="there", due_at__isnull=True),
                name="only_ours_are_sent",
            ),
            models.CheckConstraint(condition=Q(kind__in=LineKind.values), name="line_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=LineState.values), name="line_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["talk", "-at", "-id"], name="line_of_talk"),
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="line_due"
            ),
            models.Index(fields=["at"], condition=Q(is_automatic=True), name="line_automatic"),
            models.Index(
                fields=["accepted_at"],
                condition=Q(accepted_at__isnull=False),
                name="line_accepted",
            ),
            models.Index(fields=["called_at"], condition=Q(state="unknown"), name="line_unsure"),
        ]


class Wait(models.Model):
    """How long she waited for a person's answer: from her first word to ours, one row each."""

    talk = models.ForeignKey(Talk, on_delete=models.CASCADE)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey("clinics.Staff", null=True, on_delete=models.SET_NULL)
    open_minutes = models.PositiveIntegerField()  # of them, those in which the branch was open

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["talk", "asked_at"], name="wait_once"),
            models.CheckConstraint(
                condition=Q(answered_at__gte=models.F("asked_at")), name="answered_after_asked"
            ),
        ]
        indexes = [models.Index(fields=["answered_at"], name="wait_answered")]


class QuickReply(models.Model):
    """A sentence the desk often writes, with placeholders of the closed list."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=40, unique=True)
    body = models.CharField(max_length=600)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "title"]
