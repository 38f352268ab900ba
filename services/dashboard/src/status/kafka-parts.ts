import type { Log } from '@medallion/core';
import { createGroupReader, createKafkaLog, type GroupReader, type KafkaAccess } from '@medallion/kafka';
import type { RecordLog } from '@medallion/runtime';
import { inTime } from './deadline.ts';

/** What the dashboard was given to look at Kafka with. */
export type KafkaParts = {
  readonly log: Pick<RecordLog, 'partitions' | 'committed' | 'read'>;
  readonly groups: Pick<GroupReader, 'describe' | 'timestampAt'>;
};

/** A broker that does not answer in this time is away. */
export const REQUEST_TIMEOUT_MS = 2_000;
const CLOSE_TIMEOUT_MS = 5_000;

/** Clients that look at a cluster and change nothing. They connect when they are asked. */
export function connectKafka(
  brokers: readonly string[],
  access: KafkaAccess | undefined,
  log: Log,
): KafkaParts & { close(): Promise<void> } {
  const options = {
    ...{ brokers, clientId: 'medallion-dashboard', log, requestTimeoutMs: REQUEST_TIMEOUT_MS },
    ...(access === undefined ? {} : { access }),
  };
  const [records, groups] = [createKafkaLog(options), createGroupReader(options)];
  const underWay = new Set<Promise<unknown>>();
  const tracked = <T>(question: Promise<T>): Promise<T> => {
    const forget = () => void underWay.delete(question);
    underWay.add(question);
    question.then(forget, forget);
    return question;
  };
  return {
    log: {
      partitions: (topic) => tracked(records.partitions(topic)),
      committed: (group, topic) => tracked(records.committed(group, topic)),
      async *read(place, from) {
        const { promise, resolve } = Promise.withResolvers<void>();
        void tracked(promise);
        try {
          yield* records.read(place, from);
        } finally {
          resolve();
        }
      },
    },
    groups,
    async close() {
      // What nobody waits for any more would connect the client again that was just closed.
      await inTime(CLOSE_TIMEOUT_MS, Promise.allSettled(underWay), () => null);
      await Promise.all([records.close(), groups.close()]);
    },
  };
}
