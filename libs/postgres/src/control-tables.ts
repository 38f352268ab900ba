/** The tables of schema `medallion`; each statement may be repeated. */
export const controlTables = `
CREATE TABLE IF NOT EXISTS medallion.lease (
  pipeline text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  epoch bigint NOT NULL,
  next_offset bigint NOT NULL,
  watermark timestamptz(3) NOT NULL,
  idle boolean NOT NULL,
  coordinates jsonb NOT NULL,
  owner text NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (pipeline, topic, partition)
) WITH (fillfactor = 50);
COMMENT ON TABLE medallion.lease IS 'Who may commit for a partition of a topic, and up to where its records are in the tables';
COMMENT ON COLUMN medallion.lease.epoch IS 'Raised by every new owner; a commit at another epoch changes nothing';
COMMENT ON COLUMN medallion.lease.next_offset IS 'The first offset that is not yet in the tables';
COMMENT ON COLUMN medallion.lease.watermark IS 'Event time below which nothing more is expected; -infinity before the first row';
COMMENT ON COLUMN medallion.lease.idle IS 'Caught up and silent: does not hold back the table''s watermark';
COMMENT ON COLUMN medallion.lease.coordinates IS 'Greatest source coordinate (offset:index) by flow:partition';

CREATE TABLE IF NOT EXISTS medallion.watermarks (
  pipeline text NOT NULL,
  source text NOT NULL,
  final_through timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (pipeline, source)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS medallion.clock_closings (
  pipeline text NOT NULL,
  source text NOT NULL,
  after_time timestamptz(3) NOT NULL,
  through_time timestamptz(3) NOT NULL,
  PRIMARY KEY (pipeline, source, after_time)
);
COMMENT ON TABLE medallion.clock_closings IS 'Windows over a source that end (with their grace period) after after_time, and at or before through_time, were closed by the clock, in silence';
COMMENT ON TABLE medallion.watermarks IS 'Windows over a source that end (with their grace period) at or before final_through never change again';

CREATE TABLE IF NOT EXISTS medallion.late_records (
  pipeline text NOT NULL,
  view_name text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  event_time timestamptz(3) NOT NULL,
  window_start timestamptz(3) NOT NULL,
  window_end timestamptz(3) NOT NULL,
  watermark timestamptz(3) NOT NULL,
  lateness_ms bigint NOT NULL,
  key bytea,
  value bytea,
  recorded_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (pipeline, view_name, topic, partition, "offset", window_start)
);
COMMENT ON TABLE medallion.late_records IS 'Rows that came after a window of the view was closed for them';

CREATE TABLE IF NOT EXISTS medallion.quarantine (
  pipeline text NOT NULL,
  table_name text NOT NULL,
  outcome text NOT NULL,
  reason text NOT NULL,
  violations jsonb NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  recorded_at timestamptz(3) NOT NULL,
  key bytea,
  value bytea,
  headers jsonb NOT NULL,
  "row" jsonb,
  ingested_at timestamptz(3) NOT NULL DEFAULT now(),
  flow text NOT NULL DEFAULT '',
  "index" integer NOT NULL DEFAULT 0,
  PRIMARY KEY (pipeline, table_name, topic, partition, "offset", flow, "index")
);
CREATE INDEX IF NOT EXISTS quarantine_outcomes ON medallion.quarantine (pipeline, table_name, outcome, ingested_at);
CREATE INDEX IF NOT EXISTS quarantine_rules ON medallion.quarantine USING gin (violations jsonb_path_ops) WITH (fastupdate = off);
COMMENT ON TABLE medallion.quarantine IS 'Records that are not in their table, why, and what is needed to send them again';
COMMENT ON COLUMN medallion.quarantine.value IS 'The bytes as they arrived; null for dropped rows and tombstones';
COMMENT ON COLUMN medallion.quarantine."row" IS 'The decoded row, where it could be decoded; NUL and lone surrogates, which jsonb refuses, read U+FFFD';

CREATE TABLE IF NOT EXISTS medallion.redrives (
  id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  pipeline text NOT NULL,
  table_name text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  flow text NOT NULL,
  "index" integer NOT NULL,
  element integer,
  requested_by text NOT NULL,
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  sent_at timestamptz(3),
  PRIMARY KEY (pipeline, table_name, topic, partition, "offset", flow, "index")
);
CREATE INDEX IF NOT EXISTS redrives_unsent ON medallion.redrives (pipeline, id) WHERE sent_at IS NULL;
COMMENT ON TABLE medallion.redrives IS 'Records of the quarantine that their flow processes again, each once; the number says in which order';
COMMENT ON COLUMN medallion.redrives.sent_at IS 'When it was known to be in its topic; null: the next redrive sends it';
COMMENT ON COLUMN medallion.redrives.element IS 'The one element of the record that is processed again; null for all of it';

CREATE TABLE IF NOT EXISTS medallion.table_counts (
  pipeline text NOT NULL,
  table_name text NOT NULL,
  partition integer NOT NULL,
  outcome text NOT NULL,
  records bigint NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  flow text NOT NULL DEFAULT '',
  PRIMARY KEY (pipeline, table_name, flow, partition, outcome)
) WITH (fillfactor = 50);
COMMENT ON TABLE medallion.table_counts IS 'Records of a table by partition of its input and by what became of them';

CREATE TABLE IF NOT EXISTS medallion.rules (
  pipeline text NOT NULL,
  table_name text NOT NULL,
  rule text NOT NULL,
  action text NOT NULL,
  description text NOT NULL,
  PRIMARY KEY (pipeline, table_name, rule)
);
COMMENT ON TABLE medallion.rules IS 'The expectations that are declared now';

CREATE TABLE IF NOT EXISTS medallion.rule_counts (
  pipeline text NOT NULL,
  table_name text NOT NULL,
  partition integer NOT NULL,
  rule text NOT NULL,
  action text NOT NULL,
  judged bigint NOT NULL,
  failed bigint NOT NULL,
  dropped bigint NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  flow text NOT NULL DEFAULT '',
  PRIMARY KEY (pipeline, table_name, flow, partition, rule, action)
) WITH (fillfactor = 50);
COMMENT ON TABLE medallion.rule_counts IS 'Records that an expectation judged, by partition of the input';

CREATE TABLE IF NOT EXISTS medallion.event_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pipeline text NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT now(),
  kind text NOT NULL,
  subject text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE medallion.event_log IS 'What happened to tables and leases; rare events only';

CREATE TABLE IF NOT EXISTS medallion.catalog (
  pipeline text NOT NULL,
  table_name text NOT NULL,
  schema_name text NOT NULL,
  layer text NOT NULL,
  kind text NOT NULL,
  version integer NOT NULL,
  hash text NOT NULL,
  state_hash text,
  definition_hash text NOT NULL,
  comment text,
  description jsonb NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (pipeline, table_name)
);
COMMENT ON TABLE medallion.catalog IS 'The tables of each pipeline as they are declared now';
COMMENT ON COLUMN medallion.catalog.state_hash IS 'Identity of what is stored: another one cannot be read with the present declaration';

CREATE TABLE IF NOT EXISTS medallion.added_columns (
  pipeline text NOT NULL,
  table_name text NOT NULL,
  column_name text NOT NULL,
  type text NOT NULL,
  comment text,
  added_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (pipeline, table_name, column_name)
);
COMMENT ON TABLE medallion.added_columns IS 'Columns that nobody declared and that tables gained from their files (add_new_columns)';

CREATE TABLE IF NOT EXISTS medallion.table_versions (
  pipeline text NOT NULL,
  table_name text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (pipeline, table_name)
) WITH (fillfactor = 50);
COMMENT ON TABLE medallion.table_versions IS 'The greatest _commit_version in the change feeds of a table';

CREATE TABLE IF NOT EXISTS medallion.lineage (
  pipeline text NOT NULL,
  source text NOT NULL,
  target text NOT NULL,
  kind text NOT NULL,
  PRIMARY KEY (pipeline, source, target)
);
COMMENT ON TABLE medallion.lineage IS 'Which topic or table each table is made from';

CREATE TABLE IF NOT EXISTS medallion.column_lineage (
  pipeline text NOT NULL,
  source text NOT NULL,
  source_column text NOT NULL,
  target text NOT NULL,
  target_column text NOT NULL,
  PRIMARY KEY (pipeline, target, target_column, source, source_column)
);
COMMENT ON TABLE medallion.column_lineage IS 'Which columns a column is made of, as far as declarations say: closures do not';

CREATE TABLE IF NOT EXISTS medallion.flows (
  pipeline text NOT NULL,
  flow text NOT NULL,
  table_name text NOT NULL,
  input text NOT NULL,
  kind text NOT NULL,
  conserves boolean NOT NULL,
  PRIMARY KEY (pipeline, flow)
);
COMMENT ON TABLE medallion.flows IS 'The ways of rows into tables, and what each reads';
CREATE TABLE IF NOT EXISTS medallion.migrated (
  pipeline text PRIMARY KEY,
  plan_hash text NOT NULL,
  migrated_at timestamptz(3) NOT NULL DEFAULT now(),
  migrated_by text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE medallion.migrated IS 'The declaration that the database was last brought to, by which services that make nothing know theirs';
COMMENT ON COLUMN medallion.flows.conserves IS 'Whether every record of the input leaves exactly one trace, so that they can be counted';
`;

