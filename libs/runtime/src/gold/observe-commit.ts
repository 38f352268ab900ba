import type { FlowMetrics } from '@medallion/core';
import type { GoldCommit } from '../ports/index.ts';
import type { GoldInput } from './gold-input.ts';

/** The live view of what a commit made of its records. */
export function observeCommit(
  { changes, counts, quarantined }: GoldCommit,
  inputs: ReadonlyMap<string, GoldInput>,
  metricsOf: (table: string) => FlowMetrics,
): void {
  for (const count of counts) {
    if (count.kind !== 'records' || count.total) continue;
    const metrics = metricsOf(count.table);
    if (count.outcome === 'late') metrics.late(count.records);
    else if (count.outcome === 'accepted') metrics.recordsOut(count.records);
    else if (count.outcome === 'dropped') metrics.dropped(count.records);
    else metrics.quarantined(count.outcome, count.records);
  }
  for (const [table, made] of changes) metricsOf(table).recordsOut(made.length);
  // What the flows of keyed tables refused is in totals, which say nothing of this commit.
  const keyed = new Set([...inputs.values()].filter(({ kind }) => kind === 'changes').map(({ table }) => table.name));
  for (const { table, flow, outcome } of quarantined) {
    if (flow === undefined || !keyed.has(table)) continue;
    if (outcome === 'dropped') metricsOf(table).dropped(1);
    else metricsOf(table).quarantined(outcome, 1);
  }
}
