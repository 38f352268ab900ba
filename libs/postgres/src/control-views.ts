/** What became of records, as conservation counts it. */
export const OUTCOMES = [
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
  'deleted',
  'unchanged',
  'superseded',
  'filtered',
];

const outcomeColumns = OUTCOMES.map(
  (outcome) => `coalesce(sum(c.records) FILTER (WHERE c.outcome = '${outcome}'), 0)::bigint AS ${outcome}`,
).join(',\n         ');

/**
 * The view whose columns change with what is counted. Every pipeline's schema has a view of it, which is only lost, until
 * that pipeline starts again, where Postgres cannot replace the columns.
 */
const replaced = (select: string): string => `DO $do$ BEGIN
CREATE OR REPLACE VIEW medallion.conservation AS${select};
EXCEPTION WHEN invalid_table_definition THEN
DROP VIEW medallion.conservation CASCADE;
CREATE VIEW medallion.conservation AS${select};
END $do$;`;

/** The views of schema `medallion`; each statement may be repeated. */
export const controlViews = `
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

CREATE OR REPLACE VIEW medallion.columns AS
SELECT c.pipeline, c.table_name, declared.position::integer AS position, declared.value->>'name' AS column_name,
       declared.value->>'type' AS type, (declared.value->>'nullable')::boolean AS nullable,
       declared.value->>'doc' AS comment, NULL::timestamptz(3) AS added_at
FROM medallion.catalog c CROSS JOIN LATERAL jsonb_array_elements(c.description->'columns') WITH ORDINALITY AS declared(value, position)
UNION ALL
SELECT a.pipeline, a.table_name,
       (jsonb_array_length(c.description->'columns') + row_number() OVER (PARTITION BY a.pipeline, a.table_name ORDER BY a.added_at, a.column_name))::integer,
       a.column_name, a.type, true, a.comment, a.added_at
FROM medallion.added_columns a JOIN medallion.catalog c USING (pipeline, table_name)
WHERE NOT c.description->'columns' @> jsonb_build_array(jsonb_build_object('name', a.column_name));
COMMENT ON VIEW medallion.columns IS 'The columns of every table: those that are declared, and behind them those that it gained from its files, with added_at';

CREATE OR REPLACE VIEW medallion.quarantined AS
SELECT q.*, r.id AS redrive, r.requested_at AS redriven_at, r.requested_by AS redriven_by
FROM medallion.quarantine q
LEFT JOIN medallion.redrives r USING (pipeline, table_name, topic, partition, "offset", flow, "index");
COMMENT ON VIEW medallion.quarantined IS 'The quarantine, and which of its records were processed again: refused once more, they are in it at their place in the redrive topic';

-- A flow that reads a topic has seen the records up to the greatest of its coordinates, which arrive with its rows and
-- its quarantine; one that reads a table was given what that table accepted. Flows that make several rows of a record, or
-- leave some out without a trace, are not counted so. The flows of keyed tables say themselves what they have read, in the
-- ledgers that say what became of it; records of their changelogs that no flow wrote, or Postgres refused, are counted
-- beside, under no flow. A topic is counted by its offsets, from 0: what was gone unread, when the flow first began or when a
-- person had it go on behind it, is a difference for good.
${replaced(`
WITH reached AS (
  SELECT l.pipeline, split_part(reached.key, ':', 1) AS flow, split_part(reached.key, ':', 2)::integer AS partition,
         max(split_part(reached.value, ':', 1)::bigint) + 1 AS records_in
  FROM medallion.lease l CROSS JOIN LATERAL jsonb_each_text(l.coordinates) AS reached
  GROUP BY 1, 2, 3
), counted AS (
  -- A foreign record was given to no flow, so it is missing from none.
  SELECT c.pipeline, c.table_name, c.partition, sum(c.records) FILTER (WHERE c.outcome = 'read')::bigint AS read,
         CASE WHEN bool_or(c.outcome = 'read')
           THEN sum(c.records) FILTER (WHERE c.outcome NOT IN ('read', 'removed') AND c.flow <> '')
           ELSE sum(c.records) FILTER (WHERE c.outcome <> 'foreign')
         END::bigint AS records_out,
         ${outcomeColumns}
  FROM medallion.table_counts c GROUP BY 1, 2, 3
), given AS (
  SELECT pipeline, table_name, partition, sum(records_in)::bigint AS records_in FROM (
    SELECT r.pipeline, f.table_name, r.partition, r.records_in
    FROM reached r JOIN medallion.flows f USING (pipeline, flow) WHERE f.kind = 'topic'
    UNION ALL
    SELECT c.pipeline, f.table_name, c.partition, c.accepted
    FROM counted c JOIN medallion.flows f ON f.pipeline = c.pipeline AND f.input = c.table_name AND f.kind = 'table'
    UNION ALL
    -- What was redriven is given once more.
    SELECT r.pipeline, r.table_name, r.partition, count(*) FROM medallion.redrives r GROUP BY 1, 2, 3
    UNION ALL
    -- What a backfill brought, as its flow has counted it: the topic of its copies holds repetitions too.
    SELECT c.pipeline, c.table_name, c.partition, sum(c.records)
    FROM medallion.table_counts c JOIN medallion.flows f
      ON f.pipeline = c.pipeline AND f.table_name = c.table_name AND c.flow = f.flow || '.backfill'
    WHERE c.outcome <> 'foreign' GROUP BY 1, 2, 3
  ) g GROUP BY 1, 2, 3
), counts AS (
  SELECT pipeline, table_name, partition, coalesce(c.read, g.records_in, 0) AS records_in,
         ${OUTCOMES.map((outcome) => `coalesce(c.${outcome}, 0) AS ${outcome}`).join(', ')},
         coalesce(c.read, g.records_in, 0) - coalesce(c.records_out, 0) AS difference, c.read IS NOT NULL AS keyed
  FROM given g FULL JOIN counted c USING (pipeline, table_name, partition)
)
SELECT pipeline, table_name, partition, records_in, ${OUTCOMES.map((outcome) => `c.${outcome}`).join(', ')}, difference
FROM counts c
WHERE c.keyed OR NOT EXISTS (SELECT FROM medallion.flows f
                             WHERE f.pipeline = c.pipeline AND f.table_name = c.table_name AND NOT f.conserves)`)}
COMMENT ON VIEW medallion.conservation IS 'Every record of the input leaves one trace: difference is 0 once the pipeline is drained, of a keyed table at any time; records of a topic are counted from offset 0, so what was gone before it was read is a difference';
`;
