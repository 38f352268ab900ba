import type { MaterializedViewPlan } from '@medallion/pipeline';
import { GROUP_KEY, layoutOf, MEMBER, WINDOW_END } from '../gold-layout.ts';
import { ident, qualified } from '../sql-text.ts';

/** The schema of tables that only their session sees, and that are gone with it. */
export const TEMP = 'pg_temp';

/** Brings one table to what another one holds: a statement that removes and one that writes; the first is of the state. */
export type SwapStatements = { readonly remove: string; readonly write: string };

/**
 * The statements that make the tables behind a view what their copies are. Rows that are right already are not touched, and
 * readers see the one or the other as a whole, as tables keep their identity.
 */
export function swapStatements(schemaName: string, view: MaterializedViewPlan): readonly SwapStatements[] {
  const layout = layoutOf(view);
  const isSession = view.window.kind === 'session';
  const key = layout.key.map(({ name }) => name);
  const own = isSession ? [GROUP_KEY, WINDOW_END] : [];
  const state = layout.state.map(({ name }) => name);
  return [
    swap(schemaName, layout.stateTable, isSession ? own : key, [...new Set([...key, ...own, ...state])], true),
    ...layout.members.map(({ table }) => {
      const columns = [...(isSession ? [GROUP_KEY, 'window_start'] : key), MEMBER];
      return swap(schemaName, table, columns, columns, false);
    }),
  ];
}

/** Rows are found by their key as text: NULL is a value of its own there, and texts can be hashed. */
const keyText = (alias: string, key: readonly string[]): string =>
  `ROW(${key.map((name) => `${alias}.${ident(name)}`).join(', ')})::text`;

function swap(
  schemaName: string,
  table: string,
  key: readonly string[],
  columns: readonly string[],
  isTimed: boolean,
): SwapStatements {
  const [stored, copy] = [qualified(schemaName, table), qualified(TEMP, table)];
  const same = `${keyText('s', key)} = ${keyText('c', key)}`;
  const row = (alias: string): string => `ROW(${columns.map((name) => `${alias}.${ident(name)}`).join(', ')})`;
  const all = isTimed ? [...columns, 'updated_at'] : columns;
  const rest = all.filter((name) => !key.includes(name));
  const update = rest.map((name) => `${ident(name)} = excluded.${ident(name)}`).join(', ');
  return {
    remove: `DELETE FROM ${stored} AS s WHERE NOT EXISTS (SELECT FROM ${copy} AS c WHERE ${same})`,
    write: `INSERT INTO ${stored} (${all.map(ident).join(', ')})
SELECT ${all.map((name) => (name === 'updated_at' ? 'now()' : `c.${ident(name)}`)).join(', ')} FROM ${copy} AS c
WHERE NOT EXISTS (SELECT FROM ${stored} AS s WHERE ${same} AND ${row('s')} IS NOT DISTINCT FROM ${row('c')})
ON CONFLICT (${key.map(ident).join(', ')}) DO ${rest.length === 0 ? 'NOTHING' : `UPDATE SET ${update}`}`,
  };
}
