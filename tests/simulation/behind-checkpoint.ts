import { type FlowPlan, flowsOf, type TablePlan } from '@medallion/pipeline';
import type { Look } from '@medallion/testkit';

/** Of a file's rows: the entry that names it in the log of files, times this, and the row. */
export const ROWS_PER_FILE = 1_000_000_000;

/**
 * Of the records before the checkpoints of a table's flows, those that have left nothing: a checkpoint was stored before
 * they were acknowledged.
 *
 * @param given places of all that there was to read
 * @param made places of that of which there is a row or a trace
 */
export function behindCheckpoint(
  look: Look,
  table: TablePlan,
  given: Iterable<string>,
  made: readonly ReadonlySetLike<string>[],
): readonly string[] {
  const left = [...given].filter((place) => !made.some((of) => of.has(place)));
  return flowsOf(table).flatMap((flow) => {
    const reached = reachedBy(look, flow);
    return left.flatMap((place) => {
      const [partition, offset] = place.split(':').map(Number) as [number, number];
      const checkpoint = reached.get(partition) ?? 0;
      if (offset >= checkpoint) return [];
      return [`${flow.name} is at ${checkpoint} of partition ${partition}, and of ${place} there is nothing`];
    });
  });
}

/** How far the checkpoints of a flow are in each partition of its input: offsets, or those of the rows of files. */
export function reachedBy({ plan, cluster }: Look, { name, source }: FlowPlan): ReadonlyMap<number, number> {
  const { checkpoints } = cluster.group(`${plan.name}.${name}`);
  return new Map(
    [...checkpoints].map(([at, { offset, metadata }]) => {
      if (source.kind !== 'files') return [Number(at.split(' ')[0]), offset];
      // The entry in hand, and where in its file.
      const { f: [row = 0] = [] } = JSON.parse(metadata) as { readonly f?: readonly number[] };
      return [Number(at.split(' ')[0]), offset * ROWS_PER_FILE + row];
    }),
  );
}
