"""Patients, the persons behind them, how they are reached and on what basis."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Person(models.Model):
    """Who a number counts once: duplicates of a patient point to one person."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)


class Source(models.TextChoices):
    """How a patient found us, as she says it."""

    REFERRAL = "referral", pgettext_lazy("source", "Somebody she knows")
    FACEBOOK = "facebook", "Facebook"
    ZALO = "zalo", "Zalo"
    GOOGLE = "google", "Google"
    TIKTOK = "tiktok", "TikTok"
    PASSING = "passing", pgettext_lazy("source", "Passed by")
    OTHER = "other", pgettext_lazy("source", "Other")


class Language(models.TextChoices):
    """In which she is written to."""

    VI = "vi", _("Vietnamese")
    EN = "en", _("English")


class Patient(models.Model):
    """A record of a person. Name and phone may both be missing: then the external id is shown."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    branch = models.ForeignKey("clinics.Branch", on_delete=models.PROTECT)  # her home branch
    external_id = models.CharField(max_length=80, null=True, unique=True)  # noqa: DJ001
    full_name = models.CharField(max_length=120, blank=True)  # NFC, as typed
    name_key = models.CharField(max_length=120, blank=True, db_collation="C")  # folded
    sort_key = models.CharField(max_length=120, blank=True, db_collation="C")  # given name first
    salutation = models.CharField(
        max_length=10, blank=True
    )  # anh, chị, cô, chú, bác, bé; "" = anh/chị
    gender = models.CharField(max_length=1, blank=True)  # F, M or unknown
    birth_date = models.DateField(null=True)
    age_years = models.PositiveSmallIntegerField(null=True)  # when no birth date is known,
    age_on = models.DateField(null=True)  # with the day it was true
    language = models.CharField(
        max_length=2, choices=Language.choices, default=Language.VI, db_default=Language.VI
    )
    preferred_hour = models.TimeField(null=True)
    preferred_channel = models.CharField(max_length=10, blank=True, default="", db_default="")
    source = models.CharField(
        max_length=10, choices=Source.choices, blank=True, default="", db_default=""
    )
    wishes = models.CharField(max_length=400, blank=True, default="", db_default="")
    fears = models.CharField(max_length=400, blank=True, default="", db_default="")
    household = models.ForeignKey("patients.Household", null=True, on_delete=models.SET_NULL)
    is_test = models.BooleanField(default=False)
    deceased_on = models.DateField(null=True)
    moved_away_on = models.DateField(null=True)
    import_batch = models.ForeignKey("patients.ImportBatch", null=True, on_delete=models.PROTECT)
    voided_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sort_key", "id"], name="patient_sort")]
        constraints = [
            models.CheckConstraint(
                condition=Q(age_years__isnull=True, age_on__isnull=True)
                | Q(age_years__isnull=False, age_on__isnull=False),
                name="age_has_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(full_name="") | Q(external_id__isnull=False),
                name="patient_can_be_named",
            ),
            models.CheckConstraint(
                condition=Q(language__in=Language.values), name="patient_language_known"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or f"#{self.external_id}"

    @property
    def given_name(self) -> str:
        """What she is called by: the last word of her name."""
        return self.full_name.rsplit(" ", 1)[-1] if self.full_name else ""


class NameSuffix(models.Model):
    """Each word-start of a patient's folded name ("nguyen van an", "van an", "an"), for search."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE)
    suffix = models.CharField(max_length=120, db_collation="C")

    class Meta:
        indexes = [models.Index(fields=["suffix", "patient"], name="suffix_search")]


class ContactPointKind(models.TextChoices):
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    ZALO = "zalo", "Zalo"  # "<account>/<user id>": a user has another id at each account


class ContactPoint(models.Model):
    """A number or address that messages go to. Families share one; facts of delivery stand here."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=ContactPointKind.choices)
    value = models.CharField(max_length=120, db_collation="C")  # E.164 or an address
    reversed_value = models.CharField(max_length=120, db_collation="C")  # digits from the end
    typed = models.CharField(max_length=120)  # as it was given
    converted_from = models.CharField(max_length=20, blank=True)  # the number before 2018
    can_sms = models.BooleanField(default=True)  # a mobile number
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["reversed_value"], name="contact_point_reversed"),
            GinIndex(  # digits in the middle of a number
                fields=["value"], opclasses=["gin_trgm_ops"], name="contact_point_inner"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="contact_point_once"),
            models.CheckConstraint(
                condition=~Q(kind="phone") | Q(value__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="phone_is_e164",
            ),
        ]


class PatientContactPoint(models.Model):
    """Whose number this is: many patients may share one, and one may have many."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE)
    contact_point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT)
    relation = models.CharField(max_length=20, blank=True)  # "" = her own, else mother, father …
    position = models.PositiveSmallIntegerField(default=0)  # 0 is tried first
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "contact_point"],
                condition=Q(ended_at__isnull=True),
                name="patient_point_once",
            )
        ]


class Purpose(models.TextChoices):
    """What a message is for; basis and refusals are kept per purpose and channel."""

    CARE = "care", _("Appointments and care")
    GREETING = "greeting", _("Birthday and greetings")
    OFFER = "offer", _("Offers")
    CONTENT = "content", _("Hints on keeping teeth well")


class Channel(models.TextChoices):
    ZALO = "zalo", "Zalo"
    VIBER = "viber", "Viber"
    SMS = "sms", "SMS"
    EMAIL = "email", _("E-mail")
    CALL = "call", _("Call")


class BasisKind(models.TextChoices):
    CONSENT = "consent", _("Consent")
    CARE_RELATION = "care_relation", _("Care relationship")
    REFUSAL = "refusal", _("Refusal")


class Basis(models.Model):
    """On what basis we may write for a purpose, or her refusal. Appended; the newest row of a
    purpose × channel holds, a row without a channel holds for all, and a refusal wins."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)  # "" = all
    kind = models.CharField(max_length=15, choices=BasisKind.choices)
    text_version = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=20)  # desk, import, link
    noted_by = models.ForeignKey("clinics.Staff", null=True, on_delete=models.PROTECT)
    import_batch = models.ForeignKey("patients.ImportBatch", null=True, on_delete=models.PROTECT)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "purpose", "recorded_at"], name="basis_latest")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=BasisKind.values), name="basis_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind="care_relation") | Q(purpose="care"),
                name="care_relation_is_for_care",
            ),
        ]
