import type { TopicPartition } from '@medallion/runtime';
import { placeKey } from '../log/memory-group.ts';

type Lead = { readonly broker: number; readonly knownFromMs: number; readonly before: number };

/**
 * Which broker leads each partition, and which one clients take for it: they hear of a change some time later, and until
 * then ask the one before, which says that it is not the leader.
 */
export class SimLeaders {
  readonly #brokers: number;
  readonly #now: () => number;
  readonly #moved = new Map<string, Lead>();

  /** @param now the true time, milliseconds since any moment */
  constructor(brokers: number, now: () => number) {
    this.#brokers = brokers;
    this.#now = now;
  }

  of(at: TopicPartition): number {
    return this.#moved.get(placeKey(at))?.broker ?? this.#first(at);
  }

  /** The one that clients take for the leader. */
  known(at: TopicPartition): number {
    const lead = this.#moved.get(placeKey(at));
    if (lead === undefined) return this.#first(at);
    return this.#now() < lead.knownFromMs ? lead.before : lead.broker;
  }

  /** Another broker leads from now on, and clients hear of it after so long. */
  move(at: TopicPartition, broker: number, knownAfterMs: number): void {
    this.#moved.set(placeKey(at), { broker, knownFromMs: this.#now() + knownAfterMs, before: this.known(at) });
  }

  #first({ topic, partition }: TopicPartition): number {
    return (sumOf(topic) + partition) % this.#brokers;
  }
}

/** A number that is always the same for a name. */
export function sumOf(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) >>> 0;
  return sum;
}
