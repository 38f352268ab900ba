import kafkajs from 'kafkajs';
import type { FetchedRecord } from './record-batch/decode.ts';

/**
 * What patches/kafkajs@2.2.4.patch adds to kafkajs, with its types. See docs/decisions/kafka-client.md.
 */

/** A partition's part of a fetch response. */
export type FetchedPartition = {
  readonly partition: number;
  readonly highWatermark: string;
  readonly lastStartOffset: string;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
  readonly messages: readonly FetchedRecord[];
};

/** A batch as `eachBatch` gets it: with the offset that was asked for and the start of the log at the answer. */
export type FetchedBatch = {
  readonly fetchedOffset: string;
  readonly logStartOffset: string;
  readonly highWatermark: string;
  readonly messages: readonly FetchedRecord[];
  lastOffset(): string;
};

/** A connection to one broker: requests as the protocol has them, without retries. */
export type Broker = {
  produce(request: {
    acks: -1;
    timeout: number;
    topicData: readonly {
      topic: string;
      partitions: readonly { partition: number; messages: readonly [{ recordBatch: Buffer }] }[];
    }[];
  }): Promise<{
    topics: readonly {
      topicName: string;
      partitions: readonly { partition: number; errorCode: number; baseOffset: string }[];
    }[];
  }>;
  fetch(request: {
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    isolationLevel: 0 | 1;
    topics: readonly {
      topic: string;
      partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
    }[];
  }): Promise<{ responses: readonly { topicName: string; partitions: readonly FetchedPartition[] }[] }>;
};

/** The brokers of a cluster, found by the partitions that they lead. */
export type Cluster = {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number; leader: number }[];
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(which: { nodeId: string | number }): Promise<Broker>;
};

type Hooks = {
  decode: ((bytes: Buffer) => Promise<FetchedRecord[]>) | null;
  readonly filterAborted: (part: {
    messages: readonly FetchedRecord[];
    abortedTransactions: FetchedPartition['abortedTransactions'];
  }) => readonly FetchedRecord[];
};

const hooks = (kafkajs as { readonly recordBatches?: Hooks }).recordBatches;
if (!hooks)
  throw new Error('kafkajs is not patched: install with pnpm from the repository root, which applies patches/');

/** Where kafkajs takes its decoder of record batches from, and its filter of aborted transactions. */
export const recordBatches = hooks;

/** The brokers that `kafka` knows; connect before use, disconnect after. */
export const clusterOf = (kafka: kafkajs.Kafka): Cluster => (kafka as unknown as { cluster(): Cluster }).cluster();
