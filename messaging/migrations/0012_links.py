"""A link for each attempt, and what was opened behind it.

Links that stand are the first attempt's, and open as before. Beside a server of the version
before: what it writes is the first attempt's. Backwards only that one is left, since the version
before knows one link an intent; the addresses of later attempts end then.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("messaging", "0011_talks"),
        ("patients", "0009_content"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="link", name="link_once"),
        migrations.AddField(
            model_name="link",
            name="attempt",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.UniqueConstraint(
                fields=("intent", "attempt"), name="link_attempt_once"
            ),
        ),
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "DELETE FROM messaging_link l WHERE EXISTS (SELECT FROM messaging_link e"
            " WHERE e.intent = l.intent AND e.attempt < l.attempt)",
        ),
        migrations.CreateModel(
            name="LinkOpen",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, auto_created=True,
                                           verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(
                    max_length=7,
                    choices=[("person", "A person"), ("preview", "A preview"),
                             ("staff", "The clinic's staff")],
                )),
                ("action", models.CharField(max_length=7)),
                ("link", models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, to="messaging.link")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["person", "preview", "staff"])),
                        name="link_open_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("action__in", ["opened", "clicked"])),
                        name="link_open_action_known",
                    ),
                ],
            },
        ),
    ]
