"""Periodic checks the desk also calls about; the index of the data list."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("followup", "0002_hints")]
    operations = [
        migrations.AddField(
            model_name="protocolstep",
            name="by_call",
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=Q(("end", "failed"), models.Q(("detail", ""), _negated=True), _connector="OR"),
                fields=["decided_at"],
                name="decision_unreached",
            ),
        ),
    ]
