import type { Checkpoint, Offset, TopicPartition } from '@medallion/runtime';
import { placeKey } from '../log/memory-group.ts';
import { BrokerError } from './broker-error.ts';
import type { SimCluster } from './sim-cluster.ts';

/** What a member is told when the group has dealt its partitions out. */
export type Assignment = {
  readonly member: string;
  readonly generation: number;
  readonly share: readonly TopicPartition[];
};

/** How a member joins. */
export type JoinRequest = {
  /** As it was known before; null for one that is new, or was forgotten. */
  readonly member: string | null;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly maxMembers: number | undefined;
};

type Member = {
  readonly id: string;
  request: JoinRequest;
  lastBeat: number;
  joining: PromiseWithResolvers<Assignment> | null;
};

/**
 * The coordinator's side of a consumer group, as Kafka's classic protocol has it.
 *
 *   empty ──join──▶ preparing ──all have joined, or the others' time is over──▶ stable
 *                       ▲                                                        │
 *                       └──a member joins, leaves, or is not heard of in time────┘
 *
 * Members learn of a rebalance by their heartbeats and join again; whoever does not in time is no member any more. What it
 * still does it does as a zombie: its commits carry a generation that is over, and are refused.
 */
export class SimGroup {
  readonly id: string;
  readonly checkpoints = new Map<string, Checkpoint>();
  readonly #furthest = new Map<string, Offset>();
  readonly #cluster: SimCluster;
  readonly #members = new Map<string, Member>();
  #generation = 0;
  #state: 'stable' | 'preparing' = 'stable';
  #made = 0;
  #isWaiting = false;
  #forgetDeadline: () => void = () => {};

  constructor(id: string, cluster: SimCluster) {
    this.id = id;
    this.#cluster = cluster;
  }

  /** Resolves with the member's share when the rebalance that it begins, or joins, is over. */
  join(request: JoinRequest, now: () => number): Promise<Assignment> {
    const known = request.member === null ? undefined : this.#members.get(request.member);
    if (request.member !== null && known === undefined) throw new BrokerError('UNKNOWN_MEMBER_ID');
    const isFirst = this.#members.size === 0;
    const member: Member = known ?? { id: `m${this.#made++}`, request, lastBeat: now(), joining: null };
    member.request = request;
    member.lastBeat = now();
    if (known === undefined) {
      this.#members.set(member.id, member);
      this.#expireLater(member, now);
    }
    const joining = member.joining ?? Promise.withResolvers<Assignment>();
    member.joining = joining;
    this.#prepare();
    if (isFirst) this.#waitForOthers();
    this.#completeWhenAllAreIn();
    return joining.promise;
  }

  /** @throws BrokerError when the member has to join again */
  heartbeat(id: string, generation: number, now: () => number): void {
    const member = this.#known(id, generation);
    member.lastBeat = now();
    if (this.#state === 'preparing') throw new BrokerError('REBALANCE_IN_PROGRESS');
  }

  /** @throws BrokerError when the member is none any more, or of a generation that is over */
  commit(id: string, generation: number, checkpoints: readonly (TopicPartition & Checkpoint)[]): void {
    this.#known(id, generation);
    for (const { offset, metadata, ...place } of checkpoints) {
      this.checkpoints.set(placeKey(place), { offset, metadata });
      this.#furthest.set(placeKey(place), Math.max(offset, this.furthest(place)));
    }
  }

  /** The greatest offset that was ever stored for a partition: a late commit may have replaced it. */
  furthest(place: TopicPartition): Offset {
    return this.#furthest.get(placeKey(place)) ?? 0;
  }

  leave(id: string): void {
    if (!this.#members.delete(id)) return;
    this.#prepare();
    this.#completeWhenAllAreIn();
  }

  /** The group forgets a member, as when its heartbeats were lost. */
  expel(index: number): void {
    const id = [...this.#members.keys()][index % Math.max(1, this.#members.size)];
    if (id !== undefined) this.leave(id);
  }

  /** Another broker has the group now: its members are asked to join again. */
  moved(): void {
    this.#prepare();
  }

  get size(): number {
    return this.#members.size;
  }

  #known(id: string, generation: number): Member {
    const member = this.#members.get(id);
    if (member === undefined) throw new BrokerError('UNKNOWN_MEMBER_ID');
    if (generation !== this.#generation) throw new BrokerError('ILLEGAL_GENERATION');
    return member;
  }

  /** One event for many heartbeats: it looks again when the last one would be too old. */
  #expireLater(member: Member, now: () => number): void {
    const left = member.lastBeat + member.request.sessionTimeoutMs - now();
    this.#cluster.schedule(Math.max(1, left), () => {
      if (this.#members.get(member.id) !== member) return;
      // Who waits for a rebalance to end is not expected to say anything.
      if (member.joining !== null) member.lastBeat = now();
      if (now() - member.lastBeat >= member.request.sessionTimeoutMs) this.leave(member.id);
      else this.#expireLater(member, now);
    });
  }

  #prepare(): void {
    if (this.#state === 'preparing' || this.#members.size === 0) return;
    this.#state = 'preparing';
    const waitMs = Math.max(...[...this.#members.values()].map(({ request }) => request.rebalanceTimeoutMs));
    this.#forgetDeadline = this.#cluster.schedule(waitMs, () => {
      for (const member of [...this.#members.values()]) if (member.joining === null) this.#members.delete(member.id);
      this.#complete();
    });
  }

  /** A group that was empty is not dealt out at once: others are about to come, as they are started together. */
  #waitForOthers(): void {
    const { firstRebalanceMs } = this.#cluster;
    if (firstRebalanceMs === 0) return;
    this.#isWaiting = true;
    this.#cluster.schedule(firstRebalanceMs, () => {
      this.#isWaiting = false;
      this.#completeWhenAllAreIn();
    });
  }

  #completeWhenAllAreIn(): void {
    if (this.#isWaiting) return;
    if (this.#state === 'preparing' && [...this.#members.values()].every(({ joining }) => joining !== null))
      this.#complete();
  }

  #complete(): void {
    this.#forgetDeadline();
    this.#state = 'stable';
    this.#generation++;
    const members = [...this.#members.values()];
    const shares = new Map(members.map((member) => [member, [] as TopicPartition[]]));
    for (const topic of new Set(members.flatMap(({ request }) => request.topics))) {
      const readers = members
        .filter(({ request }) => request.topics.includes(topic))
        .slice(0, members[0]!.request.maxMembers);
      for (let partition = 0; partition < (this.#cluster.topic(topic)?.length ?? 0); partition++)
        shares.get(readers[partition % readers.length]!)!.push({ topic, partition });
    }
    for (const [member, share] of shares) {
      member.joining!.resolve({ member: member.id, generation: this.#generation, share });
      member.joining = null;
    }
  }
}
