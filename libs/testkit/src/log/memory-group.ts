import type { Checkpoint, RoundHandler, SubscribeOptions, Subscription, TopicPartition } from '@medallion/runtime';
import type { MemoryCluster } from './memory-cluster.ts';
import { MemoryMember } from './memory-member.ts';

/** A place as the key of a map. */
export const placeKey = ({ topic, partition }: TopicPartition): string => `${partition} ${topic}`;

/**
 * A consumer group with eager rebalances: when a member comes or goes, every member finishes what it is doing, and then
 * all partitions are dealt out anew.
 */
export class MemoryGroup {
  readonly id: string;
  readonly checkpoints = new Map<string, Checkpoint>();
  readonly #cluster: MemoryCluster;
  #members: MemoryMember[] = [];
  #generation = 0;

  constructor(cluster: MemoryCluster, id: string) {
    this.#cluster = cluster;
    this.id = id;
  }

  get members(): readonly MemoryMember[] {
    return this.#members;
  }

  join(options: SubscribeOptions, handler: RoundHandler): Subscription {
    const member = new MemoryMember(this.#cluster, this, options, handler);
    this.#members.push(member);
    this.#rebalance();
    return member;
  }

  /** A member that the group no longer knows joins again. */
  rejoin(member: MemoryMember): void {
    if (this.has(member)) return;
    this.#members.push(member);
    this.#rebalance();
  }

  /** Without waiting for the member, as when its session has timed out: it learns of it at its next step. */
  expel(member: MemoryMember): void {
    if (!this.has(member)) return;
    this.#members = this.#members.filter((other) => other !== member);
    member.expelled();
    this.#rebalance();
  }

  has(member: MemoryMember): boolean {
    return this.#members.includes(member);
  }

  wake(): void {
    for (const member of this.#members) member.wake();
  }

  #rebalance(): void {
    const generation = ++this.#generation;
    const members = this.#members;
    void Promise.all(members.map((member) => member.pause())).then(() => {
      if (generation !== this.#generation) return; // another one began meanwhile
      const shares = new Map(members.map((member) => [member, [] as TopicPartition[]]));
      for (const topic of new Set(members.flatMap(({ topics }) => topics))) {
        const readers = members.filter(({ topics }) => topics.includes(topic)).slice(0, members[0]?.maxMembers);
        for (let partition = 0; partition < (this.#cluster.topic(topic)?.length ?? 0); partition++)
          shares.get(readers[partition % readers.length]!)!.push({ topic, partition });
      }
      for (const [member, share] of shares) member.assign(share);
    });
  }
}
