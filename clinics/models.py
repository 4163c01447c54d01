"""Who we are: branches, chairs, staff, services, days off; and what was done by whom."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Profile(models.Model):
    """What this clinic is called and how patients reach it: one row a clinic."""

    name = models.CharField(max_length=120)
    hotline = models.CharField(max_length=20)  # E.164
    sms_name = models.CharField(max_length=40)  # the name without accents, for SMS
    care_basis_text = models.CharField(max_length=40, default="care-2026-01")


class Branch(models.Model):
    """One place of a clinic. Every appointment, visit, message and number belongs to one."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=60, unique=True)
    address = models.CharField(max_length=200, blank=True)
    hotline = models.CharField(max_length=20, blank=True)
    opens_at = models.TimeField(default=dt.time(8))
    closes_at = models.TimeField(default=dt.time(20))
    open_weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list
    )  # 0 = Monday; empty = every day
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ClosingDay(models.Model):
    """A day on which a branch (or, without one, the whole clinic) is closed."""

    branch = models.ForeignKey(Branch, null=True, blank=True, on_delete=models.CASCADE)
    day = models.DateField()
    reason = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "day"], name="closing_once", nulls_distinct=False
            )
        ]


class Chair(models.Model):
    """A dental chair; it holds one patient at a time."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["branch_id", "name"]
        constraints = [models.UniqueConstraint(fields=["branch", "name"], name="chair_once")]


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    BRANCH_MANAGER = "branch_manager", _("Branch manager")
    DENTIST = "dentist", _("Dentist")
    ASSISTANT = "assistant", _("Assistant")
    RECEPTION = "reception", _("Reception")
    CONSULTANT = "consultant", _("Consultant")
    CARE = "care", _("Patient care")
    MARKETING = "marketing", _("Marketing")


class Staff(models.Model):
    """A person who works in the clinic and may sign in."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    full_name = models.CharField(max_length=120)
    title = models.CharField(max_length=20, blank=True)  # "BS."
    role = models.CharField(max_length=20, choices=Role.choices)
    branches = models.ManyToManyField(Branch)  # where she works
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["full_name"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="staff_role_known")
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.full_name}".strip()

    @property
    def short_name(self) -> str:
        """As patients know her: "BS. Khôi"."""
        given = self.full_name.rsplit(" ", 1)[-1]
        return f"{self.title} {given}".strip()


class Invitation(models.Model):
    """A person who was asked by e-mail to work here. The link's token is kept as a hash."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.CharField(max_length=254)  # in small letters
    full_name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices)
    branches = models.ManyToManyField(Branch)
    invited_by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_once",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
        ]


class Service(models.Model):
    """What the clinic does, with its usual length and price. VND, whole."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    duration_min = models.PositiveSmallIntegerField(default=30)
    price = models.PositiveBigIntegerField(default=0)
    single_visit = models.BooleanField(default=True)  # the plan is finished when it is signed
    surgical = models.BooleanField(default=False)
    by_tooth = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """A person is in a branch on a day, from and until an hour of the clinic's clock."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    day = models.DateField()
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    class Meta:
        ordering = ["day", "starts_at"]
        indexes = [models.Index(fields=["branch", "day"], name="shift_branch_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_it_starts"
            ),
            # Nobody is in two places: one person's shifts of a day never overlap, in any branch.
            ExclusionConstraint(
                name="shift_in_one_place",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    (
                        Func(
                            ExpressionWrapper(
                                F("day") + F("starts_at"), output_field=models.DateTimeField()
                            ),
                            ExpressionWrapper(
                                F("day") + F("ends_at"), output_field=models.DateTimeField()
                            ),
                            function="tsrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]


class DayOff(models.Model):
    """A person does not work on a day, whatever her shifts say; they count again without it."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)
    day = models.DateField()
    reason = models.CharField(max_length=80)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["staff", "day"], name="day_off_once")]


