"""The texts a clinic may send: who approved them, for what, in which words (docs/templates.md)."""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from messaging.models.accounts import ProviderAccount


class TemplatePurpose(models.TextChoices):
    CONFIRMATION = "confirmation", pgettext_lazy("purpose", "Confirming an appointment")
    REMINDER = "reminder", pgettext_lazy("purpose", "Reminding of an appointment")
    AFTERCARE = "aftercare", pgettext_lazy("purpose", "Care after a treatment")
    CHECK = "check", pgettext_lazy("purpose", "Asking how it is")
    RECALL = "recall", pgettext_lazy("purpose", "Inviting back")
    SURVEY = "survey", pgettext_lazy("purpose", "Asking for an opinion")
    BIRTHDAY = "birthday", pgettext_lazy("purpose", "Birthday")
    CAMPAIGN = "campaign", pgettext_lazy("purpose", "Campaign")
    REPLY = "reply", pgettext_lazy("purpose", "Answering")


class MessageClass(models.TextChoices):
    """In the eyes of the law; it belongs to the text, whoever sends it."""

    CARE = "care", pgettext_lazy("message class", "Care")
    ADS = "ads", pgettext_lazy("message class", "Advertising")


class Language(models.TextChoices):
    VI = "vi", _("Vietnamese")
    EN = "en", _("English")


class TemplateStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("template", "Draft")
    PENDING = "pending", pgettext_lazy("template", "Waiting for approval")
    APPROVED = "approved", pgettext_lazy("template", "In use")
    REJECTED = "rejected", pgettext_lazy("template", "Rejected")
    DISABLED = "disabled", pgettext_lazy("template", "No longer used")


#: Being worked on: one of these beside the one in use.
IN_WORK = (TemplateStatus.DRAFT, TemplateStatus.PENDING, TemplateStatus.REJECTED)
#: What may be advertising at all.
MAY_ADVERTISE = (TemplatePurpose.CAMPAIGN, TemplatePurpose.BIRTHDAY)


class Template(models.Model):
    """What is said under one key on one channel. Zalo approves its templates; SMS we write.

    `approved_at` and `disabled_reason` follow `status` and lead it where only they are written:
    a trigger keeps the three together, so that a server of the version before may run beside.
    """

    uid = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    key = models.CharField(max_length=40)  # "reminder", "check_trend" …
    channel = models.CharField(max_length=10)
    account = models.ForeignKey(ProviderAccount, null=True, on_delete=models.PROTECT)
    provider_id = models.CharField(max_length=40, blank=True)
    # "" only on its way in: the trigger finds the purpose of the product's own keys.
    purpose = models.CharField(max_length=12, choices=TemplatePurpose.choices, db_default="")
    message_class = models.CharField(
        max_length=4, choices=MessageClass.choices, db_default=MessageClass.CARE
    )
    language = models.CharField(max_length=2, choices=Language.choices, db_default=Language.VI)
    title = models.CharField(max_length=65, blank=True, default="", db_default="")
    body = models.TextField()  # Liquid; what the patient reads
    button = models.CharField(max_length=30, blank=True, default="", db_default="")
    params = models.CharField(max_length=300, blank=True)  # names, comma separated, as approved
    # The provider's names that are not ours: "ten_khach=full_call" (messaging/mapping.py).
    mapping = models.CharField(max_length=600, blank=True, default="", db_default="")
    keep_accents = models.BooleanField(default=False, db_default=False)  # SMS only
    status = models.CharField(
        max_length=8, choices=TemplateStatus.choices, db_default=TemplateStatus.DRAFT
    )
    status_reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    status_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    # VND; by phone = a Zalo message to a number, or one part of an SMS. None = nobody has said.
    price_phone = models.PositiveIntegerField(null=True)
    price_user = models.PositiveIntegerField(null=True)  # a Zalo message to a user id
    timeout_ms = models.PositiveIntegerField(null=True)  # undelivered so long, it is dropped
    quality = models.CharField(max_length=12, blank=True, default="", db_default="")
    synced_at = models.DateTimeField(null=True)  # when the provider was last asked

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "channel", "account", "language"],
                condition=Q(status=TemplateStatus.APPROVED),
                name="template_one_in_use",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["key", "channel", "account", "language"],
                condition=Q(status__in=IN_WORK),
                name="template_one_in_work",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=TemplatePurpose.values), name="template_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(message_class=MessageClass.CARE)
                | Q(message_class=MessageClass.ADS, purpose__in=MAY_ADVERTISE),
                name="template_class_fits",
            ),
            models.CheckConstraint(
                condition=Q(language__in=Language.values), name="template_language_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=TemplateStatus.values), name="template_status_known"
            ),
        ]


class TemplateParam(models.Model):
    """One blank of a template, as its provider registered it."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE)
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, blank=True)  # NAME, DATE, URL …; "" = any words
    max_length = models.PositiveSmallIntegerField()
    min_length = models.PositiveSmallIntegerField(db_default=0, default=0)
    required = models.BooleanField(db_default=True, default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "name"], name="template_param_once"),
            models.CheckConstraint(
                condition=Q(max_length__gte=models.F("min_length")), name="template_param_range"
            ),
        ]
