"""Messages and stored webhooks that wait leave hints."""

from django.db import migrations

from clinics.hints import hint_trigger


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]
    operations = [
        hint_trigger("messaging_message", "outbox"),
        hint_trigger("messaging_inbound", "inbound"),
    ]
