import { BRONZE, placeOf, SILVER } from '../oracle/santa-oracle.ts';
import { RAW_TOPIC, type Sent } from './raw-topic.ts';
import type { ReadRecord } from './topic-reader.ts';
import { BRONZE_QUARANTINE, BRONZE_TOPIC, SILVER_QUARANTINE, SILVER_TOPIC } from './topology.ts';

type Topics = ReadonlyMap<string, readonly ReadRecord[]>;

/** What the logs hold, by the engine's coordinates, and what contradicts the protocol. */
export type LogAudit = {
  readonly problems: readonly string[];
  /** Place of a raw record → offset of its row in bronze: the first of them that gives the row. */
  readonly bronzeOffset: ReadonlyMap<string, number>;
  /** Place of a raw record → offset of its row in silver. */
  readonly silverOffset: ReadonlyMap<string, number>;
  /** Records that are repetitions, by topic. */
  readonly repeated: ReadonlyMap<string, number>;
};

/** Checks that the raw topic holds what was sent, in order, each record at least once, and nothing else. */
export function auditRaw(sent: readonly Sent[], raw: readonly ReadRecord[]): readonly string[] {
  const problems: string[] = [];
  const arrived = new Set<number>();
  const newest = new Map<number, number>();
  for (const { partition, offset, n, key, value } of raw) {
    const meant = n === null ? undefined : sent[n];
    const at = `${RAW_TOPIC}[${partition}] offset ${offset}`;
    if (meant === undefined) problems.push(`${at} is none of the records sent`);
    else if (meant.partition !== partition || !sameBytes(meant.key, key) || !sameBytes(meant.value, value))
      problems.push(`${at} is not record ${n} as it was sent`);
    else if (!arrived.has(meant.n)) {
      if (meant.n < (newest.get(partition) ?? -1)) problems.push(`${at} holds record ${n} out of order`);
      newest.set(partition, meant.n);
      arrived.add(meant.n);
    }
  }
  for (const { n, partition } of sent)
    if (!arrived.has(n)) problems.push(`record ${n} is not in partition ${partition}`);
  return problems.slice(0, 10);
}

const sameBytes = (a: Buffer | null, b: Buffer | null): boolean => (a === null || b === null ? a === b : a.equals(b));

/**
 * Checks what P2, P3 and I4 say of the logs: every record carries the coordinate of the one that it was made of, an
 * output partition holds every coordinate first in increasing order, and every record of the input has left one trace.
 */
export function auditLogs(topics: Topics): LogAudit {
  const problems: string[] = [];
  const repeated = new Map<string, number>();
  const first = (topic: string, flow: string): Map<string, number> => {
    const found = firstOf(topic, flow, topics.get(topic)!, problems);
    repeated.set(topic, topics.get(topic)!.length - found.size);
    return found;
  };
  const bronze = first(BRONZE_TOPIC, BRONZE);
  const bronzeTraces = first(BRONZE_QUARANTINE, BRONZE);
  const raw = topics.get(RAW_TOPIC)!.map(placeOf);
  problems.push(...oneTraceEach('bronze', raw, bronze, bronzeTraces));

  const silver = first(SILVER_TOPIC, SILVER);
  const silverTraces = first(SILVER_QUARANTINE, SILVER);
  const rawOf = new Map([...bronze].map(([place, offset]) => [`${place.split(':')[0]}:${offset}`, place]));
  problems.push(...oneTraceEach('silver', [...rawOf.keys()], silver, silverTraces));

  const silverOffset = new Map<string, number>();
  for (const [bronzePlace, offset] of silver) {
    const place = rawOf.get(bronzePlace);
    if (place !== undefined) silverOffset.set(place, offset);
  }
  return { problems: problems.slice(0, 10), bronzeOffset: bronze, silverOffset, repeated };
}

/** By the place of the source record, the offset of the first record that was made of it. */
function firstOf(topic: string, flow: string, records: readonly ReadRecord[], problems: string[]): Map<string, number> {
  const found = new Map<string, number>();
  const greatest = new Map<number, number>();
  for (const { partition, offset, src } of records) {
    const [from, source, sourceOffset, index] = (src ?? '').split(':');
    const at = `${topic}[${partition}] offset ${offset}`;
    if (from !== flow || index !== '0' || Number(source) !== partition) {
      problems.push(`${at} has the coordinate ${src} (P2)`);
      continue;
    }
    const place = `${source}:${sourceOffset}`;
    if (Number(sourceOffset) > (greatest.get(partition) ?? -1)) {
      greatest.set(partition, Number(sourceOffset));
      found.set(place, offset);
    } else if (!found.has(place)) problems.push(`${at} has ${src}, which was skipped before (P3)`);
  }
  return found;
}

function oneTraceEach(
  table: string,
  input: readonly string[],
  rows: ReadonlyMap<string, number>,
  traces: ReadonlyMap<string, number>,
): readonly string[] {
  const problems: string[] = [];
  for (const place of input) {
    const left = Number(rows.has(place)) + Number(traces.has(place));
    if (left !== 1) problems.push(`${table}: the record at ${place} has left ${left} traces (I4)`);
  }
  if (rows.size + traces.size > input.length) problems.push(`${table}: there are traces of records that are not there`);
  return problems;
}
