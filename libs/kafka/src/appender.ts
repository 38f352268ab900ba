import { MedallionError, messageOf } from '@medallion/core';
import type { AppendBatch, Appender, Offset, OutRecord } from '@medallion/runtime';
import { protocolError, refusal, rootCause, settled, within } from './failure.ts';
import type { Cluster } from './kafkajs-patch.ts';
import { CLOSE_TIMEOUT_MS } from './options.ts';
import { BATCH_OVERHEAD_BYTES, encodeRecordBatch, recordSize } from './record-batch/encode.ts';

/**
 * Appends with acks=all, one request to each leader at a time, and never sends anything twice:
 *
 *     ready ─append─▶ sending ─all acknowledged─▶ ready
 *                        └──any error or timeout──▶ poisoned (its fate is unknown: a later record must not follow it)
 */

export type AppenderOptions = {
  readonly cluster: Cluster;
  readonly requestTimeoutMs: number;
  /** The largest record batch that a topic takes. */
  readonly maxMessageBytes: (topic: string) => Promise<number>;
};

type Part = { readonly batch: number; readonly topic: string; readonly partition: number; readonly bytes: Buffer };

/** Cuts records, in order, into runs whose batches fit into `limit` bytes; a larger single record stays alone. */
export function cut(records: readonly OutRecord[], limit: number): (readonly OutRecord[])[] {
  const runs: (readonly OutRecord[])[] = [];
  let from = 0;
  let size = BATCH_OVERHEAD_BYTES;
  for (let i = 0; i < records.length; i++) {
    const more = recordSize(records[i]!);
    if (size + more > limit && i > from) {
      runs.push(records.slice(from, i));
      from = i;
      size = BATCH_OVERHEAD_BYTES;
    }
    size += more;
  }
  runs.push(from === 0 ? records : records.slice(from));
  return runs;
}

export async function createAppender(options: AppenderOptions): Promise<Appender> {
  const { cluster, requestTimeoutMs } = options;
  const topics = new Set<string>();
  let underWay = false;
  let poison: unknown;
  await cluster.connect();

  /** One request per leader, in parallel; a partition is in one of them. */
  async function send(parts: readonly Part[], offsets: Map<number, Offset>): Promise<void> {
    await cluster.refreshMetadataIfNecessary();
    const byLeader = new Map<number, Part[]>();
    for (const part of parts) {
      const leader = cluster
        .findTopicPartitionMetadata(part.topic)
        .find(({ partitionId }) => partitionId === part.partition)?.leader;
      if (leader === undefined || leader < 0) throw new Error(`partition ${part.partition} has no leader`);
      const list = byLeader.get(leader);
      if (list) list.push(part);
      else byLeader.set(leader, [part]);
    }
    await Promise.all(
      [...byLeader].map(async ([nodeId, mine]) => {
        const broker = await cluster.findBroker({ nodeId });
        const byTopic = Map.groupBy(mine, (part) => part.topic);
        const { topics } = await broker.produce({
          acks: -1,
          timeout: requestTimeoutMs,
          topicData: [...byTopic].map(([topic, list]) => ({
            topic,
            partitions: list.map(({ partition, bytes }) => ({ partition, messages: [{ recordBatch: bytes }] })),
          })),
        });
        for (const part of mine) {
          const answer = topics
            .find(({ topicName }) => topicName === part.topic)
            ?.partitions.find(({ partition }) => partition === part.partition);
          if (!answer || Number(answer.baseOffset) < 0) throw new Error('the broker acknowledged no offset');
          if (!offsets.has(part.batch)) offsets.set(part.batch, Number(answer.baseOffset));
        }
      }),
    );
  }

  async function appendAll(batches: readonly AppendBatch[]): Promise<readonly Offset[]> {
    const unknown = batches.map(({ topic }) => topic).filter((topic) => !topics.has(topic));
    if (unknown.length > 0) {
      await cluster.addMultipleTargetTopics([...new Set(unknown)]);
      for (const topic of unknown) topics.add(topic);
    }
    const offsets = new Map<number, Offset>();
    // The runs of a batch go one after the other, and two batches of one partition too: a request holds one of each.
    let waiting: { batch: number; topic: string; partition: number; records: readonly OutRecord[] }[] = [];
    for (const [batch, { topic, partition, records }] of batches.entries())
      for (const run of cut(records, await options.maxMessageBytes(topic)))
        waiting.push({ batch, topic, partition, records: run });
    while (waiting.length > 0) {
      const taken = new Set<string>();
      const parts: Part[] = [];
      const later: typeof waiting = [];
      const nowMs = Date.now();
      for (const run of waiting) {
        const place = `${run.partition} ${run.topic}`;
        if (taken.has(place)) later.push(run);
        else {
          taken.add(place);
          parts.push({ ...run, bytes: encodeRecordBatch(run.records, nowMs) });
        }
      }
      await send(parts, offsets);
      waiting = later;
    }
    return batches.map((_, i) => offsets.get(i)!);
  }

  const failed = (batches: readonly AppendBatch[], reason: string, cause?: unknown): MedallionError =>
    new MedallionError(
      'MED_APPEND_FAILED',
      { topic: [...new Set(batches.map(({ topic }) => topic))].join(', '), reason },
      { cause },
    );

  return {
    async append(batches) {
      if (underWay) throw new Error('an append is under way');
      if (batches.some(({ records }) => records.length === 0)) throw new Error('a batch has no records');
      if (poison !== undefined) throw failed(batches, 'an earlier append failed', poison);
      if (batches.length === 0) return [];
      underWay = true;
      try {
        // kafkajs bounds each request; this bounds the connecting and waiting around them too.
        return await within(2 * requestTimeoutMs, appendAll(batches), () => new Error('no answer in time'));
      } catch (error) {
        poison = error;
        const topics = batches.map(({ topic }) => topic);
        throw refusal(error, protocolError(error), { topics }) ?? failed(batches, messageOf(rootCause(error)), error);
      } finally {
        underWay = false;
      }
    },
    async close() {
      poison ??= new Error('the appender is closed');
      await settled(CLOSE_TIMEOUT_MS, cluster.disconnect());
    },
  };
}
