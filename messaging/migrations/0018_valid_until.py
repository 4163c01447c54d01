"""Until when a message is worth saying (docs/messages.md, "Out of date").

Beside a server of the version before: what that queues meanwhile has no end and is never out of
date, as until now.
"""

from django.db import migrations, models

# Two days, as for what is queued from now on; a reminder's appointment is not known here.
_WAITING = """
UPDATE messaging_message SET valid_until = queued_at + interval '2 days'
WHERE due_at IS NOT NULL AND NOT is_ad  -- still open: a fallback takes it over
"""


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0017_answer_costs'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='valid_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(_WAITING, migrations.RunSQL.noop),
    ]
