"""A clinic's own words, pictures and films for the care advice behind a message's link."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Guide(models.Model):
    """The advice of one protocol, as this clinic says it. Without a row the product's stands."""

    key = models.CharField(max_length=40, unique=True)  # of messaging/guides.py
    body = models.TextField(blank=True)  # one piece of advice a line; "" = the product's
    danger = models.TextField(blank=True)  # call at once when …
    changed_at = models.DateTimeField()


class GuidePicture(models.Model):
    """A drawing or photo beside the advice. It never shows a patient (docs/templates.md)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    guide = models.ForeignKey(Guide, on_delete=models.CASCADE)
    words = models.CharField(max_length=120)  # what is to be seen, for who cannot see it
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(media_type__in=["image/jpeg", "image/png"]), name="picture_type_known"
            )
        ]


class GuidePictureFile(models.Model):
    """The bytes of a picture, apart so that the trail does not copy them."""

    picture = models.OneToOneField(GuidePicture, on_delete=models.CASCADE)
    data = models.BinaryField()


class GuideVideo(models.Model):
    """A film elsewhere: shown as a link, nothing of it is loaded."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    guide = models.ForeignKey(Guide, on_delete=models.CASCADE)
    words = models.CharField(max_length=120)
    url = models.URLField(max_length=300)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guide", "url"], name="guide_video_once")]
