import type { Clock, Instant } from '@medallion/core';
import type { Offset } from '@medallion/runtime';
import { placeKey } from '../log/memory-group.ts';
import type { Schedule } from '../log/schedule.ts';
import { type Chance, chanceOf } from './chance.ts';

/** What a process stands on. */
export type ProcessParts = {
  readonly name: string;
  readonly seed: number;
  readonly schedule: Schedule;
  /** The true time, epoch milliseconds. */
  readonly trueNow: () => number;
  /** How far its clock is from the true time when it starts. */
  readonly skewMs: number;
};

/** Who wrote a record, and what he knew. Times are true ones, epoch milliseconds. */
export type Writer = {
  /** The name of the process. */
  readonly name: string;
  readonly startedMs: number;
  /** When it sent the record. */
  readonly sentMs: number;
  /** By group: how far he had taken in each partition (`placeKey`) that he follows, when he was given the round in hand. */
  readonly knew: ReadonlyMap<string, ReadonlyMap<string, Offset>>;
};

/**
 * One operating-system process, as its surroundings see it. All that reaches the code in it, replies and timers, comes
 * through `deliver`.
 *
 *   alive ──stall (SIGSTOP)──▶ stalled ──resume (SIGCONT)──▶ alive: what came meanwhile is delivered then
 *     └──────────kill (SIGKILL)──┴──▶ dead: nothing is delivered any more; what it has sent may still arrive
 */
export class SimProcess {
  readonly name: string;
  readonly chance: Chance;
  readonly clock: Clock;
  readonly #parts: ProcessParts;
  #state: 'alive' | 'stalled' | 'dead' = 'alive';
  /** When it started, in the true time. */
  readonly startedMs: number;
  #skewMs: number;
  #held: (() => void)[] = [];
  /** Of each sleep that is under way, what takes its listener off the signal. */
  readonly #listening = new Set<() => void>();
  readonly #askedMs = new Map<string, number>();
  #followed: ReadonlyMap<string, Offset> = new Map();
  #knew: Writer['knew'] = new Map();

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.#skewMs = parts.skewMs;
    this.startedMs = parts.trueNow();
    this.chance = chanceOf(parts.seed, `process ${parts.name}`);
    this.clock = { now: () => Math.floor(parts.trueNow() + this.#skewMs) as Instant, elapsedMs: parts.trueNow };
  }

  get state(): 'alive' | 'stalled' | 'dead' {
    return this.#state;
  }

  kill(): void {
    this.#state = 'dead';
    this.#held = [];
    // Node keeps a composed signal that somebody listens to, and with it all of the world that the dead one was in.
    for (const unlisten of this.#listening) unlisten();
    this.#listening.clear();
  }

  stall(): void {
    if (this.#state === 'alive') this.#state = 'stalled';
  }

  resume(): void {
    if (this.#state !== 'stalled') return;
    this.#state = 'alive';
    const held = this.#held;
    this.#held = [];
    // Each in a step of its own: in which order it wakes up to them is chance.
    for (const work of held) this.#parts.schedule(0, () => this.deliver(work));
  }

  /** Its clock is set to another time. */
  jump(byMs: number): void {
    this.#skewMs += byMs;
  }

  /** It sends a request. */
  asks(what: string): void {
    this.#askedMs.set(what, this.#parts.trueNow());
  }

  /** When it sent a request of that description last, in the true time; undefined when it never did. */
  askedMs(what: string): number | undefined {
    return this.#askedMs.get(what);
  }

  /** It asks for what comes after these offsets of a topic that it follows: all before them it has taken in. */
  follows(topic: string, next: ReadonlyMap<number, Offset>): void {
    const followed = new Map(this.#followed);
    for (const [partition, offset] of next) followed.set(placeKey({ topic, partition }), offset);
    this.#followed = followed;
  }

  /** It is given a round of records, as a member of a group. */
  given(group: string): void {
    if (this.#knew.get(group) !== this.#followed) this.#knew = new Map(this.#knew).set(group, this.#followed);
  }

  /** What it is as it writes now. */
  get writer(): Writer {
    return { name: this.name, startedMs: this.startedMs, sentMs: this.#parts.trueNow(), knew: this.#knew };
  }

  /** Something reaches the process: now, when it goes on, or never. */
  deliver(work: () => void): void {
    if (this.#state === 'alive') work();
    else if (this.#state === 'stalled') this.#held.push(work);
  }

  /** A timer of the process. */
  readonly timer: Schedule = (delayMs, work) => {
    let isOff = false;
    const cancel = this.#parts.schedule(delayMs, () =>
      this.deliver(() => {
        if (!isOff) work();
      }),
    );
    return () => {
      isOff = true;
      cancel();
    };
  };

  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    if (this.#state === 'dead') return new Promise(() => {});
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        unlisten();
        this.#listening.delete(unlisten);
        resolve();
      };
      const cancel = this.timer(ms, wake);
      const unlisten = (): void => signal?.removeEventListener('abort', wake);
      signal?.addEventListener('abort', wake, { once: true });
      this.#listening.add(unlisten);
    });
  }
}
