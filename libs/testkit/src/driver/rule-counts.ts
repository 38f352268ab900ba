import type { CountDelta } from '@medallion/runtime';

/** How often a rule of a table was judged: as a row of `data_quality_metrics`. */
export type RuleCounts = {
  readonly rule: string;
  readonly action: string;
  readonly records: number;
  readonly passed: number;
  readonly failed: number;
  /** Of those that broke it, the ones that are not in the table. */
  readonly dropped: number;
};

/** The counts of a table's rules over all partitions and flows, sorted by name. */
export function qualityOf(table: string, counts: readonly CountDelta[]): readonly RuleCounts[] {
  const rules = new Map<string, RuleCounts>();
  for (const count of counts) {
    if (count.kind !== 'rule' || count.table !== table) continue;
    const { rule, action, judged, failed, dropped } = count;
    const before = rules.get(rule) ?? { rule, action, records: 0, passed: 0, failed: 0, dropped: 0 };
    rules.set(rule, {
      ...before,
      records: before.records + judged,
      passed: before.passed + judged - failed,
      failed: before.failed + failed,
      dropped: before.dropped + dropped,
    });
  }
  return [...rules.values()].sort((a, b) => (a.rule < b.rule ? -1 : 1));
}
