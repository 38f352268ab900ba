import type { CountDelta, Outcome } from '../ports/index.ts';

/** A rule of a table, as counts name it. */
export type CountedRule = { readonly name: string; readonly action: string };

/** The counts of one table and source partition in a round: plain numbers, as they are touched for every row. */
export class TableCounts {
  accepted = 0;
  late = 0;
  /** Records that all rules of the table judged. */
  judged = 0;
  readonly refused = new Map<Outcome, number>();
  readonly failed = new Map<string, number>();
  readonly dropped = new Map<string, number>();
}

/** Adds one under a name. */
export const increment = <K>(counts: Map<K, number>, name: K): void =>
  void counts.set(name, (counts.get(name) ?? 0) + 1);

/** Collects the counts of a round by table and source partition. */
export class Counts {
  readonly #tables = new Map<string, { readonly rules: readonly CountedRule[]; readonly partitions: TableCounts[] }>();

  of(table: string, rules: readonly CountedRule[], partition: number): TableCounts {
    let found = this.#tables.get(table);
    if (found === undefined) {
      found = { rules, partitions: [] };
      this.#tables.set(table, found);
    }
    let counts = found.partitions[partition];
    if (counts === undefined) {
      counts = new TableCounts();
      found.partitions[partition] = counts;
    }
    return counts;
  }

  deltas(): readonly CountDelta[] {
    const deltas: CountDelta[] = [];
    for (const [table, { rules, partitions }] of this.#tables)
      partitions.forEach((counts, partition) => {
        const outcomes: [Outcome | 'accepted' | 'late', number][] = [
          ['accepted', counts.accepted],
          ['late', counts.late],
          ...counts.refused,
        ];
        for (const [outcome, records] of outcomes)
          if (records > 0) deltas.push({ kind: 'records', table, partition, outcome, records });
        if (counts.judged > 0)
          for (const { name, action } of rules)
            deltas.push({
              kind: 'rule',
              table,
              partition,
              rule: name,
              action,
              judged: counts.judged,
              failed: counts.failed.get(name) ?? 0,
              dropped: counts.dropped.get(name) ?? 0,
            });
      });
    return deltas;
  }
}
