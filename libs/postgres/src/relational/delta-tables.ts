import { derivedName, ident } from '../sql-text.ts';
import type { Relation } from './relation.ts';
import { columnSql } from './typed-sql.ts';

/**
 * Between the statements of a commit, what changed is kept in temporary tables of the connection, which are empty again
 * at its end: they are written without a log, and no other connection sees them.
 */
const temporary = (relation: Relation, suffix: string): string =>
  `pg_temp.${ident(derivedName(relation.name, suffix))}`;

/** The keys of a relation that a commit may have changed. */
export const touchedTable = (relation: Relation): string => temporary(relation, '__touched');

/** The rows of a relation that a commit did change, before and after: its columns, and CHANGE_TYPE. */
export const deltaTable = (relation: Relation): string => temporary(relation, '__delta');

/** insert, update_preimage, update_postimage or delete. */
export const CHANGE_TYPE = '"__change"';

/** The statements that make the temporary tables of a relation in a connection. */
export function temporaryTables(relation: Relation, keepsDelta: boolean): readonly string[] {
  const create = (table: string, columns: readonly string[]): string =>
    `DROP TABLE IF EXISTS ${table}; CREATE TEMPORARY TABLE ${table.slice('pg_temp.'.length)} (${columns.join(', ')}) ON COMMIT DELETE ROWS`;
  return [
    ...(relation.kind === 'keyed' ? [] : [create(touchedTable(relation), relation.key.map(columnSql))]),
    ...(keepsDelta
      ? [create(deltaTable(relation), [`${CHANGE_TYPE} text NOT NULL`, ...relation.fields.map(columnSql)])]
      : []),
  ];
}
