import type { LogRecord, Offset, PartitionRange, TopicPartition } from '@medallion/runtime';
import { settled } from './failure.ts';
import { type Cluster, type FetchedPartition, recordBatches } from './kafkajs-patch.ts';
import { CLOSE_TIMEOUT_MS } from './options.ts';

const READ_COMMITTED = 1;
const FETCH_BYTES = 4 * 1_048_576;
const MAX_WAIT_MS = 500;

/** Reads a partition outside any group up to `range.high`; the next fetch is under way while one is worked on. */
export async function* readPartition(
  cluster: Cluster,
  at: TopicPartition,
  from: Offset,
  range: PartitionRange,
): AsyncGenerator<readonly LogRecord[]> {
  const { topic, partition } = at;

  const fetch = async (position: Offset): Promise<FetchedPartition | undefined> => {
    await cluster.refreshMetadataIfNecessary();
    const leader = cluster.findTopicPartitionMetadata(topic).find((p) => p.partitionId === partition)?.leader;
    const broker = await cluster.findBroker({ nodeId: leader ?? -1 });
    const { responses } = await broker.fetch({
      maxWaitTime: MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      isolationLevel: READ_COMMITTED,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(position), maxBytes: FETCH_BYTES }] }],
    });
    return responses[0]?.partitions[0];
  };

  let position = Math.max(from, range.low);
  if (position >= range.high) return;
  await cluster.connect();
  try {
    await cluster.addMultipleTargetTopics([topic]);
    let fetching = fetch(position);
    while (position < range.high) {
      const part = await fetching;
      const last = part?.messages.at(-1);
      const start = position;
      if (last) position = last.offset + 1;
      if (position < range.high) {
        fetching = fetch(position);
        fetching.catch(() => {}); // heard at the next turn, or by nobody when the reader stops
      }
      if (!part || !last) continue;
      const records = recordBatches
        .filterAborted(part)
        .filter(({ offset, isControlRecord }) => offset >= start && offset < range.high && !isControlRecord);
      if (records.length > 0) yield records;
    }
  } finally {
    await settled(CLOSE_TIMEOUT_MS, cluster.disconnect());
  }
}
