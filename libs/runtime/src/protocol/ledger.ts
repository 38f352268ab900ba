import { MedallionError, messageOf } from '@medallion/core';
import type { CountDelta, LogRecord, Offset, Outcome, TopicPartition } from '../ports/index.ts';
import type { ThresholdCounts } from '../streaming/thresholds.ts';
import { CHANGELOG_HEADER } from './changelog.ts';
import type { FlowPosition } from './checkpoint.ts';
import { Coordinates } from './coordinates.ts';
import { isCount, isObject, isThresholds, optional, parsed, required } from './wire.ts';

/**
 * What becomes of a record that the flow of a keyed table has read: it is `accepted` or `deleted` when it changes the
 * table; `unchanged` when it says again what is known, `superseded` when something later or greater is known;
 * `filtered` when a step left it out; or refused.
 */
export type KeyedOutcome = 'accepted' | 'deleted' | 'unchanged' | 'superseded' | 'filtered' | Outcome;

/** All that a flow has counted in a partition since it first began. `read` is what the others add up to. */
export type Totals = {
  /** `removed`: rows that a snapshot no longer had; nothing that was read. */
  readonly records: Readonly<Partial<Record<KeyedOutcome | 'read' | 'removed', number>>>;
  readonly rules: readonly RuleTotal[];
};

/** How often a rule was judged, broken, and broken so that the record is not in the table. */
export type RuleTotal = readonly [name: string, action: string, judged: number, failed: number, dropped: number];

/**
 * What a flow has settled in a partition of its input, as a record of the changelog: everything before `next`. It stands
 * among the changes that it speaks of, under a key of its own, so what counts it counts once, whatever is repeated, and
 * compaction keeps the last one (SPEC L1 to L3).
 */
export type Ledger = {
  /** Whose it is: the table's flow, or the one that processes again what that refused. */
  readonly flow: string;
  readonly next: Offset;
  readonly coordinates: Coordinates;
  readonly thresholds?: ThresholdCounts;
  /** From where in the quarantine's partition the traces of records from `next` on are. */
  readonly traces: Offset;
  /** Of those, ones of lesser terms do not count. */
  readonly term?: number;
  readonly totals: Totals;
};

/** The ledger of a flow that has none yet, at a position. */
export const firstLedger = (
  flow: string,
  { next, coordinates, thresholds }: Pick<FlowPosition, 'next' | 'coordinates' | 'thresholds'>,
): Ledger => ({
  ...{ flow, next, coordinates, traces: 0, totals: { records: {}, rules: [] } },
  ...(thresholds === undefined ? {} : { thresholds }),
});

type Wire = {
  v: 1;
  n: Offset;
  c: Readonly<Record<string, string>>;
  t?: ThresholdCounts;
  q: Offset;
  m?: number;
  r: Totals['records'];
  e: readonly RuleTotal[];
};

/** A ledger as key, value and headers of a record, without its `src`. */
export function toLedgerRecord({ flow, next, coordinates, thresholds, traces, term, totals }: Ledger) {
  const wire: Wire = {
    ...{ v: 1, n: next, c: coordinates.entries(), q: traces, r: totals.records, e: totals.rules },
    ...(thresholds === undefined ? {} : { t: thresholds }),
    ...(term === undefined ? {} : { m: term }),
  };
  return {
    // No JSON array, as the keys of rows are.
    key: Buffer.from(JSON.stringify({ ledger: flow })),
    value: Buffer.from(JSON.stringify(wire)),
    headers: { [CHANGELOG_HEADER.ledger]: flow },
  };
}

/** The flow whose ledger a record is; null for a change. */
export const ledgerOf = ({ headers }: Pick<LogRecord, 'headers'>): string | null =>
  headers[CHANGELOG_HEADER.ledger]?.toString() ?? null;

/** Throws RangeError for what is no ledger. */
function wireOf(text: string): Wire {
  const wire = parsed(text);
  if (!isObject(wire) || wire.v !== 1) throw new RangeError('it is of no known version');
  required('n', wire.n, isCount);
  required('q', wire.q, isCount);
  required('c', wire.c, (c) => isObject(c) && Object.values(c).every((each) => typeof each === 'string'));
  optional('m', wire.m, isCount);
  optional('t', wire.t, isThresholds);
  required('r', wire.r, (r) => isObject(r) && Object.values(r).every(isCount));
  required('e', wire.e, (e) => Array.isArray(e) && e.every(isRuleTotal));
  return wire as unknown as Wire;
}

const isRuleTotal = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length === 5 &&
  typeof value[0] === 'string' &&
  typeof value[1] === 'string' &&
  value.slice(2).every(isCount);

/** Reads a ledger back. Throws MED_CHANGELOG_UNREADABLE when it is none. */
export function fromLedgerRecord(record: LogRecord, at: TopicPartition): Ledger {
  try {
    const wire = wireOf(String(record.value));
    return {
      ...{ flow: ledgerOf(record) as string, next: wire.n, coordinates: Coordinates.from(wire.c), traces: wire.q },
      ...(wire.t === undefined ? {} : { thresholds: wire.t }),
      ...(wire.m === undefined ? {} : { term: wire.m }),
      totals: { records: wire.r, rules: wire.e },
    };
  } catch (cause) {
    const reason = `its ledger is none: ${messageOf(cause)}`;
    throw new MedallionError('MED_CHANGELOG_UNREADABLE', { ...at, offset: record.offset, reason }, { cause });
  }
}

/** The totals of a ledger as counts that replace those before. */
export function countsOf({ flow, totals }: Ledger, table: string, { partition }: TopicPartition): CountDelta[] {
  const of = { table, flow, partition, total: true } as const;
  const records = Object.entries(totals.records) as [keyof Totals['records'], number][];
  return [
    ...records.map(([outcome, n]): CountDelta => ({ kind: 'records', ...of, outcome, records: n })),
    ...totals.rules.map(
      ([rule, action, judged, failed, dropped]): CountDelta => ({
        ...{ kind: 'rule', ...of, rule, action, judged, failed, dropped },
      }),
    ),
  ];
}
