"""Every table and column of other apps that a number is made from; a test checks they exist.

`kpi` reads them as they stand, in SQL, and writes none of them (docs/kpi.md).
"""

from __future__ import annotations

READ: dict[str, tuple[str, ...]] = {
    "clinics_branch": ("id", "uid", "name"),
    "clinics_service": ("id", "uid", "name"),
    "clinics_staff": ("id", "uid", "full_name", "title"),
    "patients_patient": (
        "id",
        "uid",
        "person_id",
        "external_id",
        "full_name",
        "name_key",
        "salutation",
        "is_test",
        "deceased_on",
        "moved_away_on",
        "voided_at",
    ),
    "patients_appointment": (
        "uid",
        "patient_id",
        "branch_id",
        "service_id",
        "dentist_id",
        "id",
        "on_date",
        "booked_at",
        "outcome",
        "outcome_at",
        "voided_at",
        "import_batch_id",
        "recorded_at",
    ),
    "patients_episode": (
        "id",
        "uid",
        "patient_id",
        "service_id",
        "closed_at",
        "voided_at",
        "recorded_at",
    ),
    "patients_treatment": (
        "id",
        "patient_id",
        "episode_id",
        "dentist_id",
        "status",
        "done_at",
        "signed_at",
        "import_batch_id",
    ),
    "patients_visit": (
        "patient_id",
        "branch_id",
        "on_date",
        "started_at",
        "is_return",
        "voided_at",
        "recorded_at",
    ),
}
