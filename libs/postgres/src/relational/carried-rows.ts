import { invariant } from '@medallion/core';
import { literal } from '../sql-text.ts';
import type { Relation } from './relation.ts';
import { columnSql } from './typed-sql.ts';

/**
 * Between the statements of a commit, what changed is carried as JSON in settings of the transaction, which are gone at its
 * end. Temporary tables do the same, but emptying them cuts files, which took five milliseconds a table where this was
 * measured, more than all else in a small commit; and they need a right, and rows of the system's catalog.
 */
const setting = (kind: 'touched' | 'delta', relation: Relation): string => {
  invariant(/^[a-z_][a-z0-9_]*$/i.test(relation.name), `${relation.name} is no name of a setting`);
  return literal(`medallion.${kind}_${relation.name}`);
};

/** insert, update_preimage, update_postimage or delete. */
export const CHANGE_TYPE = '"__change"';

const rows = (of: string, alias: string, columns: readonly string[]): string =>
  `json_to_recordset(coalesce(nullif(current_setting(${of}, true), ''), '[]')::json) AS ${alias}(${columns.join(', ')})`;

// Not the rows themselves: the answer goes to the client.
const carry = (of: string, query: string): string =>
  `SELECT length(set_config(${of}, coalesce((SELECT json_agg(c)::text FROM (${query}) c), '[]'), true)) AS carried`;

/** The keys of a relation that a commit may have changed, as an item of a FROM clause. */
export const touchedRows = (relation: Relation, alias: string): string =>
  rows(setting('touched', relation), alias, relation.key.map(columnSql));

/** The statement that makes the rows of a query the touched keys of a relation. */
export const carryTouched = (relation: Relation, query: string): string => carry(setting('touched', relation), query);

/** The rows of a relation that a commit did change, before and after: CHANGE_TYPE and its columns. */
export const deltaRows = (relation: Relation, alias: string): string =>
  rows(setting('delta', relation), alias, [`${CHANGE_TYPE} text`, ...relation.fields.map(columnSql)]);

/** The statement that makes the rows of a query the changes of a relation. */
export const carryDelta = (relation: Relation, query: string): string => carry(setting('delta', relation), query);
