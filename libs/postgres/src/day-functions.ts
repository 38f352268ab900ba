/**
 * The day partitions of queryable copies are made and dropped by functions that run with the rights of their owner: so the
 * gold service needs no right to make tables. They do this alone, for copies that a migration wrote down, and for who does
 * not own them anyway by the server's own day: whoever takes over the service can neither drop days that are to be kept nor
 * make ones that nobody needs. See docs/decisions/roles.md.
 */
export const dayTables = `
CREATE TABLE IF NOT EXISTS medallion.day_copies (
  schema_name text NOT NULL,
  table_name text NOT NULL,
  pipeline text NOT NULL,
  prefix text NOT NULL,
  retention_days integer NOT NULL,
  PRIMARY KEY (schema_name, table_name)
);
COMMENT ON TABLE medallion.day_copies IS 'Queryable copies with a partition for each day, and how long a day is kept';
`;

/** Others wait behind whoever waits for a table's lock, so nobody waits for long; the next call tries again. */
const LOCK_TIMEOUT = '500ms';
/** Partitions are made this many days ahead, so that midnight finds one. */
export const DAYS_AHEAD = 2;

/** Names are found in pg_catalog alone, as the functions run with another's rights. */
const AS_OWNER = `LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp`;

/** Instances take turns per table. Waiting for one's turn holds up nobody, so it comes before the short timeout. */
const TAKE_TURN = `
  PERFORM pg_advisory_xact_lock(hashtextextended(a_schema || '.' || a_table, 0));
  PERFORM set_config('lock_timeout', '${LOCK_TIMEOUT}', true);`;

export const dayFunctions = `
-- The copy, and the day to reckon with: the caller's for owners, whose clock may be a test's, else the server's.
CREATE OR REPLACE FUNCTION medallion.day_copy(a_schema text, a_table text, a_today date, a_caller name,
  OUT prefix text, OUT retention_days integer, OUT today date, OUT parent regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT c.prefix, c.retention_days INTO prefix, retention_days FROM medallion.day_copies c
    WHERE c.schema_name = a_schema AND c.table_name = a_table;
  IF NOT FOUND THEN
    RAISE EXCEPTION '%.% is no copy with a partition for each day', a_schema, a_table USING ERRCODE = 'undefined_table';
  END IF;
  today := CASE WHEN pg_has_role(a_caller, current_user, 'MEMBER') THEN a_today ELSE (now() AT TIME ZONE 'UTC')::date END;
  parent := format('%I.%I', a_schema, a_table)::regclass;
END $$;

CREATE OR REPLACE FUNCTION medallion.make_day(a_schema text, a_table text, a_day date, a_today date)
RETURNS boolean ${AS_OWNER} AS $$
DECLARE
  copy record;
  part text;
  model oid;
  statement text;
BEGIN
  copy := medallion.day_copy(a_schema, a_table, a_today, session_user);
  IF a_day NOT BETWEEN copy.today - copy.retention_days AND copy.today + ${DAYS_AHEAD} THEN
    RETURN false;
  END IF;
  part := format('%I.%I', a_schema, copy.prefix || to_char(a_day, 'YYYYMMDD'));
  IF to_regclass(part) IS NOT NULL THEN
    RETURN true;
  END IF;${TAKE_TURN}
  -- The lock, which lets others write, also makes this session notice what others have made.
  EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', copy.parent);
  IF to_regclass(part) IS NOT NULL THEN
    RETURN true;
  END IF;
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', part, copy.parent);
  -- ATTACH, unlike PARTITION OF, lets others go on writing to the table.
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', copy.parent, part, a_day, a_day + 1);
  -- It is stored as the default partition is, which a migration keeps as declared.
  SELECT partdefid INTO model FROM pg_partitioned_table WHERE partrelid = copy.parent;
  FOR statement IN
    SELECT format('ALTER TABLE %s SET (%s)', part, array_to_string(reloptions, ', '))
      FROM pg_class WHERE oid = model AND reloptions IS NOT NULL
    UNION ALL
    SELECT format('ALTER TABLE %s CLUSTER ON %I', part, c.relname)
      FROM pg_index m JOIN pg_inherits mh ON mh.inhrelid = m.indexrelid JOIN pg_inherits nh ON nh.inhparent = mh.inhparent
      JOIN pg_index n ON n.indexrelid = nh.inhrelid AND n.indrelid = to_regclass(part) JOIN pg_class c ON c.oid = n.indexrelid
      WHERE m.indrelid = model AND m.indisclustered
  LOOP
    EXECUTE statement;
  END LOOP;
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION medallion.drop_day(a_schema text, a_table text, a_day date, a_today date)
RETURNS boolean ${AS_OWNER} AS $$
DECLARE
  copy record;
  part text;
BEGIN
  copy := medallion.day_copy(a_schema, a_table, a_today, session_user);
  part := format('%I.%I', a_schema, copy.prefix || to_char(a_day, 'YYYYMMDD'));
  IF a_day >= copy.today - copy.retention_days
     OR NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = copy.parent AND inhrelid = to_regclass(part)) THEN
    RETURN false;
  END IF;${TAKE_TURN}
  EXECUTE format('DROP TABLE IF EXISTS %s', part);
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION medallion.make_day(text, text, date, date), medallion.drop_day(text, text, date, date) FROM PUBLIC;
`;
