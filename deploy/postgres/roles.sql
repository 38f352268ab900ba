-- The roles of Medallion in one database. An administrator (a superuser, or who has CREATEROLE and owns the database) runs it
-- once, and again whenever a pipeline is added; it may be repeated. Postgres 16 or newer.
--
--   psql "$ADMIN_URL" -v db=medallion -v pipelines=santa_deliveries,lakeflow_customers -f deploy/postgres/roles.sql
--
-- `pipelines` are the schemas: the names of the pipelines with _ for -. No password is in here: set those of the logins
-- afterwards, with \password or by what keeps your secrets (README.md beside this file).
\set ON_ERROR_STOP on
\connect :"db"

BEGIN;
SELECT set_config('medallion.pipelines', :'pipelines', true);

-- Groups: nobody logs in as them.
--   medallion_owner      owns schemas and tables; makes and changes them
--   medallion_writer     keeps the control tables up to date; with <schema>_writer the tables of a pipeline
--   medallion_dashboard  reads, personal columns masked
--   medallion_operator   has quarantined records processed again
--   <schema>_…_reader    people who read a layer of a pipeline
-- Logins: migrator, gold_writer, dash_ro, redriver.
DO $$
DECLARE
  schema_name text;
  role_name text;
  groups text[] := '{medallion_owner,medallion_writer,medallion_dashboard,medallion_operator}';
  logins text[] := '{migrator,gold_writer,dash_ro,redriver}';
BEGIN
  FOREACH schema_name IN ARRAY string_to_array(replace(current_setting('medallion.pipelines'), ' ', ''), ',') LOOP
    IF schema_name !~ '^[a-z][a-z0-9_]*$' OR length(schema_name) > 46 THEN
      RAISE EXCEPTION 'pipelines: "%" is no name of a schema with at most 46 letters', schema_name;
    END IF;
    groups := groups || ARRAY(SELECT schema_name || suffix FROM unnest(
      '{_writer,_bronze_reader,_silver_reader,_gold_reader,_personal_reader}'::text[]) AS suffix);
  END LOOP;
  FOREACH role_name IN ARRAY groups LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
    END IF;
  END LOOP;
  FOREACH role_name IN ARRAY logins LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', role_name);
    END IF;
  END LOOP;
  FOREACH schema_name IN ARRAY string_to_array(replace(current_setting('medallion.pipelines'), ' ', ''), ',') LOOP
    EXECUTE format('GRANT %I TO gold_writer', schema_name || '_writer');
  END LOOP;

  -- What a login may do is what its groups may, and so many connections are all that it gets.
  GRANT medallion_owner TO migrator;
  GRANT medallion_writer TO gold_writer;
  GRANT medallion_dashboard TO dash_ro;
  GRANT medallion_operator TO redriver;
  ALTER ROLE migrator CONNECTION LIMIT 5;
  ALTER ROLE gold_writer CONNECTION LIMIT 60;
  ALTER ROLE dash_ro CONNECTION LIMIT 30;
  ALTER ROLE redriver CONNECTION LIMIT 5;

  -- Nobody is let in, and nobody makes anything, who is not named here.
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO migrator, gold_writer, dash_ro, redriver', current_database());
  EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO medallion_owner', current_database());
  REVOKE ALL ON SCHEMA public FROM PUBLIC;

  -- Names without a schema are those of Postgres, whatever somebody made elsewhere. Nothing waits or runs for ever; the
  -- services ask for less than this. A migration runs as the owner, so that all that it makes is the owner's.
  FOREACH role_name IN ARRAY logins LOOP
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = pg_catalog, pg_temp', role_name, current_database());
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET lock_timeout = %L', role_name, current_database(), '15s');
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET idle_in_transaction_session_timeout = %L', role_name, current_database(), '60s');
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET statement_timeout = %L', role_name, current_database(),
      CASE role_name WHEN 'migrator' THEN '0' WHEN 'gold_writer' THEN '60s' ELSE '15s' END);
  END LOOP;
  EXECUTE format('ALTER ROLE migrator IN DATABASE %I SET role = medallion_owner', current_database());
  EXECUTE format('ALTER ROLE dash_ro IN DATABASE %I SET default_transaction_read_only = on', current_database());
END $$;
COMMIT;