const hasKeyOf = (table: string, columns: number): string =>
  `(SELECT indnatts FROM pg_index WHERE indrelid = 'medallion.${table}'::regclass AND indisprimary) = ${columns}`;

const rekeyed = (table: string, key: readonly string[]): string => `
DO $$ BEGIN
  IF NOT ${hasKeyOf(table, key.length)} THEN
    ALTER TABLE medallion.${table} DROP CONSTRAINT ${table}_pkey, ADD PRIMARY KEY (${key.join(', ')});
  END IF;
END $$;`;

/** What tables that were created by an earlier version lack; each statement may be repeated. */
export const controlUpgrades = `
-- Since version 4 several flows may fill one table, and a record may become several rows.
ALTER TABLE medallion.quarantine ADD COLUMN IF NOT EXISTS flow text NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS "index" integer NOT NULL DEFAULT 0;
ALTER TABLE medallion.table_counts ADD COLUMN IF NOT EXISTS flow text NOT NULL DEFAULT '';
ALTER TABLE medallion.rule_counts ADD COLUMN IF NOT EXISTS flow text NOT NULL DEFAULT '';
${rekeyed('quarantine', ['pipeline', 'table_name', 'topic', 'partition', '"offset"', 'flow', '"index"'])}
${rekeyed('table_counts', ['pipeline', 'table_name', 'flow', 'partition', 'outcome'])}
${rekeyed('rule_counts', ['pipeline', 'table_name', 'flow', 'partition', 'rule', 'action'])}
COMMENT ON COLUMN medallion.quarantine.flow IS 'The flow that refused it; empty where no flow of the engine wrote the record';
COMMENT ON COLUMN medallion.quarantine."index" IS 'Which of the rows that were made of the record was refused, from 0';
`;
