"""What a message costs, and what a month may cost.

Beside a server of the version before: it writes no price and no parts, so those costs stay
unknown; it knows no limit.
"""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0005_shifts'),
        ('messaging', '0012_links'),
        ('patients', '0009_content'),
    ]

    operations = [
        migrations.CreateModel(
            name='SpendingLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vnd', models.PositiveBigIntegerField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='message',
            name='price',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='provideraccount',
            name='part_price_ads',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='provideraccount',
            name='part_price_care',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name='message',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['accepted_at'], name='message_accepted'),
        ),
        migrations.AddConstraint(
            model_name='spendinglimit',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='spending_limit_once'),
        ),
        migrations.AddConstraint(
            model_name='spendinglimit',
            constraint=models.CheckConstraint(condition=models.Q(('vnd__gt', 0)), name='spending_limit_range'),
        ),
    ]
