import type { Instant } from '@medallion/core';
import { flowsOf, type PipelinePlan } from '@medallion/pipeline';
import type { GoldCommit, Lease, LeaseStep, TopicPartition } from '@medallion/runtime';
import { placeKey } from '../log/memory-group.ts';
import type { MemoryDatabase } from '../store/memory-database.ts';
import { inputOf } from './caught-up.ts';
import { EPOCH_MS } from './scenario.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimProcess } from './sim-process.ts';

/** What a witness knows of the world. */
export type WitnessParts = {
  readonly plan: PipelinePlan;
  readonly cluster: SimCluster;
  /** Told of a promise that is broken, and how. */
  readonly broken: (invariant: string, what: string) => void;
};

/** What a look at the watermarks has made final of a source. */
export type FinalStep = {
  readonly source: string;
  readonly topic: string;
  readonly partitions: number;
  /** What was final before it. */
  readonly before: Instant;
  readonly through: Instant;
};

/**
 * Sees what happens to leases and points of finality at the moment at which it happens, which a look now and then may miss:
 * a round commits only at the current epoch and the exact offset (I1), a partition becomes idle only when every flow before it
 * had read its input when that was looked at (G2), and nothing is final before a partition that counts (W5).
 */
export class StoreWitness {
  readonly #parts: WitnessParts;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  /** @param before the leases as they were right before it */
  committed(by: SimProcess, { leases }: GoldCommit, before: readonly Lease[]): void {
    const { broken } = this.#parts;
    for (const step of leases) {
      const lease = before.find((each) => placeKey(each) === placeKey(step));
      const at = `${step.topic}[${step.partition}]`;
      if (lease?.epoch !== step.epoch || lease.next !== step.from || step.next < step.from)
        broken(
          'I1 commit',
          `${by.name} took ${at} from ${step.from} to ${step.next} in epoch ${step.epoch}, where it was at ${lease?.next} in ${lease?.epoch}`,
        );
      if (step.state.idle && lease?.state.idle === false) this.#idle(by, step);
    }
  }

  final({ source, topic, partitions, before, through }: FinalStep, database: MemoryDatabase): void {
    if (through <= before) return;
    const leases = database.leases.filter((lease) => lease.topic === topic && lease.partition < partitions);
    const say = (why: string): void => this.#parts.broken('W5 final', `${source} is final through ${through}, ${why}`);
    if (leases.length < partitions) say(`and of ${partitions} partitions ${leases.length} have been read`);
    for (const { partition, state } of leases)
      if (!state.idle && state.watermark < through)
        say(`and the watermark of partition ${partition} is ${state.watermark}`);
  }

  #idle(by: SimProcess, { topic, partition }: LeaseStep): void {
    for (const { group, input } of this.#before(topic)) {
      const at: TopicPartition = { topic: input, partition };
      const log = this.#parts.cluster.partition(at);
      if (log === undefined) continue;
      const lookedMs = by.askedMs(`checkpoints of ${group}`) ?? Number.NEGATIVE_INFINITY;
      const read = Math.max(log.low, this.#parts.cluster.group(group).furthest(at));
      const there = log.highAt(lookedMs - EPOCH_MS);
      if (lookedMs < 0 || read < there)
        this.#parts.broken(
          'G2 idle',
          `${topic}[${partition}] counts as idle, and ${group} had read ${read} of ${there} when ${by.name} looked`,
        );
    }
  }

  /** The flows through which the rows of a topic come, with what they read. */
  #before(topic: string): readonly { readonly group: string; readonly input: string }[] {
    const { plan } = this.#parts;
    const table = plan.tables.find((each) => each.kind === 'streaming_table' && each.topic === topic);
    if (table === undefined) return [];
    return flowsOf(table)
      .filter(({ source }) => source.kind !== 'files') // those spread their partitions over all of the table's
      .flatMap((flow) => {
        const input = inputOf(plan, flow);
        return [{ group: `${plan.name}.${flow.name}`, input }, ...this.#before(input)];
      });
  }
}
