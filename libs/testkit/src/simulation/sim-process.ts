import type { Clock, Instant } from '@medallion/core';
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
  #skewMs: number;
  #held: (() => void)[] = [];
  /** Of each sleep that is under way, what takes its listener off the signal. */
  readonly #listening = new Set<() => void>();
  readonly #askedMs = new Map<string, number>();

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.#skewMs = parts.skewMs;
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
