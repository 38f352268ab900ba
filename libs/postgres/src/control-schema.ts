import { FENCED, FINAL_MOVED } from './failures.ts';

/** Raised whenever a statement below changes; a database at this version is left alone. */
export const CONTROL_VERSION = 3;

const tables = `
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
  PRIMARY KEY (pipeline, table_name, topic, partition, "offset")
);
COMMENT ON TABLE medallion.quarantine IS 'Records that are not in their table, why, and what is needed to send them again';
COMMENT ON COLUMN medallion.quarantine.value IS 'The bytes as they arrived; null for dropped rows and tombstones';
COMMENT ON COLUMN medallion.quarantine."row" IS 'The decoded row, where it could be decoded; NUL and lone surrogates, which jsonb refuses, read U+FFFD';

CREATE TABLE IF NOT EXISTS medallion.table_counts (
  pipeline text NOT NULL,
  table_name text NOT NULL,
  partition integer NOT NULL,
  outcome text NOT NULL,
  records bigint NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (pipeline, table_name, partition, outcome)
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
  PRIMARY KEY (pipeline, table_name, partition, rule, action)
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
`;

/**
 * The lease step of a commit. It raises instead of answering, so that the statements which were sent behind it, in the
 * same round trip, come to nothing. The order matters: the shared lock first (advanceFinal takes it alone), then a
 * statement of its own, with a new snapshot, reads what is final.
 */
const takeStep = `
CREATE OR REPLACE FUNCTION medallion.take_step(
  a_pipeline text, sources text[], finals timestamptz[],
  topics text[], partitions integer[], epochs bigint[], froms bigint[], nexts bigint[],
  watermarks timestamptz[], idles boolean[], coordinates jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  source_name text;
  fenced jsonb := '[]';
BEGIN
  FOREACH source_name IN ARRAY sources LOOP
    PERFORM pg_advisory_xact_lock_shared(medallion.final_lock(a_pipeline, source_name));
  END LOOP;
  FOR i IN 1 .. cardinality(topics) LOOP
    UPDATE medallion.lease AS l
      SET next_offset = nexts[i], watermark = greatest(l.watermark, watermarks[i]), idle = idles[i],
          coordinates = take_step.coordinates -> (i - 1), updated_at = now()
      WHERE l.pipeline = a_pipeline AND l.topic = topics[i] AND l.partition = partitions[i]
        AND l.epoch = epochs[i] AND l.next_offset = froms[i];
    IF NOT FOUND THEN
      fenced := fenced || jsonb_build_object('topic', topics[i], 'partition', partitions[i]);
    END IF;
  END LOOP;
  IF fenced <> '[]' THEN
    RAISE EXCEPTION 'fenced' USING ERRCODE = '${FENCED}', DETAIL = fenced::text;
  END IF;
  PERFORM 1 FROM unnest(sources, finals) AS assumed(source, final_through)
    LEFT JOIN medallion.watermarks w ON w.pipeline = a_pipeline AND w.source = assumed.source
    WHERE coalesce(w.final_through, '-infinity') <> assumed.final_through;
  IF FOUND THEN
    RAISE EXCEPTION 'windows were closed' USING ERRCODE = '${FINAL_MOVED}';
  END IF;
END $$;
`;

const functions = `
CREATE OR REPLACE FUNCTION medallion.final_lock(a_pipeline text, a_source text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended(a_pipeline || '/' || a_source, 20231224) $$;

CREATE OR REPLACE FUNCTION medallion.final_target(a_pipeline text, a_topic text, partitions integer) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
  SELECT CASE
      WHEN count(*) < partitions THEN '-infinity'
      WHEN bool_and(idle) THEN max(watermark)
      ELSE min(watermark) FILTER (WHERE NOT idle)
    END
  FROM medallion.lease WHERE pipeline = a_pipeline AND topic = a_topic AND partition < partitions
$$;
${takeStep}
CREATE OR REPLACE FUNCTION medallion.move_final(a_pipeline text, a_source text, a_topic text, partitions integer)
RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  moved timestamptz;
BEGIN
  -- Waits for the commits that judged their rows by the former value, and holds up the next ones until this one is visible.
  PERFORM pg_advisory_xact_lock(medallion.final_lock(a_pipeline, a_source));
  INSERT INTO medallion.watermarks AS w (pipeline, source, final_through)
    VALUES (a_pipeline, a_source, coalesce(medallion.final_target(a_pipeline, a_topic, partitions), '-infinity'))
    ON CONFLICT (pipeline, source) DO UPDATE
      SET final_through = greatest(w.final_through, excluded.final_through), updated_at = now()
    RETURNING w.final_through INTO moved;
  RETURN moved;
END $$;
`;

