import type { Clock } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import {
  type PartitionRange,
  type Reading,
  type RecordLog,
  readingsOfFlow,
  readingsOfLeases,
} from '@medallion/runtime';
import type { HeldLease } from './control-facts.ts';
import type { Readers } from './readers.ts';

/** Where all readers of a pipeline are, and when that was asked. */
export type LogLook = { readonly atMs: number; readonly readings: ReadonlyMap<string, readonly Reading[]> };

/** A topic that was not there is not asked for again sooner: most redrive topics never come to be. */
const ABSENT_MS = 15_000;

/** Remembers which topics are not there. */
export class AbsentTopics {
  readonly #until = new Map<string, number>();

  isAbsent(topic: string, now: number): boolean {
    return (this.#until.get(topic) ?? 0) > now;
  }

  note(topic: string, now: number): void {
    this.#until.set(topic, now + ABSENT_MS);
  }
}

/**
 * Asks the log where every reader is: each topic once, each group once for each topic that it reads. Readers of topics that do
 * not exist are left out.
 *
 * @throws MED_LOG_UNAVAILABLE
 */
export async function lookAtLog(
  log: Pick<RecordLog, 'partitions' | 'committed'>,
  plan: PipelinePlan,
  { all }: Readers,
  leases: readonly HeldLease[],
  absent: AbsentTopics,
  clock: Clock,
): Promise<LogLook> {
  const asked = new Map<string, Promise<readonly PartitionRange[] | null>>();
  const atMs = clock.now();
  const partitions = (topic: string): Promise<readonly PartitionRange[] | null> => {
    const known = asked.get(topic) ?? log.partitions(topic);
    asked.set(topic, known);
    return known;
  };
  const next = new Map(
    [...Map.groupBy(leases, ({ topic }) => topic)].map(([topic, those]) => [
      topic,
      new Map(those.map((lease) => [lease.partition, lease.next])),
    ]),
  );
  const readings = new Map<string, readonly Reading[]>();
  await Promise.all(
    all.map(async ({ id, topic, flow }) => {
      if (absent.isAbsent(topic, atMs)) return;
      const found =
        flow === null
          ? await readingsOfLeases({ partitions }, topic, next.get(topic) ?? new Map())
          : await readingsOfFlow({ partitions, committed: log.committed }, plan, flow, topic);
      if (found === null) absent.note(topic, atMs);
      else readings.set(id, found);
    }),
  );
  return { atMs, readings };
}
