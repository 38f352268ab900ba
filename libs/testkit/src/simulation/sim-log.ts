import { MedallionError } from '@medallion/core';
import type { Checkpoint, RecordLog, Subscription } from '@medallion/runtime';
import { placeKey } from '../log/memory-group.ts';
import type { Server } from './network.ts';
import { simAppender } from './sim-appender.ts';
import { askBroker, type ClientParts } from './sim-client.ts';
import { SimMember } from './sim-member.ts';

const READ_BYTES = 1_048_576;
/** The broker holds a request that finds nothing for so long. */
const FOLLOW_WAIT_MS = 2_000;

/**
 * The log as one process sees it: every request goes over the network, to the broker that leads.
 *
 * @example const log = simLog({ process, network, cluster })
 */
export function simLog(parts: ClientParts): RecordLog {
  const { cluster } = parts;
  const subscriptions = new Set<Subscription>();
  /** Any broker knows of all topics: the next one that is up is asked. */
  let asked = 0;
  const anyBroker = (): Server => `broker ${asked++ % cluster.brokers}`;
  const ranges = (topic: string) => askBroker(parts, anyBroker, `ranges of ${topic}`, () => cluster.ranges(topic));
  return {
    async subscribe(options, handler) {
      for (const topic of options.topics)
        if ((await ranges(topic)) === null) throw new MedallionError('MED_TOPIC_MISSING', { topic });
      const member = new SimMember(parts, options, handler);
      subscriptions.add(member);
      return member;
    },
    appender: async () => simAppender(parts),
    async *read(at, from) {
      const range = (await ranges(at.topic))?.[at.partition];
      if (range === undefined) return;
      for (let next = Math.max(from, range.low); next < range.high; ) {
        const leader = cluster.leader(at);
        const fetch = () => cluster.fetch(leader, [{ ...at, from: next }], READ_BYTES, 0);
        const [part] = await askBroker(parts, () => `broker ${leader}`, `read ${at.topic}[${at.partition}]`, fetch);
        const records = part?.records.filter(({ offset }) => offset < range.high) ?? [];
        if (records.length === 0) return;
        next = records.at(-1)!.offset + 1;
        yield records;
      }
    },
    async *follow(topic, from, signal) {
      const next = new Map(from);
      while (!signal.aborted) {
        for (const [leader, partitions] of Map.groupBy(next.keys(), (partition) =>
          cluster.leader({ topic, partition }),
        )) {
          parts.process.follows(topic, next);
          const wanted = partitions.map((partition) => ({ topic, partition, from: next.get(partition)! }));
          const waitMs = FOLLOW_WAIT_MS / cluster.brokers;
          const fetch = () => cluster.fetch(leader, wanted, READ_BYTES, waitMs);
          const found = await askBroker(parts, () => `broker ${leader}`, `follow ${topic}`, fetch);
          for (const { partition, records } of found) {
            next.set(partition, records.at(-1)!.offset + 1);
            yield { partition, records };
          }
        }
      }
    },
    partitions: ranges,
    committed: (group, topic) =>
      askBroker(
        parts,
        () => cluster.coordinator(group),
        `checkpoints of ${group}`,
        () => {
          const found = new Map<number, Checkpoint>();
          for (let partition = 0; partition < (cluster.topic(topic)?.length ?? 0); partition++) {
            const checkpoint = cluster.group(group).checkpoints.get(placeKey({ topic, partition }));
            if (checkpoint !== undefined) found.set(partition, checkpoint);
          }
          return found;
        },
      ),
    ensureTopics: (specs) =>
      askBroker(parts, anyBroker, 'make topics', () => {
        for (const spec of specs) cluster.createTopic(spec.topic, spec.partitions, spec);
      }),
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    },
  };
}
