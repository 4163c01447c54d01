-- Roles, rights and extensions of one database, run once by a superuser (psql -f), repeatable.
-- crm_owner migrates and opens clinics; crm_app runs web and workers: no DDL, and on a new table
-- SELECT and INSERT only. `crm_open_tables` then gives UPDATE and DELETE on every table of a
-- schema that is not part of the audit trail, so forgetting to call it fails safe.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT 'CREATE ROLE crm_owner LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'crm_owner') \gexec
SELECT 'CREATE ROLE crm_app LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'crm_app') \gexec
\getenv owner_password CRM_OWNER_PASSWORD
\getenv app_password CRM_APP_PASSWORD
\if :{?owner_password}
ALTER ROLE crm_owner PASSWORD :'owner_password';
\endif
\if :{?app_password}
ALTER ROLE crm_app PASSWORD :'app_password';
\endif
-- Our joins are written in the order they are good in. Looking for a better one among eight tables
-- costs more than reading them: a batch of contacts with all it needs was planned for 20 ms and
-- read in 1 (docs/benchmarks.md).
ALTER ROLE crm_app SET join_collapse_limit = 4;
SELECT format('ALTER DATABASE %I OWNER TO crm_owner', current_database()) \gexec
SELECT format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO crm_app', current_database()) \gexec
ALTER SCHEMA public OWNER TO crm_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO crm_app;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;

ALTER DEFAULT PRIVILEGES FOR ROLE crm_owner GRANT USAGE ON SCHEMAS TO crm_app;
ALTER DEFAULT PRIVILEGES FOR ROLE crm_owner GRANT SELECT, INSERT ON TABLES TO crm_app;
ALTER DEFAULT PRIVILEGES FOR ROLE crm_owner GRANT USAGE, SELECT ON SEQUENCES TO crm_app;

-- Audit tables: changes ("…event"), reads and deeds, and the blocks that seal them.
CREATE OR REPLACE FUNCTION public.crm_is_audit(name text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT name ~ '(event|accesslog|auditentry|auditblock)$' $$;

CREATE OR REPLACE FUNCTION public.crm_open_tables(target text) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE t record;
BEGIN
    FOR t IN SELECT c.relname, public.crm_is_audit(c.relname) AS audit FROM pg_class c
             WHERE c.relnamespace = target::regnamespace AND c.relkind IN ('r', 'p')
               AND pg_has_role(c.relowner, 'USAGE')
    LOOP
        IF t.audit THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I.%I FROM crm_app', target, t.relname);
        ELSE
            EXECUTE format('GRANT UPDATE, DELETE ON %I.%I TO crm_app', target, t.relname);
        END IF;
    END LOOP;
END
$$;
ALTER FUNCTION public.crm_is_audit(text) OWNER TO crm_owner;
ALTER FUNCTION public.crm_open_tables(text) OWNER TO crm_owner;