class AlertLevel(models.TextChoices):
    """How soon somebody must know: a warning waits for the morning, what is urgent does not."""

    WARNING = "warning", pgettext_lazy("alert", "Warning")
    URGENT = "urgent", pgettext_lazy("alert", "Urgent")


class Alert(models.Model):
    """Something that needs a person of the clinic though no patient is behind it (docs/alerts.md).

    `facts` fill its sentences: never what somebody wrote, nothing clinical. `due_at` is when
    something is to be done about the row itself: its letter, or telling the manager.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20)  # declared by the app that raises it
    subject = models.CharField(max_length=80)  # what it is about: an account's uid, a month …
    level = models.CharField(max_length=7, choices=AlertLevel.choices)
    permission = models.CharField(max_length=30)  # who must act: whoever may this
    branches = models.ManyToManyField(Branch)  # none = the whole clinic
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    act_by = models.DateTimeField(null=True)  # when nobody has taken it by then, leaders are told
    due_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # its letter
    escalated_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT)
    taken_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(closed_at__isnull=True),
                name="alert_open_once",
            ),
            models.CheckConstraint(
                condition=Q(level__in=AlertLevel.values), name="alert_level_known"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(due_at__isnull=True),
                name="closed_alert_is_at_rest",
            ),
            models.CheckConstraint(
                condition=Q(taken_by__isnull=True, taken_at__isnull=True)
                | Q(taken_by__isnull=False, taken_at__isnull=False),
                name="alert_taken_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="alert_due")
        ]


class AuditEntry(models.Model):
    """Who did or saw a thing that must be answerable later. Appended, never changed."""

    happened_at = models.DateTimeField()
    actor = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT)
    verb = models.CharField(max_length=60)
    subject = models.UUIDField(null=True)
    note = models.CharField(max_length=300, blank=True)
    subjects = ArrayField(models.UUIDField(), null=True)  # whose, when a list was shown
    request = models.CharField(max_length=36, blank=True, default="", db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["subject", "happened_at"], name="audit_subject"),
            models.Index(fields=["actor", "happened_at"], name="audit_actor"),
            GinIndex(fields=["subjects"], name="audit_subjects"),
        ]


class ChangeEvent(models.Model):
    """One row that was made, changed or deleted: written by triggers alone (docs/audit.md).

    `before` is what the changed columns held; it can be redacted, its salted hash stays.
    """

    happened_at = models.DateTimeField()
    actor = models.ForeignKey(
        Staff, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False
    )
    source = models.CharField(max_length=12)  # web, api, task, command; "" = past the product
    request = models.CharField(max_length=36)
    kind = models.CharField(max_length=63)  # the table
    deed = models.CharField(max_length=6)  # insert, update, delete
    object_id = models.BigIntegerField(null=True)
    patient_id = models.BigIntegerField(null=True)
    fields = ArrayField(models.CharField(max_length=63))
    before = models.JSONField(null=True)
    salt = models.CharField(max_length=36, blank=True)
    before_hash = models.CharField(max_length=64, blank=True)
    batch = models.CharField(max_length=20, blank=True)  # "import": one row for all of them
    rows = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["patient_id", "happened_at"],
                condition=Q(patient_id__isnull=False),
                name="change_patient",
            ),
            models.Index(
                fields=["actor", "happened_at"],
                condition=Q(actor__isnull=False),
                name="change_actor",
            ),
        ]


class AuditBlock(models.Model):
    """A closed stretch of one trail: its rows' ids and chained hashes. Appended, never changed."""

    trail = models.CharField(max_length=10)  # change, entry
    number = models.PositiveIntegerField()
    sealed_at = models.DateTimeField()
    last_id = models.BigIntegerField()  # everything up to here is sealed
    ids = ArrayField(models.BigIntegerField())
    hashes = models.BinaryField()  # 32 bytes a row
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    next_id = models.BigIntegerField()  # the newest row when this was written, and the number
    next_xid = models.BigIntegerField()  # of the first transaction that had not begun then

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trail", "number"], name="block_once")]
