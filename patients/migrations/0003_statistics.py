"""After an import the tables have grown a thousandfold: joins planned by yesterday's statistics
take minutes. The product's own role may not ANALYZE, so the owner's function does it for it."""

from django.db import migrations

_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('patients.functions', 0));"

_ANALYZE = """
CREATE OR REPLACE FUNCTION public.patients_analyze(clinic name) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE grown text;
BEGIN
    FOREACH grown IN ARRAY ARRAY['person', 'patient', 'appointment', 'treatment', 'episode',
        'visit', 'basis', 'namesuffix', 'contactpoint', 'patientcontactpoint']
    LOOP
        EXECUTE format('ANALYZE %I.%I', clinic, 'patients_' || grown);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_imports_and_search")]

    operations = [migrations.RunSQL(_ALONE + _ANALYZE, migrations.RunSQL.noop)]
