"""The table of a package that was installed and never used (docs/audit.md says why not)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clinics", "0003_invitations")]
    operations = [
        migrations.RunSQL(
            "DROP TABLE IF EXISTS pghistory_context CASCADE;"
            "DROP FUNCTION IF EXISTS _pgh_attach_context() CASCADE;",
            migrations.RunSQL.noop,
        )
    ]
