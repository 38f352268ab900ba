/**
 * The tables ($1 is the pipeline) that have rows in quarantine, also those that are not declared any more, with each outcome
 * that they have: rows of one outcome lie in the index in the order in which they came, so that the newest of any choice are
 * found without a look at others. Found by one look into the index for each.
 */
export const KNOWN_OUTCOMES = `RECURSIVE known AS (
  (SELECT table_name, outcome FROM medallion.quarantine WHERE pipeline = $1 ORDER BY table_name, outcome LIMIT 1)
  UNION ALL
  SELECT next.table_name, next.outcome FROM known k CROSS JOIN LATERAL (
    SELECT q.table_name, q.outcome FROM medallion.quarantine q
    WHERE q.pipeline = $1 AND (q.table_name, q.outcome) > (k.table_name, k.outcome)
    ORDER BY q.table_name, q.outcome LIMIT 1) AS next)`;
