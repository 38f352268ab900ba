-- The passwords of the logins that deploy/postgres/roles.sql made, and what is only docker-compose.yml's: the registry's own
-- database, and the way out of what an earlier docker-compose.yml had made. For psql; it may be repeated.
\set ON_ERROR_STOP on
-- No password goes into the server's log, whatever that is told to keep.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;

\set migrator `cat /run/secrets/roles/migrator`
\set gold_writer `cat /run/secrets/roles/gold_writer`
\set dash_ro `cat /run/secrets/roles/dash_ro`
\set redriver `cat /run/secrets/roles/redriver`
\set registry `cat /run/secrets/roles/registry`

SELECT 'CREATE ROLE registry LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'registry') \gexec
ALTER ROLE migrator PASSWORD :'migrator';
ALTER ROLE gold_writer PASSWORD :'gold_writer';
ALTER ROLE dash_ro PASSWORD :'dash_ro';
ALTER ROLE redriver PASSWORD :'redriver';
ALTER ROLE registry PASSWORD :'registry';
SELECT 'CREATE DATABASE registry OWNER registry' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'registry') \gexec
REVOKE ALL ON DATABASE registry, postgres, template1 FROM PUBLIC;

-- Once the gold service made its tables itself.
REVOKE CREATE, TEMPORARY ON DATABASE medallion FROM gold_writer;
REASSIGN OWNED BY gold_writer TO medallion_owner;
