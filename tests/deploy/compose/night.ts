import { instant } from '@medallion/core';
import { createGenerator, createPartitioner } from '@medallion/santa-generator';
import type { ReadRecord } from '../../support/topic-reader.ts';

/** A part of the night, which the generator of the compose file sends: the same arguments, the same records. */
export type Part = { readonly seed: number; readonly events: number; readonly start: number };

const RATE = 1_000;
/** Windows of five minutes close every two and a half seconds. */
const SPEED = 120;
const QUALITY = 'hostile';

/** The event time that a part takes, in milliseconds. */
const lengthOf = (events: number): number => (events / RATE) * SPEED * 1_000;

/** Parts of so many events each, one after the other. */
export const partsOf = (seed: number, counts: readonly number[]): readonly Part[] => {
  let start = Date.parse('2025-12-24T18:00:00Z');
  return counts.map((events, i) => {
    const part = { seed: seed + i, events, start };
    start += lengthOf(events);
    return part;
  });
};

/** The arguments of the generator for a part. */
export const argumentsOf = ({ seed, events, start }: Part): readonly string[] => [
  ...['santa-generator', '--seed', String(seed), '--events', String(events), '--start', new Date(start).toISOString()],
  ...['--rate', String(RATE), '--speed', String(SPEED), '--quality', QUALITY, '--json'],
];

const textOf = (key: Buffer | null, value: Buffer | null): string =>
  `${key?.toString('base64') ?? '-'} ${value?.toString('base64') ?? '-'}`;

/**
 * What the topic lacks, or has though nobody sent it, as lines: the records of each partition in their order. An append whose
 * answer was lost is sent again, so a record may be there twice.
 */
export function diffRaw(parts: readonly Part[], raw: readonly ReadRecord[], partitions: number): readonly string[] {
  const sent: string[][] = Array.from({ length: partitions }, () => []);
  for (const { seed, events, start } of parts) {
    const partitionOf = createPartitioner(partitions);
    const options = {
      seed,
      events,
      start: instant(start),
      speed: SPEED,
      ratePerSecond: RATE,
      quality: QUALITY,
    } as const;
    const generator = createGenerator(options);
    for (let batch = generator.nextBatch(1_000); batch.length > 0; batch = generator.nextBatch(1_000))
      for (const { key, value } of batch) {
        const id = key === null ? null : Buffer.from(key, 'utf8');
        sent[partitionOf(id)]!.push(textOf(id, value));
      }
  }
  return sent.flatMap((expected, partition) => {
    const found = raw.filter((record) => record.partition === partition).map(({ key, value }) => textOf(key, value));
    const known = new Set(expected);
    const foreign = found.filter((text) => !known.has(text)).length;
    let next = 0;
    for (const text of found) if (text === expected[next]) next++;
    return [
      ...(foreign === 0 ? [] : [`raw[${partition}]: ${foreign} records that were not sent`]),
      ...(next === expected.length
        ? []
        : [`raw[${partition}]: of ${expected.length} records sent, ${next} are there in order`]),
    ];
  });
}
