"""What answers cost, and whose money it is.

Beside a server of the version before: answers it writes have no price, and get their branch when a
server of this version hands them over; what it sends itself has no cost and stands in no sum.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0006_alerts'),
        ('messaging', '0016_line_files'),
    ]

    operations = [
        migrations.AddField(
            model_name='talkline',
            name='accepted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='talkline',
            name='branch',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='clinics.branch'),
        ),
        migrations.AddField(
            model_name='talkline',
            name='called_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='talkline',
            name='cost',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='talkline',
            name='price',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name='talkline',
            index=models.Index(condition=models.Q(('accepted_at__isnull', False)), fields=['accepted_at'], name='line_accepted'),
        ),
        migrations.AddIndex(
            model_name='talkline',
            index=models.Index(condition=models.Q(('state', 'unknown')), fields=['called_at'], name='line_unsure'),
        ),
    ]
