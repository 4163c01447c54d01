"""Pictures and files of a conversation, kept with the lines they belong to (docs/inbox.md)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from messaging.secrets import EncryptedTextField


class FileState(models.TextChoices):
    """Whether its bytes are here."""

    KEPT = "kept", pgettext_lazy("file", "kept")
    WANTED = "wanted", pgettext_lazy("file", "being fetched")
    GONE = "gone", pgettext_lazy("file", "could not be fetched")


class LineFile(models.Model):
    """One picture or file: ours with an answer, or hers, copied from the provider's address."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    line = models.ForeignKey("messaging.TalkLine", on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField(default=0)  # of it among the parts of its line
    kind = models.CharField(max_length=5)  # image, file
    name = EncryptedTextField()  # as it was called; "" = nobody said
    url = EncryptedTextField()  # where the provider has it; "" = it is ours
    media_type = models.CharField(max_length=80, blank=True)  # by its content; "" = not here yet
    size = models.PositiveIntegerField(default=0)  # bytes
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=6, choices=FileState.choices)
    due_at = models.DateTimeField(null=True)  # when it is to be fetched; none = at rest
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "position"], name="line_file_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["image", "file"]), name="line_file_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=FileState.values), name="line_file_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="wanted") | Q(due_at__isnull=True), name="only_wanted_are_due"
            ),
            models.CheckConstraint(
                condition=~Q(state="kept") | ~Q(media_type=""), name="kept_has_its_type"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="line_file_due"
            )
        ]


class LineFileData(models.Model):
    """The bytes, encrypted, apart so that nobody reads them who only looks at a list."""

    file = models.OneToOneField(LineFile, on_delete=models.CASCADE)
    data = models.BinaryField()
