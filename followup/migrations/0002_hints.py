"""Contacts and tasks that wait leave hints."""

from django.db import migrations

from clinics.hints import hint_trigger


class Migration(migrations.Migration):
    dependencies = [("followup", "0001_initial")]
    operations = [
        hint_trigger("followup_contact", "contact"),
        hint_trigger("followup_task", "task", column="escalate_at"),
    ]
