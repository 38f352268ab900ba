import { MedallionError, messageOf } from '@medallion/core';
import type { AppendBatch, Appender, Offset } from '@medallion/runtime';
import { type ClientParts, REQUEST_TIMEOUT_MS } from './sim-client.ts';

/**
 * Appends as the adapter on Kafka does: one request to each leader at a time, nothing sent twice by itself, and poisoned by
 * the first that has no answer.
 */
export function simAppender({ process, network, cluster }: ClientParts): Appender {
  let state: 'ready' | 'busy' | 'poisoned' = 'ready';

  async function send(batches: readonly AppendBatch[]): Promise<readonly Offset[]> {
    const timestampMs = process.clock.now();
    const { writer } = process;
    const offsets: Offset[] = [];
    const byLeader = Map.groupBy(batches.entries(), ([, batch]) => cluster.leader(batch));
    await Promise.all(
      [...byLeader].map(async ([leader, entries]) => {
        const mine = entries.map(([, batch]) => batch);
        const answer = await network.call(process, {
          to: `broker ${leader}`,
          what: `append ${mine.map(({ topic, partition, records }) => `${records.length} to ${topic}[${partition}]`).join(', ')}`,
          serve: () => cluster.appendAt(leader, mine, timestampMs, writer),
          timeoutMs: REQUEST_TIMEOUT_MS,
        });
        for (const [i, [place]] of entries.entries()) offsets[place] = answer[i]!;
      }),
    );
    return offsets;
  }

  return {
    async append(batches) {
      const topic = batches.map((batch) => batch.topic).join(', ');
      const failed = (reason: string, cause?: unknown) =>
        new MedallionError('MED_APPEND_FAILED', { topic, reason }, { cause });
      if (state === 'busy') throw new Error('an append is under way');
      if (batches.some(({ records }) => records.length === 0)) throw new Error('a batch has no records');
      if (state === 'poisoned') throw failed('an earlier append failed');
      if (batches.length === 0) return [];
      state = 'busy';
      try {
        const offsets = await send(batches);
        if (state === 'busy') state = 'ready';
        return offsets;
      } catch (error) {
        state = 'poisoned';
        throw failed(messageOf(error), error);
      }
    },
    async close() {
      state = 'poisoned';
    },
  };
}
