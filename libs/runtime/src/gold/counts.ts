import type { CountDelta, Outcome } from '../ports/index.ts';

/** A rule of a table, as counts name it. */
export type CountedRule = { readonly name: string; readonly action: string };

/** The counts of one table, flow and source partition in a round: plain numbers, as they are touched for every row. */
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

type FlowCounts = { readonly rules: readonly CountedRule[]; readonly partitions: TableCounts[] };

/** Collects the counts of a round by table, flow and source partition. */
export class Counts {
  readonly #tables = new Map<string, Map<string | null, FlowCounts>>();
  readonly #totals = new Map<string, readonly CountDelta[]>();

  /** `flow` is null for records that no flow wrote. */
  of(table: string, flow: string | null, rules: readonly CountedRule[], partition: number): TableCounts {
    let flows = this.#tables.get(table);
    if (flows === undefined) {
      flows = new Map();
      this.#tables.set(table, flows);
    }
    let found = flows.get(flow);
    if (found === undefined) {
      found = { rules, partitions: [] };
      flows.set(flow, found);
    }
    let counts = found.partitions[partition];
    if (counts === undefined) {
      counts = new TableCounts();
      found.partitions[partition] = counts;
    }
    return counts;
  }

  /** Totals that replace those before, of one flow and partition of a table. */
  replace(of: string, totals: readonly CountDelta[]): void {
    this.#totals.set(of, totals);
  }

  deltas(): readonly CountDelta[] {
    const deltas: CountDelta[] = [];
    for (const [table, flows] of this.#tables)
      for (const [flow, { rules, partitions }] of flows)
        partitions.forEach((counts, partition) => {
          deltas.push(...deltasOf({ table, ...(flow === null ? {} : { flow }), partition }, rules, counts));
        });
    for (const totals of this.#totals.values()) deltas.push(...totals);
    return deltas;
  }
}

type Counted = { readonly table: string; readonly flow?: string; readonly partition: number };

function* deltasOf(of: Counted, rules: readonly CountedRule[], counts: TableCounts): Generator<CountDelta> {
  const outcomes: [Outcome | 'accepted' | 'late', number][] = [
    ['accepted', counts.accepted],
    ['late', counts.late],
    ...counts.refused,
  ];
  for (const [outcome, records] of outcomes) if (records > 0) yield { kind: 'records', ...of, outcome, records };
  if (counts.judged === 0) return;
  for (const { name, action } of rules)
    yield {
      kind: 'rule',
      ...of,
      rule: name,
      action,
      judged: counts.judged,
      failed: counts.failed.get(name) ?? 0,
      dropped: counts.dropped.get(name) ?? 0,
    };
}
