import { expectationsIn, type FlowPlan } from '@medallion/pipeline';
import type { KeyedOutcome, RuleTotal, Totals } from '../protocol/ledger.ts';
import type { Settled } from '../streaming/fates.ts';

type Rule = { readonly name: string; readonly action: string; judged: number; failed: number; dropped: number };

/** What the flow of a keyed table counts in a partition, from its ledger on (SPEC L1). */
export class FlowCounts {
  readonly #records: Partial<Record<keyof Totals['records'], number>>;
  /** By name and action: a rule whose action is changed is counted anew. */
  readonly #rules = new Map<string, Rule>();
  /** Those that are declared now. */
  readonly #declared: readonly Rule[];

  constructor(flow: FlowPlan, totals: Totals = { records: {}, rules: [] }) {
    this.#records = { ...totals.records };
    for (const total of totals.rules) this.#rule(total);
    this.#declared = expectationsIn(flow).map(({ name, action }) => this.#rule([name, action, 0, 0, 0]));
  }

  /** Records were read, each of which ends in one outcome. */
  read(records = 1): void {
    this.#add('read', records);
  }

  /** What became of a record that was read, and what its rules say. */
  ended(outcome: KeyedOutcome, { judged, warned, violations }: Omit<Settled, 'outcome'>): void {
    this.#add(outcome, 1);
    if (!judged) return;
    for (const rule of this.#declared) {
      const broken = violations.find(({ expectation }) => expectation === rule.name);
      rule.judged++;
      if (broken !== undefined || warned.includes(rule.name)) rule.failed++;
      if (broken !== undefined && broken.action !== 'warn') rule.dropped++;
    }
  }

  /** Rows that a snapshot no longer had were deleted. */
  removed(rows: number): void {
    if (rows > 0) this.#add('removed', rows);
  }

  totals(): Totals {
    const rules = [...this.#rules.values()].map(
      ({ name, action, judged, failed, dropped }): RuleTotal => [name, action, judged, failed, dropped],
    );
    return { records: { ...this.#records }, rules };
  }

  #add(outcome: keyof Totals['records'], records: number): void {
    this.#records[outcome] = (this.#records[outcome] ?? 0) + records;
  }

  #rule([name, action, judged, failed, dropped]: RuleTotal): Rule {
    const key = JSON.stringify([name, action]);
    const found = this.#rules.get(key) ?? { name, action, judged, failed, dropped };
    this.#rules.set(key, found);
    return found;
  }
}
