import { partitionOfKey } from '@medallion/runtime';
import type { Chance, InputFile, InputRecord } from '@medallion/testkit';

/** What is sent of one change: an object, or a text that cannot be read as one. */
export type Sent = Readonly<Record<string, unknown>> | string;

/** A file that lands at a time, milliseconds since the run began; some are seen while they are still being written. */
export function landing(chance: Chance, path: string, rows: readonly Sent[], atMs: number): readonly InputFile[] {
  if (!chance.happens(0.3)) return [{ atMs, path, rows, settlesMs: 0 }];
  // Half of it is there first, and is seen to grow until all of it is.
  const half = rows.slice(0, chance.whole(0, rows.length));
  const settlesMs = chance.between(500, 6_000);
  return [
    { atMs, path, rows: half, settlesMs },
    { atMs: atMs + settlesMs / 2, path, rows, settlesMs: settlesMs / 2 },
  ];
}

/** Some come again, later. */
export function withRepetitions(chance: Chance, sent: readonly Sent[]): readonly Sent[] {
  const all = [...sent];
  for (const each of sent) if (chance.happens(0.1)) all.splice(chance.whole(0, all.length), 0, each);
  return all;
}

/** When so many changes come, which come several at once; milliseconds since the run began. */
export function bursts(chance: Chance, count: number, withinMs: number): readonly number[] {
  const starts = Array.from({ length: chance.whole(2, 10) }, () => chance.between(0, withinMs)).sort((a, b) => a - b);
  return Array.from({ length: count }, (_, i) => starts[Math.floor((i * starts.length) / count)]! + i * 0.01);
}

/** A change as a topic has it: in the partition of its order, or in any where it tells none. */
export function orderRecord(
  chance: Chance,
  value: Sent,
  { partitions, ...told }: Pick<InputRecord, 'atMs' | 'topic' | 'what'> & { readonly partitions: number },
): InputRecord {
  const id = typeof value === 'string' ? null : value.order_id;
  const key = typeof id === 'string' ? Buffer.from(id) : null;
  return {
    ...told,
    partition: key === null ? chance.whole(0, partitions - 1) : partitionOfKey(key, partitions),
    key,
    value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  };
}

/** Mostly the row itself; else it has something that a rule refuses, warns of, or that nobody can read. */
export function spoilt(chance: Chance, row: Readonly<Record<string, unknown>>, faults: readonly Sent[]): Sent {
  if (!chance.happens(0.15)) return row;
  const fault = chance.pick(faults);
  return typeof fault === 'string' ? fault : { ...row, ...fault };
}
