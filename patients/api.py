"""Records for scripts: one patient, one appointment. Phones stay masked, as on the pages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clinics.public import Staff, access, audit
from patients import appointments, people
from patients.models import Appointment, Outcome, Patient, Status


class PhoneSerializer(serializers.Serializer[Any]):
    """A number as everybody at the desk may see it."""

    masked = serializers.CharField()
    relation = serializers.CharField()
    can_sms = serializers.BooleanField()


class PatientSerializer(serializers.Serializer[Any]):
    """Who she is and how she is reached."""

    uid = serializers.UUIDField()
    external_id = serializers.CharField(allow_null=True)
    full_name = serializers.CharField()
    salutation = serializers.CharField()
    language = serializers.CharField()
    called = serializers.CharField()
    birth_date = serializers.DateField(allow_null=True)
    age = serializers.IntegerField(allow_null=True)
    branch = serializers.UUIDField()
    branch_name = serializers.CharField()
    phones = PhoneSerializer(many=True)


class AppointmentSerializer(serializers.Serializer[Any]):
    """One agreed slot; `start` and `end` are null when only the day is known."""

    uid = serializers.UUIDField()
    patient_uid = serializers.UUIDField()
    name = serializers.CharField()
    branch = serializers.CharField()
    on_date = serializers.DateField()
    start = serializers.DateTimeField(allow_null=True)
    end = serializers.DateTimeField(allow_null=True)
    dentist = serializers.CharField()
    chair = serializers.CharField()
    service = serializers.CharField()
    purpose = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.values)
    outcome = serializers.ChoiceField(choices=["", *Outcome.values])
    unresolved = serializers.BooleanField()
    reason = serializers.CharField()


def _staff(request: Request) -> Staff:
    return cast(Staff, request.staff)  # type: ignore[attr-defined]


class PatientView(APIView):
    """A patient of the branches the asker works in."""

    permission_classes = [access.api_permission("patients.see")]

    @extend_schema(operation_id="patient", responses=PatientSerializer)
    def get(self, request: Request, uid: UUID) -> Response:
        """Her record. 404 for another branch's or clinic's patient."""
        try:
            patient = people.get(uid, branches=access.branches(_staff(request)))
        except Patient.DoesNotExist as error:
            raise NotFound(_("There is no such patient.")) from error
        audit.saw(what="api", actor=_staff(request), subjects=[patient.uid], note="patient")
        card = people.card(patient)
        answer = {
            "uid": patient.uid,
            "external_id": patient.external_id,
            "full_name": patient.full_name,
            "salutation": patient.salutation,
            "language": patient.language,
            "called": card.called,
            "birth_date": patient.birth_date,
            "age": card.age,
            "branch": card.branch.uid,
            "branch_name": card.branch.name,
            "phones": [asdict(phone) for phone in card.phones],
        }
        return Response(PatientSerializer(answer).data)


class AppointmentView(APIView):
    """An appointment of the branches the asker works in."""

    permission_classes = [access.api_permission("today.see")]

    @extend_schema(operation_id="appointment", responses=AppointmentSerializer)
    def get(self, request: Request, uid: UUID) -> Response:
        """The slot. 404 for another branch's or clinic's appointment."""
        try:
            line = appointments.line_of(uid, branches=access.branches(_staff(request)))
        except Appointment.DoesNotExist as error:
            raise NotFound(_("There is no such appointment.")) from error
        whose = [line.patient_uid]
        audit.saw(what="api", actor=_staff(request), subjects=whose, note="appointment")
        return Response(AppointmentSerializer(line).data)
