import type { Checkpoint, SubscribeOptions, TopicPartition } from '@medallion/runtime';
import { BrokerError } from './broker-error.ts';
import { type ClientParts, REQUEST_TIMEOUT_MS, unavailable } from './sim-client.ts';
import type { Assignment } from './sim-group.ts';

/** The real one's is a second: this saves steps, and is as far below any session's timeout. */
const MAX_HEARTBEAT_MS = 2_500;
/** kafkajs' own. */
const REBALANCE_TIMEOUT_MS = 60_000;
/** Requests without an answer, one after the other, until the client gives up. */
const MISSED = 6;
const JOIN_PAUSE_MS = 500;
const LEAVE_TIMEOUT_MS = 5_000;

/** What a member is told of its membership. */
export type MembershipEvents = {
  /** It has these partitions from now on. */
  readonly assigned: (share: readonly TopicPartition[]) => void;
  /** The coordinator does not answer. */
  readonly failed: (error: unknown) => void;
};

/**
 * What a client says to the coordinator of its group, as kafkajs does.
 *
 *   joining ──▶ member ──a heartbeat says that the group is dealt out anew, or does not know it──▶ joining
 *
 * Heartbeats go on for as long as the process does, whatever its handler does.
 */
export class SimMembership {
  readonly #parts: ClientParts;
  readonly #options: SubscribeOptions;
  readonly #events: MembershipEvents;
  #id: string | null = null;
  #generation = -1;
  #isJoining = false;
  #isEnding = false;
  #hasLeft = false;
  #missed = 0;

  constructor(parts: ClientParts, options: SubscribeOptions, events: MembershipEvents) {
    this.#parts = parts;
    this.#options = options;
    this.#events = events;
  }

  start(): void {
    void this.#join();
    this.#beatLater();
  }

  /** It joins no more; heartbeats go on until it has left. */
  ending(): void {
    this.#isEnding = true;
  }

  async leave(): Promise<void> {
    this.#hasLeft = true;
    if (this.#id !== null) await this.#leaveAs(this.#id);
  }

  /** @throws BrokerError when it is no member, or of a generation that is over; NetworkError */
  async commit(checkpoints: readonly (TopicPartition & Checkpoint)[]): Promise<void> {
    const [id, generation, group] = [this.#id, this.#generation, this.#group];
    if (id === null) throw new BrokerError('UNKNOWN_MEMBER_ID');
    await this.#call('checkpoint', () => group.commit(id, generation, checkpoints));
  }

  get #group() {
    return this.#parts.cluster.group(this.#options.group);
  }

  /** A request to the coordinator that is not asked again. */
  #call<T>(what: string, serve: () => T | Promise<T>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<T> {
    const { process, network, cluster } = this.#parts;
    const { group } = this.#options;
    return network.call(process, { to: cluster.coordinator(group), what: `${what} of ${group}`, serve, timeoutMs });
  }

  #leaveAs(member: string): Promise<void> {
    return this.#call('leave', () => this.#group.leave(member), LEAVE_TIMEOUT_MS).catch(() => {});
  }

  async #join(): Promise<void> {
    if (this.#isJoining || this.#isEnding) return;
    this.#isJoining = true;
    const { topics, sessionTimeoutMs, maxMembers } = this.#options;
    const { process, cluster } = this.#parts;
    const request = {
      ...{ member: this.#id, topics, sessionTimeoutMs, maxMembers },
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
    };
    try {
      const timeoutMs = REBALANCE_TIMEOUT_MS + REQUEST_TIMEOUT_MS;
      const assignment = await this.#call('join', () => this.#group.join(request, () => cluster.now()), timeoutMs);
      this.#isJoining = false;
      this.#missed = 0;
      this.#joined(assignment);
    } catch (error) {
      this.#isJoining = false;
      if (error instanceof BrokerError) this.#id = null;
      else if (++this.#missed > MISSED) return this.#events.failed(unavailable(error));
      process.timer(JOIN_PAUSE_MS, () => void this.#join());
    }
  }

  #joined({ member, generation, share }: Assignment): void {
    // Told to stop while it joined: the group need not wait for its session to end.
    if (this.#isEnding) return void this.#leaveAs(member);
    this.#id = member;
    this.#generation = generation;
    this.#events.assigned(share);
  }

  #beatLater(): void {
    const { process, cluster } = this.#parts;
    process.timer(Math.min(MAX_HEARTBEAT_MS, this.#options.sessionTimeoutMs / 3), async () => {
      if (this.#hasLeft) return;
      this.#beatLater();
      const [id, generation] = [this.#id, this.#generation];
      if (id === null || this.#isJoining) return;
      try {
        await this.#call(
          'heartbeat',
          () => this.#group.heartbeat(id, generation, () => cluster.now()),
          LEAVE_TIMEOUT_MS,
        );
        this.#missed = 0;
      } catch (error) {
        if (this.#generation !== generation) return;
        if (!(error instanceof BrokerError)) {
          if (++this.#missed > MISSED) this.#events.failed(unavailable(error));
          return;
        }
        if (error.type === 'UNKNOWN_MEMBER_ID') this.#id = null;
        void this.#join();
      }
    });
  }
}
