import type { Instant } from '@medallion/core';
import { groupKey } from '@medallion/operators';
import type { MaterializedViewPlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type { Round, SessionRange, StoredSession, TableStore } from '../ports/index.ts';
import type { GoldInput } from './gold-input.ts';

type Ranges = Map<unknown, { readonly group: SessionRange['group']; from: number; to: number }>;

/** The stored sessions that the rows of a round could touch, by view; a pipeline without sessions does not ask. */
export async function sessionsNear(
  round: Round,
  { inputs, store }: { readonly inputs: ReadonlyMap<string, GoldInput>; readonly store: TableStore },
): Promise<ReadonlyMap<string, readonly StoredSession[]>> {
  const ranges = sessionRanges(round, inputs);
  return ranges.size === 0 ? new Map() : store.sessions(ranges);
}

/** Where these sessions are. Pipelines without any are spared a second look at their rows. */
export function sessionRanges(
  round: Round,
  inputs: ReadonlyMap<string, GoldInput>,
): ReadonlyMap<string, readonly SessionRange[]> {
  const found = new Map<string, Ranges>();
  for (const { topic, records } of round) {
    const input = inputs.get(topic)!;
    if (input.kind !== 'rows' || input.table.eventTime === null) continue;
    const views = input.views.filter((view) => view.window.kind === 'session');
    if (views.length === 0) continue;
    for (const record of records) {
      const decoded = input.decoder.decode(record.value);
      if (!('row' in decoded)) continue;
      const at = decoded.row[input.table.eventTime.column] as Instant;
      for (const view of views) widen(found, view, decoded.row, at);
    }
  }
  return new Map(
    [...found].map(([view, ranges]) => [
      view,
      [...ranges.values()].map(({ group, from, to }) => ({ group, from: from as Instant, to: to as Instant })),
    ]),
  );
}

function widen(
  found: Map<string, Ranges>,
  { name, window, groupBy }: MaterializedViewPlan,
  row: AnyRow,
  at: Instant,
): void {
  if (window.kind !== 'session') return;
  const columns = groupBy.map((field) => field.name);
  const key = groupKey(columns, row);
  let ranges = found.get(name);
  if (ranges === undefined) {
    ranges = new Map();
    found.set(name, ranges);
  }
  const range = ranges.get(key);
  const to = at + window.gapMs;
  if (range === undefined) ranges.set(key, { group: columns.map((column) => row[column]!), from: at, to });
  else {
    range.from = Math.min(range.from, at);
    range.to = Math.max(range.to, to);
  }
}
