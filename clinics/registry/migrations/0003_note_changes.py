"""The functions that note changes and wake the sealer; in `public`, once for all clinics."""

from django.db import migrations, models

from clinics.trail import FORGET_CHANGE, NOTE_CHANGE


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_leave_due_hint")]
    operations = [
        migrations.AddIndex(
            model_name="duehint",
            index=models.Index(
                fields=["schema"], condition=models.Q(kind="audit"), name="duehint_audit"
            ),
        ),
        migrations.RunSQL(NOTE_CHANGE, FORGET_CHANGE),
    ]