const OUTCOMES = [
  'accepted',
  'violation',
  'dropped',
  'unparseable',
  'undecodable',
  'foreign',
  'duplicate',
  'future',
  'late',
  'derive_failed',
  'unstorable',
];

const outcomeColumns = OUTCOMES.map(
  (outcome) => `coalesce(sum(c.records) FILTER (WHERE c.outcome = '${outcome}'), 0)::bigint AS ${outcome}`,
).join(',\n         ');

const views = `
CREATE OR REPLACE VIEW medallion.data_quality_metrics AS
SELECT r.pipeline, r.table_name, r.rule, r.action,
       coalesce(sum(c.judged), 0)::bigint AS records,
       coalesce(sum(c.judged - c.failed), 0)::bigint AS passed,
       coalesce(sum(c.failed), 0)::bigint AS failed,
       coalesce(sum(c.dropped), 0)::bigint AS dropped,
       coalesce(max(c.updated_at), now())::timestamptz(3) AS measured_at
FROM medallion.rules r
LEFT JOIN medallion.rule_counts c USING (pipeline, table_name, rule, action)
GROUP BY r.pipeline, r.table_name, r.rule, r.action;
COMMENT ON VIEW medallion.data_quality_metrics IS 'What each expectation found, counted in the transactions that stored the rows';

-- A flow that reads a topic has seen the records up to the greatest of its coordinates, which arrive with its rows and
-- its quarantine; one that reads a table was given what that table accepted.
CREATE OR REPLACE VIEW medallion.conservation AS
WITH seen AS (
  SELECT l.pipeline, split_part(reached.key, ':', 1) AS table_name, split_part(reached.key, ':', 2)::integer AS partition,
         max(split_part(reached.value, ':', 1)::bigint) + 1 AS records_in
  FROM medallion.lease l CROSS JOIN LATERAL jsonb_each_text(l.coordinates) AS reached
  GROUP BY 1, 2, 3
), counted AS (
  -- A foreign record was given to no flow, so it is missing from none.
  SELECT c.pipeline, c.table_name, c.partition, sum(c.records) FILTER (WHERE c.outcome <> 'foreign')::bigint AS records_out,
         ${outcomeColumns}
  FROM medallion.table_counts c GROUP BY 1, 2, 3
), given AS (
  SELECT s.pipeline, s.table_name, s.partition, s.records_in
  FROM seen s JOIN medallion.lineage f ON f.pipeline = s.pipeline AND f.target = s.table_name AND f.kind = 'topic'
  UNION ALL
  SELECT c.pipeline, f.target, c.partition, c.accepted
  FROM counted c JOIN medallion.lineage f ON f.pipeline = c.pipeline AND f.source = c.table_name AND f.kind = 'table'
)
SELECT pipeline, table_name, partition, coalesce(g.records_in, 0) AS records_in,
       ${OUTCOMES.map((outcome) => `coalesce(c.${outcome}, 0) AS ${outcome}`).join(', ')},
       coalesce(g.records_in, 0) - coalesce(c.records_out, 0) AS difference
FROM given g FULL JOIN counted c USING (pipeline, table_name, partition);
COMMENT ON VIEW medallion.conservation IS 'Every record of the input leaves one trace: difference is 0 once the pipeline is drained';
`;

/** Everything in schema `medallion`. Each statement may be repeated. */
export const controlSchema = `${tables}${functions}${views}`;
