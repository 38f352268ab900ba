import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Violation } from '@medallion/testkit';
import type { SeedsAsked, SeedsPlayed } from '../seeds-worker.ts';
import type { Mutant } from './mutant.ts';

/** A defect that has a run go round without end is caught by that. The longest honest runs take a few seconds. */
const PATIENCE_MS = 120_000;

/** A process that plays seeds one after the other, with a mutant in it or without. It starts with the first seed. */
export class PlayerProcess {
  readonly #mutant: Mutant | null;
  #child: ChildProcess | null = null;

  constructor(mutant: Mutant | null) {
    this.#mutant = mutant;
  }

  /** The first promise that breaks in the run of a seed; null when all hold. @throws Error when the process does not start */
  async play(pipeline: string, seed: number): Promise<Violation | null> {
    const child = this.#child ?? (await this.#started());
    const answer = Promise.withResolvers<Violation | null>();
    const ended = (code: number | null, signal: string | null): void => {
      this.#child = null;
      answer.resolve({ invariant: 'process', what: `it ended by itself: ${code ?? signal}` });
    };
    const patience = setTimeout(() => {
      answer.resolve({ invariant: 'liveness', what: `the run was not over after ${PATIENCE_MS / 1_000} s` });
      this.end();
    }, PATIENCE_MS);
    child.once('exit', ended);
    child.once('message', (message) => answer.resolve((message as SeedsPlayed).broken[0]?.violations[0] ?? null));
    child.send({ pipeline, seeds: [seed] } satisfies SeedsAsked);
    try {
      return await answer.promise;
    } finally {
      clearTimeout(patience);
      child.off('exit', ended);
      child.removeAllListeners('message');
    }
  }

  end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }

  async #started(): Promise<ChildProcess> {
    const script = resolve(import.meta.dirname, 'mutant-worker.ts');
    const child = fork(script, this.#mutant === null ? [] : [this.#mutant.name], { execArgv: [] });
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`the process of mutant ${this.#mutant?.name ?? 'none'} did not start: ${code}`);
    });
    failed.catch(() => {}); // later it may end as it likes
    // It says so when all modules are loaded.
    await Promise.race([once(child, 'message'), failed]);
    this.#child = child;
    return child;
  }
}
