import type { MaterializedViewPlan } from '@medallion/pipeline';
import { type GoldLayout, GROUP_KEY, keyType, layoutOf, MEMBER, WINDOW_END } from './gold-layout.ts';
import { ident, literal, qualified } from './sql-text.ts';

/**
 * The statements that create the tables behind a materialized view.
 *
 * Rows are updated many times while their window is open: a fillfactor of 70 leaves room for the new version on the
 * same page, and as no indexed column changes, such an update touches no index (HOT).
 */
export function goldTables(schemaName: string, view: MaterializedViewPlan): readonly string[] {
  const layout = layoutOf(view);
  return [stateTable(schemaName, view, layout), ...memberTables(schemaName, view, layout)];
}

const isSession = (view: MaterializedViewPlan): boolean => view.window.kind === 'session';

const columnList = (names: readonly string[]): string => names.map(ident).join(', ');

// NULL is a group of its own (A3), so a unique constraint must take two NULLs for equal; a primary key has no NULLs.
const keyConstraint = (names: readonly string[]): string => `UNIQUE NULLS NOT DISTINCT (${columnList(names)})`;

function keyColumns(layout: GoldLayout): readonly string[] {
  return layout.key.map((field) => `${ident(field.name)} ${keyType(field.type)}${field.nullable ? '' : ' NOT NULL'}`);
}

function stateTable(schemaName: string, view: MaterializedViewPlan, layout: GoldLayout): string {
  const table = qualified(schemaName, layout.stateTable);
  const columns = [
    ...keyColumns(layout),
    ...(isSession(view) ? [`${GROUP_KEY} text COLLATE "C" NOT NULL`, `${WINDOW_END} timestamptz(3) NOT NULL`] : []),
    ...layout.state.map((c) => `${ident(c.name)} ${c.sqlType}${c.nullable ? '' : ' NOT NULL'}`),
    'updated_at timestamptz(3) NOT NULL',
    // No two sessions of a group end at once, and those that a new row may touch are the last ones.
    keyConstraint(isSession(view) ? [GROUP_KEY, WINDOW_END] : layout.key.map((field) => field.name)),
  ];
  return `CREATE TABLE IF NOT EXISTS ${table} (\n  ${columns.join(',\n  ')}\n) WITH (fillfactor = 70);
COMMENT ON TABLE ${table} IS ${literal(`The stored state of ${view.name}: read the view instead`)};`;
}

function memberTables(schemaName: string, view: MaterializedViewPlan, layout: GoldLayout): readonly string[] {
  const key = isSession(view) ? [GROUP_KEY, 'window_start'] : layout.key.map((field) => field.name);
  const keyed = isSession(view)
    ? [`${GROUP_KEY} text COLLATE "C" NOT NULL`, 'window_start timestamptz(3) NOT NULL']
    : keyColumns(layout);
  return layout.members.map(({ table, member, counts }) => {
    const columns = [...keyed, `${MEMBER} ${keyType(member)} NOT NULL`, keyConstraint([...key, MEMBER])];
    const name = qualified(schemaName, table);
    return `CREATE TABLE IF NOT EXISTS ${name} (\n  ${columns.join(',\n  ')}\n);
COMMENT ON TABLE ${name} IS ${literal(`The values that ${counts} has counted, until their window is final`)};`;
  });
}

/** Names of all tables behind a view, the state first. */
export const tablesOf = (view: MaterializedViewPlan): readonly string[] => {
  const layout = layoutOf(view);
  return [layout.stateTable, ...layout.members.map((m) => m.table)];
};
