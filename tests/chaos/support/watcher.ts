import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@medallion/core';
import type { LiveProof } from '../../support/live-proof.ts';

/** Between two snapshots; each is compared with a recomputation, which takes a while itself. */
const PAUSE_MS = 500;

/** What was checked in all, also by proofs that have ended. */
export type WatchTotals = { readonly checks: number; readonly missed: number; readonly problems: readonly string[] };

/** The concurrent reader: it checks one snapshot of gold after the other, whatever happens meanwhile. */
export class Watcher {
  readonly #tell: (line: string) => void;
  #proof: LiveProof;
  #before = { checks: 0, problems: [] as readonly string[] };
  #missed = 0;
  #reason = '';
  #round: PromiseWithResolvers<boolean> = Promise.withResolvers();
  #checking: Promise<boolean> = Promise.resolve(false);
  #held = false;

  constructor(proof: LiveProof, tell: (line: string) => void) {
    this.#proof = proof;
    this.#tell = tell;
  }

  get totals(): WatchTotals {
    const { checks, problems } = this.#proof.totals;
    return {
      checks: this.#before.checks + checks,
      missed: this.#missed,
      problems: [...this.#before.problems, ...problems],
    };
  }

  /** Checks snapshots until told to stop; those that cannot be taken, as while Postgres is away, are tried again. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const round = this.#round;
      this.#round = Promise.withResolvers();
      if (!this.#held) this.#checking = this.#check();
      round.resolve(!this.#held && (await this.#checking));
      await delay(PAUSE_MS, undefined, { signal: stop }).catch(() => {});
    }
    this.#round.resolve(false);
  }

  /** Resolves once a snapshot was checked that was taken after now. */
  async further(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) if (await this.#round.promise) return;
  }

  /** Checks nothing from now on, as tables are made anew; resolves when no check is under way. */
  async hold(): Promise<void> {
    this.#held = true;
    await this.#checking;
  }

  /** Goes on with another proof, as after the tables were made anew. */
  startOver(proof: LiveProof): void {
    this.#held = false;
    const { checks, problems } = this.totals;
    this.#before = { checks, problems };
    this.#proof = proof;
  }

  async #check(): Promise<boolean> {
    const proof = this.#proof;
    try {
      await proof.check();
      this.#reason = '';
      return true;
    } catch (error) {
      if (proof !== this.#proof) return false;
      this.#missed++;
      // The same reason again and again, but for a port, would hide what else is told.
      const reason = messageOf(error).replaceAll(/\d+/g, '');
      if (reason !== this.#reason) this.#tell(`no snapshot: ${messageOf(error)}`);
      this.#reason = reason;
      return false;
    }
  }
}
