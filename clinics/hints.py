"""Hints: how a clinic's rows say "something is due" to a tick that looks at no clinic.

A statement-level trigger leaves at most one row per five minutes in `registry.DueHint`
(docs/decisions/due-hints.md). The function lives in `public` and takes the clinic from
TG_TABLE_SCHEMA, so replayed and migrated schemas behave alike.
"""

from __future__ import annotations

from django.db import migrations

LEAVE_HINT = """
CREATE OR REPLACE FUNCTION public.leave_due_hint() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO public.registry_duehint (schema, kind, due_at)
         SELECT $1, $2, min(%1$I) FROM changed WHERE %1$I IS NOT NULL
         GROUP BY date_bin(''5 minutes'', %1$I, timestamptz ''2000-01-01Z'')',
        TG_ARGV[1]
    ) USING TG_TABLE_SCHEMA, TG_ARGV[0];
    RETURN NULL;
END $$;
"""


def hint_trigger(table: str, kind: str, column: str = "due_at") -> migrations.RunSQL:
    """The migration step that makes inserts and updates of `table` leave hints of `kind`."""
    make = "\n".join(
        f"CREATE TRIGGER hint_{event.lower()} AFTER {event} ON {table} "
        "REFERENCING NEW TABLE AS changed FOR EACH STATEMENT "
        f"EXECUTE FUNCTION public.leave_due_hint('{kind}', '{column}');"
        for event in ("INSERT", "UPDATE")
    )
    drop = "\n".join(
        f"DROP TRIGGER IF EXISTS hint_{event} ON {table};" for event in ("insert", "update")
    )
    return migrations.RunSQL(make, drop)
