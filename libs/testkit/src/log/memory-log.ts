import { MedallionError } from '@medallion/core';
import type { Appender, Checkpoint, RecordLog, Subscription } from '@medallion/runtime';
import { MemoryCluster } from './memory-cluster.ts';
import { placeKey } from './memory-group.ts';

const READ_BYTES = 1_048_576;
/** How often a follower looks for new records. */
const FOLLOW_MS = 5;

function memoryAppender(cluster: MemoryCluster): Appender {
  let state: 'ready' | 'busy' | 'poisoned' = 'ready';
  return {
    async append(batches) {
      const topic = batches.map((batch) => batch.topic).join(', ');
      if (state === 'busy') throw new Error('an append is under way');
      if (state === 'poisoned')
        throw new MedallionError('MED_APPEND_FAILED', { topic, reason: 'an earlier append failed' });
      state = 'busy';
      try {
        await new Promise<void>((resolve) => cluster.schedule(0, resolve));
        const offsets = cluster.append(batches);
        state = 'ready';
        return offsets;
      } catch (error) {
        state = 'poisoned';
        throw error;
      }
    },
    async close() {
      state = 'poisoned';
    },
  };
}

/**
 * A client of a cluster in memory, with the promises of a real one. Several logs on one cluster are several processes.
 *
 * @example const log = createMemoryLog()
 */
export function createMemoryLog(cluster: MemoryCluster = new MemoryCluster()): RecordLog {
  const subscriptions = new Set<Subscription>();
  return {
    async subscribe(options, handler) {
      const absent = options.topics.filter((topic) => !cluster.topic(topic));
      if (absent.length > 0) throw new MedallionError('MED_TOPIC_MISSING', { topic: absent.join(', ') });
      const subscription = cluster.group(options.group).join(options, handler);
      subscriptions.add(subscription);
      return subscription;
    },
    appender: async () => memoryAppender(cluster),
    async *read(place, from) {
      const log = cluster.partition(place);
      const end = log?.high ?? 0;
      for (let next = from; log && next < end; ) {
        const records = log.slice(next, end, READ_BYTES);
        if (records.length === 0) return;
        next = records.at(-1)!.offset + 1;
        yield records;
      }
    },
    async *follow(topic, from, signal) {
      const next = new Map(from);
      while (!signal.aborted) {
        for (const [partition, offset] of next) {
          const log = cluster.partition({ topic, partition });
          if (log !== undefined && offset > log.high)
            throw new MedallionError('MED_LOG_UNAVAILABLE', { reason: 'OFFSET_OUT_OF_RANGE' });
          const records = log?.slice(offset, log.high, READ_BYTES) ?? [];
          if (records.length === 0) continue;
          next.set(partition, records.at(-1)!.offset + 1);
          yield { partition, records };
        }
        await new Promise<void>((resolve) => cluster.schedule(FOLLOW_MS, resolve));
      }
    },
    async partitions(topic) {
      return cluster.topic(topic)?.map(({ low, high }, partition) => ({ partition, low, high })) ?? null;
    },
    async committed(group, topic) {
      const found = new Map<number, Checkpoint>();
      for (let partition = 0; partition < (cluster.topic(topic)?.length ?? 0); partition++) {
        const checkpoint = cluster.group(group).checkpoints.get(placeKey({ topic, partition }));
        if (checkpoint) found.set(partition, checkpoint);
      }
      return found;
    },
    async ensureTopics(specs) {
      for (const { topic, partitions } of specs) cluster.createTopic(topic, partitions);
    },
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    },
  };
}
