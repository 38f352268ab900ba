import { instant } from '@medallion/core';
import { createGenerator, createPartitioner, type GeneratedRecord } from '@medallion/santa-generator';
import type { Chance, InputRecord, RecordsWanted } from '@medallion/testkit';
import { RAW_TOPIC } from '../../support/raw-topic.ts';

/** Event times lie so far before the run that no clock that jumps makes an honest one a future one. */
const BEFORE_MS = 4 * 3_600_000;
/** No index of Postgres takes a region of so many letters that are chance. */
const LONG_REGION = 3_000;
/** Of deliveries, where some are refused. */
const REFUSED_SHARE = 0.1;

/** Deliveries as the sleighs send them, hostile ones among them. */
export function records(
  chance: Chance,
  { count, partitions, withinMs, epochMs, isIdleSoon }: RecordsWanted,
): readonly InputRecord[] {
  const generator = createGenerator({
    seed: chance.whole(0, 2 ** 31),
    start: instant(epochMs - BEFORE_MS),
    ratePerSecond: chance.pick([0.05, 0.05, 0.1, 0.5]),
    events: count,
    quality: chance.pick(['realistic', 'hostile', 'hostile'] as const),
    rates: { duplicate: 0.08, late: 0.05 },
  });
  const partitionOf = createPartitioner(partitions);
  // In bursts, so that rounds hold several; in their order, as each sleigh sends its own.
  const bursts = Array.from({ length: chance.whole(3, 12) }, () => chance.between(0, withinMs)).sort((a, b) => a - b);
  const generated = generator.nextBatch(count);
  // A sleigh without reception sends late what it has seen: its partition was idle, and windows were closed without it.
  const held = chance.happens(isIdleSoon ? 0.8 : 0.1) ? chance.whole(0, partitions - 1) : -1;
  // Mostly not much longer than a partition may be silent.
  const heldMs = 8_000 + 90_000 * chance.next() ** 2;
  const refused = chance.happens(0.4) ? REFUSED_SHARE : 0;
  const sent = generated.map((made, i) => {
    const { key, value, kind } = made.kind === 'valid' && chance.happens(refused) ? withLongRegion(made, chance) : made;
    const bytes = key === null ? null : Buffer.from(key);
    const partition = partitionOf(bytes);
    const burst = Math.floor((i * bursts.length) / generated.length);
    return {
      burst,
      atMs: bursts[burst]! + i * 0.01,
      topic: RAW_TOPIC,
      partition,
      key: bytes,
      value,
      what: kind,
    };
  });
  // All of it is late by as much, or it has missed some bursts of the others and comes just after a later one.
  const missed = chance.happens(0.7) ? chance.whole(1, 4) : 0;
  const behindMs = chance.between(300, 4_000);
  const laterMs = (burst: number): number =>
    missed === 0 ? heldMs : bursts[Math.min(burst + missed, bursts.length - 1)]! - bursts[burst]! + behindMs;
  const came = sent.map(({ burst, ...each }) => ({
    burst,
    record: each.partition === held ? { ...each, atMs: each.atMs + laterMs(burst) } : each,
  }));
  // Whoever hears of no acknowledgement sends all of a burst again.
  const unheard = new Set(chance.happens(0.4) ? bursts.keys().filter(() => chance.happens(0.3)) : []);
  const againMs = chance.between(1_000, 30_000);
  const again = came.flatMap(({ burst, record }) =>
    unheard.has(burst) ? [{ ...record, atMs: record.atMs + againMs, what: `${record.what} again` }] : [],
  );
  return [...came.map(({ record }) => record), ...again];
}

/** Postgres refuses it, where its region is a group that is still open. */
function withLongRegion({ key, value }: GeneratedRecord, chance: Chance) {
  const region = Array.from({ length: LONG_REGION }, () => chance.whole(0, 35).toString(36)).join('');
  const longer = { ...JSON.parse(String(value)), region };
  return { key, value: Buffer.from(JSON.stringify(longer)), kind: 'long region' };
}
