"""Pictures and files of conversations.

Beside a server of the version before: it knows none of these tables; what it writes has no file.
"""

import django.db.models.deletion
import messaging.secrets
import uuid
from django.db import migrations, models

from clinics.hints import hint_trigger


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0015_account_facts'),
    ]

    operations = [
        migrations.CreateModel(
            name='LineFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('kind', models.CharField(max_length=5)),
                ('name', messaging.secrets.EncryptedTextField()),
                ('url', messaging.secrets.EncryptedTextField()),
                ('media_type', models.CharField(blank=True, max_length=80)),
                ('size', models.PositiveIntegerField(default=0)),
                ('width', models.PositiveIntegerField(null=True)),
                ('height', models.PositiveIntegerField(null=True)),
                ('state', models.CharField(choices=[('kept', 'kept'), ('wanted', 'being fetched'), ('gone', 'could not be fetched')], max_length=6)),
                ('due_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='messaging.talkline')),
            ],
        ),
        migrations.CreateModel(
            name='LineFileData',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('data', models.BinaryField()),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to='messaging.linefile')),
            ],
        ),
        migrations.AddIndex(
            model_name='linefile',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at', 'id'], name='line_file_due'),
        ),
        migrations.AddConstraint(
            model_name='linefile',
            constraint=models.UniqueConstraint(fields=('line', 'position'), name='line_file_once'),
        ),
        migrations.AddConstraint(
            model_name='linefile',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['image', 'file'])), name='line_file_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='linefile',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['kept', 'wanted', 'gone'])), name='line_file_state_known'),
        ),
        migrations.AddConstraint(
            model_name='linefile',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'wanted'), ('due_at__isnull', True), _connector='OR'), name='only_wanted_are_due'),
        ),
        migrations.AddConstraint(
            model_name='linefile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'kept'), _negated=True), models.Q(('media_type', ''), _negated=True), _connector='OR'), name='kept_has_its_type'),
        ),
        hint_trigger("messaging_linefile", "talks"),
    ]
