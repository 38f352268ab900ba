import type { Instant } from '@medallion/core';
import type { MaterializedViewPlan } from '@medallion/pipeline';
import type { SessionRange, StoredSession } from '@medallion/runtime';
import type pg from 'pg';
import { arrayOf, textElement, timestampElement } from './array-literal.ts';
import { GROUP_KEY, layoutOf, WINDOW_END } from './gold-layout.ts';
import { groupKeyOf } from './session-merge.ts';
import { qualified } from './sql-text.ts';

type Row = { readonly key: string; readonly window_start: Instant; readonly window_end: Instant };

/** The stored sessions of a view in each range: by the index of their ends, as those that matter are the newest. */
export async function readSessions(
  pool: pg.Pool | pg.ClientBase,
  schemaName: string,
  view: MaterializedViewPlan,
  ranges: readonly SessionRange[],
): Promise<readonly StoredSession[]> {
  const groups = new Map(ranges.map(({ group }) => [groupKeyOf(group), group]));
  const { rows } = await pool.query<Row>({
    name: `sessions ${schemaName}.${view.name}`,
    text: `SELECT s.${GROUP_KEY} AS key, s.window_start, s.${WINDOW_END}
FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS r(${GROUP_KEY}, "from", "to")
JOIN ${qualified(schemaName, layoutOf(view).stateTable)} AS s
  ON s.${GROUP_KEY} = r.${GROUP_KEY} AND s.${WINDOW_END} >= r."from" AND s.window_start <= r."to"`,
    values: [
      arrayOf(ranges, ({ group }) => groupKeyOf(group), textElement),
      arrayOf(ranges, ({ from }) => from, timestampElement),
      arrayOf(ranges, ({ to }) => to, timestampElement),
    ],
  });
  return rows.map(({ key, window_start, window_end }) => ({
    group: groups.get(key)!,
    start: window_start,
    end: window_end,
  }));
}
