import { type Instant, MedallionError, messageOf, NEVER } from '@medallion/core';
import type { Checkpoint, Subscription, TopicPartition } from '../ports/index.ts';
import { withEnd } from '../protocol/checkpoint.ts';
import { isCount, isObject, optional, parsed } from '../protocol/wire.ts';
import type { TableTask } from '../streaming/table-task.ts';
import type { Ending } from './file-ends.ts';
import { type FilePosition, START_OF_FILE } from './virtual-offset.ts';

/** Where a flow goes on in a partition of a file log, and what its next decision depends on. */
export type FileState = FilePosition & { readonly watermark: Instant };

/** Where a flow begins that has never run. */
export const fileStart: FileState = Object.freeze({ entry: 0, mark: START_OF_FILE, watermark: NEVER });

type Wire = { v: 1; w?: number; f?: readonly [row: number, byte: number | null, line: number] };

/** A position as the group's offset with metadata: the offset is that of the entry in hand. */
export function toFileCheckpoint({ entry, mark, watermark }: FileState): Checkpoint {
  const wire: Wire = { v: 1 };
  if (watermark !== NEVER) wire.w = watermark;
  if (mark.row > 0) wire.f = [mark.row, mark.byte, mark.line];
  return { offset: entry, metadata: JSON.stringify(wire) };
}

const isMark = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length === 3 &&
  isCount(value[0]) &&
  (value[1] === null || isCount(value[1])) &&
  isCount(value[2]);

/** Reads a checkpoint back. Throws MED_CHECKPOINT_INVALID when another tool has written it. */
export function fromFileCheckpoint({ offset, metadata }: Checkpoint, group: string, at: TopicPartition): FileState {
  try {
    const wire = parsed(metadata);
    if (!isObject(wire) || wire.v !== 1) throw new RangeError('it is of no known version');
    optional('w', wire.w, Number.isSafeInteger);
    optional('f', wire.f, isMark);
    const { w, f } = wire as unknown as Wire;
    const mark = f === undefined ? START_OF_FILE : { row: f[0], byte: f[1], line: f[2] };
    return { entry: offset, mark, watermark: (w ?? NEVER) as Instant };
  } catch (cause) {
    const reason = `its metadata is ${metadata === '' ? 'empty' : `not a checkpoint: ${messageOf(cause)}`}`;
    throw new MedallionError('MED_CHECKPOINT_INVALID', { group, ...at, reason }, { cause });
  }
}

/** An owned partition with its steps, and the checkpoint that was stored last. */
export type OpenFiles = Ending & { readonly task: TableTask; stored: Checkpoint | null };

/**
 * Stores the checkpoints of the partitions that moved; `remembers`: with their ends. Rejects when the group refuses, which
 * only means repetition (P6).
 */
export async function storeCheckpoints(
  open: Iterable<OpenFiles>,
  subscription: Subscription,
  remembers: boolean,
): Promise<void> {
  const moved = [...open].flatMap((each) => {
    const { watermark } = each.task.position();
    const { offset, metadata } = toFileCheckpoint({ ...each.partition.position, watermark });
    const checkpoint = { offset, metadata: remembers && each.end !== null ? withEnd(metadata, each.end) : metadata };
    const same = offset === each.stored?.offset && checkpoint.metadata === each.stored.metadata;
    return same ? [] : [{ each, checkpoint }];
  });
  if (moved.length === 0) return;
  await subscription.commit(moved.map(({ each, checkpoint }) => ({ ...each.partition.at, ...checkpoint })));
  for (const { each, checkpoint } of moved) each.stored = checkpoint;
}
