"""The trigger function that leaves hints; it lives in `public`, once for all clinics."""

from django.db import migrations

from clinics.hints import LEAVE_HINT


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [
        migrations.RunSQL(LEAVE_HINT, "DROP FUNCTION IF EXISTS public.leave_due_hint()")
    ]
