#!/bin/bash
# Brings the roles of Postgres to what deploy/postgres/roles.sql says for PIPELINES, and the passwords of its logins to the
# secrets. Runs at each `up`: a pipeline that was added, or a password that changed, has its effect then.
set -euo pipefail
export PGHOST=postgres PGUSER=postgres PGDATABASE=medallion PGCONNECT_TIMEOUT=10 PGOPTIONS='-c client_min_messages=warning'
PGPASSWORD=$(cat /run/secrets/postgres/postgres-password)
export PGPASSWORD
# A schema has the name of its pipeline, with _ for -.
psql -qX -o /dev/null -v db=medallion -v pipelines="${PIPELINES//-/_}" -f /compose/roles.sql
psql -qX -o /dev/null -f /compose/logins.sql
echo "roles and passwords are as declared for $PIPELINES"
