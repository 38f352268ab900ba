import type { CountDelta } from '@medallion/runtime';
import { outcomesOf } from '../oracle/changes-by-key.ts';
import { changeOf, type SentChange } from './keyed-oracle.ts';

/** A change as it was sent, where the sequence may be missing. */
export type AnyChange = Omit<SentChange, 'seq'> & { readonly seq: number | null };

/** A rule of a change, as a batch run applies it. */
export type OracleRule = {
  readonly name: string;
  readonly action: 'warn' | 'drop' | 'quarantine';
  readonly holds: (change: AnyChange) => boolean;
};

/** By outcome or rule, what all records of a table together were counted as; rules as judged, failed, dropped. */
export type Counted = {
  readonly records: Readonly<Record<string, number>>;
  readonly rules: Readonly<Record<string, readonly number[]>>;
};

/** What a run over all changes in their order counts, without a state. */
export function countedBy(
  sent: readonly AnyChange[],
  storedAs: 1 | 2,
  rules: readonly OracleRule[],
  leftOut: (change: AnyChange) => boolean,
): Counted {
  const records: Record<string, number> = {};
  const counts: Record<string, number[]> = Object.fromEntries(rules.map(({ name }) => [name, [0, 0, 0]]));
  const kept: SentChange[] = [];
  const add = (outcome: string) => {
    records[outcome] = (records[outcome] ?? 0) + 1;
  };
  for (const change of sent) {
    add('read');
    const broken = rules.filter(({ holds }) => !holds(change));
    const blocking = broken.filter(({ action }) => action !== 'warn');
    for (const { name } of rules) counts[name]![0]!++;
    for (const { name } of broken) counts[name]![1]!++;
    for (const { name } of blocking) counts[name]![2]!++;
    if (blocking.some(({ action }) => action === 'quarantine')) add('violation');
    else if (blocking.length > 0) add('dropped');
    else if (leftOut(change)) add('filtered');
    else if (change.seq === null) add('violation');
    else kept.push({ ...change, seq: change.seq });
  }
  for (const outcome of outcomesOf(kept.map(changeOf), storedAs)) add(outcome);
  return { records, rules: counts };
}

/** The counts of a table in a store, over all partitions and flows. */
export function countedIn(table: string, counts: readonly CountDelta[]): Counted {
  const records: Record<string, number> = {};
  const rules: Record<string, number[]> = {};
  for (const count of counts) {
    if (count.table !== table) continue;
    if (count.kind === 'records') records[count.outcome] = (records[count.outcome] ?? 0) + count.records;
    else {
      const [judged, failed, dropped] = rules[count.rule] ?? [0, 0, 0];
      rules[count.rule] = [judged! + count.judged, failed! + count.failed, dropped! + count.dropped];
    }
  }
  return { records, rules };
}

/** What was read less what became of it: 0 at any moment. */
export const difference = ({ records: { read = 0, removed: _, ...outcomes } }: Counted): number =>
  read - Object.values(outcomes).reduce((sum, n) => sum + n, 0);
