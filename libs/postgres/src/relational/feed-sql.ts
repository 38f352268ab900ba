import { CHANGE, type ChangeFeedPlan } from '@medallion/pipeline';
import { ident, qualified } from '../sql-text.ts';
import { CHANGE_TYPE, deltaRows } from './carried-rows.ts';
import type { Relation } from './relation.ts';
import { nextVersion } from './relation-ddl.ts';
import { columnList } from './typed-sql.ts';

/**
 * Writes what a commit changed in a table into its change feeds, as its next version; nothing when it changed nothing.
 * Commits to one table hold a lock, so versions have no gaps and follow the order of the commits, and the time is asked
 * for once it is held.
 */
export function feedStatement(
  pipeline: string,
  schemaName: string,
  relation: Relation,
  feeds: readonly ChangeFeedPlan[],
): string {
  const columns = columnList(relation.fields);
  const inserts = feeds.map(
    (feed, i) => `fed_${i} AS (
  INSERT INTO ${qualified(schemaName, feed.name)} (${columns}, ${ident(CHANGE.type)}, ${ident(CHANGE.version)}, ${ident(CHANGE.at)})
  SELECT ${columnList(relation.fields, 'd')}, d.${CHANGE_TYPE}, v.version, v.at FROM ${deltaRows(relation, 'd')}, next v)`,
  );
  return `WITH next AS (${nextVersion(pipeline, relation.name, `EXISTS (SELECT FROM ${deltaRows(relation, 'd')})`)}),
${inserts.join(',\n')}
SELECT version FROM next`;
}
