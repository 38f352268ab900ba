#!/bin/bash
# Runs once, when the volume of Postgres is new: the databases, who may log in, and what they may.
set -euo pipefail
password() { cat "/run/secrets/postgres/$1-password"; }
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v gold="$(password gold_writer)" -v dash="$(password dash_ro)" -v redriver="$(password redriver)" \
  -v registry="$(password registry)" <<'SQL'
CREATE ROLE medallion_dashboard NOLOGIN;
CREATE ROLE medallion_operator NOLOGIN;
CREATE ROLE gold_writer LOGIN PASSWORD :'gold';
CREATE ROLE dash_ro LOGIN PASSWORD :'dash' IN ROLE medallion_dashboard;
CREATE ROLE redriver LOGIN PASSWORD :'redriver' IN ROLE medallion_operator;
CREATE ROLE registry LOGIN PASSWORD :'registry';
CREATE DATABASE registry OWNER registry;
REVOKE ALL ON DATABASE registry FROM PUBLIC;
REVOKE ALL ON DATABASE medallion FROM PUBLIC;
GRANT CONNECT ON DATABASE medallion TO dash_ro, redriver;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE medallion TO gold_writer;
SQL
