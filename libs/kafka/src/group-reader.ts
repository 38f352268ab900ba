import type { Offset, TopicPartition } from '@medallion/runtime';
import kafkajs from 'kafkajs';
import { clientConfig } from './access/client-config.ts';
import { type AskedFor, settled, unavailable } from './failure.ts';
import { type Cluster, clusterOf, recordBatches } from './kafkajs-patch.ts';
import { CLOSE_TIMEOUT_MS, type KafkaOptions } from './options.ts';
import { decodeRecordBatches } from './record-batch/decode.ts';
import { decompress } from './record-batch/decompress.ts';

/** A member of a group, with the partitions that it was given. */
export type GroupMember = {
  readonly clientId: string;
  readonly host: string;
  readonly partitions: readonly TopicPartition[];
};

/** A group as its coordinator knows it; without members it is `Empty`, unknown it is `Dead`. */
export type GroupDescription = {
  readonly group: string;
  readonly state: string;
  readonly members: readonly GroupMember[];
};

/** What operators ask about groups. It changes nothing. */
export type GroupReader = {
  /** These groups, in their order. @throws MED_LOG_UNAVAILABLE */
  describe(groups: readonly string[]): Promise<readonly GroupDescription[]>;
  /**
   * The timestamp of the first record of a partition that is at `offset` or behind it, epoch milliseconds; null where there
   * is none yet. Fetches one batch of records at most. @throws MED_LOG_UNAVAILABLE
   */
  timestampAt(at: TopicPartition, offset: Offset): Promise<number | null>;
  close(): Promise<void>;
};

const READ_COMMITTED = 1;
/** A broker sends a whole batch however few bytes are asked for. */
const LEAST_BYTES = 1;
const MAX_WAIT_MS = 100;

/**
 * Looks at the groups of a Kafka cluster. Nothing is connected before the first question.
 *
 * @example const groups = createGroupReader({ brokers: ['127.0.0.1:9092'], clientId: 'dashboard', log: silentLog })
 */
export function createGroupReader(options: KafkaOptions): GroupReader {
  recordBatches.decode = (bytes) => decodeRecordBatches(bytes, decompress);
  const kafka = new kafkajs.Kafka(clientConfig(options));
  const admin = connection(kafka.admin());
  const cluster = connection(clusterOf(kafka));
  let fetching: Promise<unknown> = Promise.resolve();
  return {
    describe: (groups) =>
      admin.ask({ group: groups.join(' or ') }, async (client) => {
        if (groups.length === 0) return [];
        const described = (await client.describeGroups([...groups])).groups;
        const byName = new Map(described.map((each) => [each.groupId, each]));
        return groups.map((group) => {
          const found = byName.get(group);
          return { group, state: found?.state || 'Dead', members: (found?.members ?? []).map(memberOf) };
        });
      }),
    timestampAt(at, offset) {
      const ask = () => cluster.ask({ topics: [at.topic] }, (client) => timestampAt(client, at, offset));
      // One after the other: kafkajs opens a connection for every fetch that finds none, and forgets all but the last.
      const asked = fetching.then(ask, ask);
      fetching = asked;
      return asked;
    },
    async close() {
      await Promise.all([admin.close(), cluster.close()]);
    },
  };
}

const memberOf = ({ clientId, clientHost, memberAssignment }: kafkajs.MemberDescription): GroupMember => ({
  clientId,
  host: clientHost.replace(/^\//, ''),
  partitions: partitionsIn(memberAssignment),
});

/** The partitions that an assignment names, in order; none while the group is dealing them out. */
export function partitionsIn(assignment: Buffer): readonly TopicPartition[] {
  if (assignment.length === 0) return [];
  const decoded = kafkajs.AssignerProtocol.MemberAssignment.decode(assignment);
  return Object.entries(decoded?.assignment ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([topic, partitions]) => partitions.toSorted((a, b) => a - b).map((partition) => ({ topic, partition })));
}

async function timestampAt(
  cluster: Cluster,
  { topic, partition }: TopicPartition,
  offset: Offset,
): Promise<number | null> {
  await cluster.addMultipleTargetTopics([topic]);
  await cluster.refreshMetadataIfNecessary();
  const leader = cluster.findTopicPartitionMetadata(topic).find((p) => p.partitionId === partition)?.leader;
  const broker = await cluster.findBroker({ nodeId: leader ?? -1 });
  const { responses } = await broker.fetch({
    maxWaitTime: MAX_WAIT_MS,
    minBytes: 1,
    maxBytes: LEAST_BYTES,
    isolationLevel: READ_COMMITTED,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: LEAST_BYTES }] }],
  });
  const messages = responses[0]?.partitions[0]?.messages ?? [];
  return messages.find((each) => each.offset >= offset && !each.isControlRecord)?.timestampMs ?? null;
}

/**
 * A client that is connected by the first question, and by the next one where that failed. Closing it waits for questions that
 * are under way, as each of them would connect it again.
 */
function connection<C extends { connect(): Promise<void>; disconnect(): Promise<void> }>(client: C) {
  const asking = new Set<Promise<unknown>>();
  let connected: Promise<void> | undefined;
  let isClosed = false;

  const answer = async <T>(about: AskedFor, question: (client: C) => Promise<T>): Promise<T> => {
    try {
      if (isClosed) throw new Error('the client is closed');
      connected ??= client.connect();
      await connected;
    } catch (error) {
      connected = undefined;
      throw unavailable(error);
    }
    return question(client).catch((error) => Promise.reject(unavailable(error, about)));
  };
  return {
    async ask<T>(about: AskedFor, question: (client: C) => Promise<T>): Promise<T> {
      const asked = answer(about, question);
      asking.add(asked);
      try {
        return await asked;
      } finally {
        asking.delete(asked);
      }
    },
    async close(): Promise<void> {
      isClosed = true;
      await settled(CLOSE_TIMEOUT_MS, Promise.allSettled(asking));
      if (connected !== undefined) await settled(CLOSE_TIMEOUT_MS, client.disconnect());
    },
  };
}
