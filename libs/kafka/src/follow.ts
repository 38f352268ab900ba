import type { Followed, LogRecord, Offset } from '@medallion/runtime';
import { settled } from './failure.ts';
import { type Cluster, type FetchedPartition, recordBatches } from './kafkajs-patch.ts';
import { CLOSE_TIMEOUT_MS } from './options.ts';

const READ_COMMITTED = 1;
const FETCH_BYTES = 1_048_576;
/** The broker holds a request that finds nothing for so long: the price of following a silent topic, and of stopping. */
const MAX_WAIT_MS = 500;

/** Reads partitions outside any group from these offsets on, for as long as the signal does not abort. */
export async function* followTopic(
  cluster: Cluster,
  topic: string,
  from: ReadonlyMap<number, Offset>,
  signal: AbortSignal,
): AsyncGenerator<Followed> {
  const next = new Map(from);

  const fetch = async (leader: string, partitions: readonly number[]): Promise<readonly FetchedPartition[]> => {
    const broker = await cluster.findBroker({ nodeId: leader });
    const { responses } = await broker.fetch({
      maxWaitTime: MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      isolationLevel: READ_COMMITTED,
      topics: [
        {
          topic,
          partitions: partitions.map((partition) => ({
            partition,
            fetchOffset: String(next.get(partition)),
            maxBytes: FETCH_BYTES,
          })),
        },
      ],
    });
    return responses.flatMap((response) => response.partitions);
  };

  /** What a fetched part holds from the expected offset on. */
  const recordsOf = (part: FetchedPartition): readonly LogRecord[] => {
    const start = next.get(part.partition) ?? 0;
    const last = part.messages.at(-1);
    if (last !== undefined) next.set(part.partition, last.offset + 1);
    return recordBatches
      .filterAborted(part)
      .filter(({ offset, isControlRecord }) => offset >= start && !isControlRecord);
  };

  await cluster.connect();
  try {
    await cluster.addMultipleTargetTopics([topic]);
    while (!signal.aborted) {
      await cluster.refreshMetadataIfNecessary();
      const leaders = Object.entries(cluster.findLeaderForPartitions(topic, [...next.keys()]));
      for (const parts of await Promise.all(leaders.map(([leader, partitions]) => fetch(leader, partitions))))
        for (const part of parts) {
          const records = recordsOf(part);
          if (records.length > 0) yield { partition: part.partition, records };
        }
    }
  } finally {
    await settled(CLOSE_TIMEOUT_MS, cluster.disconnect());
  }
}
