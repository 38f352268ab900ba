import { MedallionError } from '@medallion/core';
import type { AppendBatch, Offset, TopicPartition } from '@medallion/runtime';
import { MemoryGroup } from './memory-group.ts';
import { MemoryPartition } from './memory-partition.ts';
import { realSchedule, type Schedule } from './schedule.ts';

/**
 * What becomes of an append: acknowledged; written, but its acknowledgement is lost; not written at all; or torn: of its
 * batches, which go to several brokers, every other one is written.
 */
export type AppendFate = 'acknowledged' | 'acknowledgement_lost' | 'lost' | 'torn';

/** How a memory cluster behaves; everything has a default. */
export type MemoryClusterOptions = {
  readonly schedule?: Schedule;
  readonly now?: () => number;
  /** Asked before each append. */
  readonly fateOfAppend?: (batches: readonly AppendBatch[]) => AppendFate;
  /** Asked before each commit of checkpoints: false refuses it. */
  readonly acceptsCommit?: (group: string) => boolean;
};

/** The state that all logs on it share: topics and consumer groups. */
export class MemoryCluster {
  readonly schedule: Schedule;
  readonly now: () => number;
  readonly #options: MemoryClusterOptions;
  readonly #topics = new Map<string, MemoryPartition[]>();
  readonly #groups = new Map<string, MemoryGroup>();

  constructor(options: MemoryClusterOptions = {}) {
    this.#options = options;
    this.schedule = options.schedule ?? realSchedule;
    this.now = options.now ?? Date.now;
  }

  topic(name: string): readonly MemoryPartition[] | undefined {
    return this.#topics.get(name);
  }

  partition({ topic, partition }: TopicPartition): MemoryPartition | undefined {
    return this.#topics.get(topic)?.[partition];
  }

  createTopic(name: string, partitions: number): void {
    if (!this.#topics.has(name))
      this.#topics.set(
        name,
        Array.from({ length: partitions }, () => new MemoryPartition()),
      );
  }

  /** New partitions are empty; members of groups get them when the group next deals them out. */
  growTopic(name: string, partitions: number): void {
    const grown = this.#topics.get(name);
    while (grown !== undefined && grown.length < partitions) grown.push(new MemoryPartition());
  }

  /** Deletes the topic with all its records; the groups' checkpoints stay. */
  deleteTopic(name: string): void {
    this.#topics.delete(name);
  }

  /** Forgets what groups have stored about topics. */
  forgetCheckpoints(isForgotten: (group: string, topic: string) => boolean): void {
    for (const [id, { checkpoints }] of this.#groups)
      for (const key of checkpoints.keys())
        if (isForgotten(id, key.slice(key.indexOf(' ') + 1))) checkpoints.delete(key);
  }

  group(id: string): MemoryGroup {
    let group = this.#groups.get(id);
    if (!group) {
      group = new MemoryGroup(this, id);
      this.#groups.set(id, group);
    }
    return group;
  }

  acceptsCommit(group: string): boolean {
    return this.#options.acceptsCommit?.(group) ?? true;
  }

  /** @throws MED_APPEND_FAILED when the fate of the batches is unknown to whoever appends. */
  append(batches: readonly AppendBatch[]): readonly Offset[] {
    const topic = batches.map((batch) => batch.topic).join(', ');
    const fate = this.#options.fateOfAppend?.(batches) ?? 'acknowledged';
    if (fate === 'lost') throw new MedallionError('MED_APPEND_FAILED', { topic, reason: 'it was lost' });
    const partitions = batches.map((batch) => this.partition(batch));
    if (partitions.includes(undefined))
      throw new MedallionError('MED_APPEND_FAILED', { topic, reason: 'UNKNOWN_TOPIC_OR_PARTITION' });
    const offsets = batches.map(({ records }, i) =>
      fate === 'torn' && i % 2 === 0 ? -1 : partitions[i]!.append(records, this.now()),
    );
    for (const group of this.#groups.values()) group.wake();
    if (fate === 'acknowledgement_lost' || fate === 'torn')
      throw new MedallionError('MED_APPEND_FAILED', { topic, reason: 'its acknowledgement was lost' });
    return offsets;
  }
}
