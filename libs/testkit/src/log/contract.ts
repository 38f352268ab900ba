import { describe } from 'node:test';
import type { RecordLog, TopicPartition } from '@medallion/runtime';
import { appendContract } from './contract-append.ts';
import { groupContract } from './contract-group.ts';
import { subscribeContract } from './contract-subscribe.ts';
import { topicContract } from './contract-topics.ts';

/** A cluster under test. */
export type LogHarness = {
  /** A new client, as another process would have; closed with the harness. */
  connect(): RecordLog;
  /** Removes the records below `low`, as retention does. */
  truncate(place: TopicPartition, low: number): Promise<void>;
  /** Deletes the topic with its records and creates it again, empty. */
  recreate(topic: string, partitions: number): Promise<void>;
  close(): Promise<void>;
};

/**
 * The promises of the RecordLog port, one test each; what a flow relies on must hold for every log that it runs on.
 *
 * @example recordLogContract('a log in memory', async () => memoryHarness())
 */
export function recordLogContract(name: string, make: () => Promise<LogHarness>): void {
  describe(name, () => {
    topicContract(make);
    appendContract(make);
    subscribeContract(make);
    groupContract(make);
  });
}
