import { inspect } from 'node:util';
import fc from 'fast-check';
import { Heartbeat } from './heartbeat.ts';
import { Journal } from './journal.ts';
import { watchPrototypes } from './prototypes.ts';

/** An entrance: what may come in, and the code that must stand it. */
export type Entrance = {
  readonly name: string;
  /** What comes in, in words. */
  readonly about: string;
  /** Runs cases until there were `cases` of them, or until the time is up. @throws with what to call to see it again */
  fuzz(options: FuzzOptions): Promise<Fuzzed>;
};

/** How long and from where. */
export type FuzzOptions = {
  readonly cases: number;
  readonly seed: number;
  /** In milliseconds; no limit when absent. */
  readonly timeMs?: number;
};

/** What was run. */
export type Fuzzed = { readonly cases: number; readonly fates: ReadonlyMap<string, number> };

/** What is told about an entrance; `C` is a case. */
export type EntranceParts<C> = {
  readonly name: string;
  readonly about: string;
  readonly cases: fc.Arbitrary<C>;
  /** So many cases, at most, are judged together. */
  readonly together: number;
  /** Sends cases in and fails when any of them did what it may not. What it logs goes to the journal. */
  judge(cases: readonly C[], journal: Journal): Promise<void> | void;
  /** Called when no more cases come. */
  close?(): Promise<void>;
};

/** Runs that share a seed: a failure is seen again with this seed alone. */
const RUNS = 20;
/** A batch that takes longer hangs. Generous: machines that build beside it are slow. */
const HANGS_MS = 120_000;
/** A failing batch is made smaller for so long. */
const SHRINK_MS = 60_000;
const SHOWN = 1_500;

/** Makes an entrance of its parts: each batch of cases is one run of a property. */
export function entrance<C>(parts: EntranceParts<C>): Entrance {
  const { name, about, together } = parts;
  const batches = fc.array(parts.cases, { minLength: 1, maxLength: together, size: 'max' });
  return {
    name,
    about,
    async fuzz({ cases, seed, timeMs = Number.POSITIVE_INFINITY }) {
      const journal = new Journal();
      const prototypes = watchPrototypes();
      const heart = new Heartbeat(HANGS_MS);
      const began = performance.now();
      let ran = 0;
      let from = seed;
      const property = fc.asyncProperty(batches, async (batch) => {
        // The rest of a round that has done what it was asked for.
        if (ran >= cases) return;
        heart.beat(`${name} with --seed ${from}`);
        await parts.judge(batch, journal);
        prototypes();
        journal.check();
        ran += batch.length;
      });
      try {
        for (; ran < cases && performance.now() - began < timeMs; from = (from + 1) | 0) {
          const result = await fc.check(property, { seed: from, numRuns: RUNS, interruptAfterTimeLimit: SHRINK_MS });
          if (result.failed && result.counterexample !== null) throw failure(name, from, result);
        }
      } finally {
        heart.rest();
        await heart.stop();
        await parts.close?.();
      }
      return { cases: ran, fates: journal.fates };
    },
  };
}

/** Bytes as text: nearly all of them were text before they were changed. */
const readable = (value: unknown): unknown =>
  Buffer.isBuffer(value)
    ? value.toString('latin1')
    : Array.isArray(value)
      ? value.map(readable)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, readable(part)]))
        : value;

function failure<T>(name: string, seed: number, result: fc.RunDetails<[T[]]>): Error {
  const { errorInstance: cause, counterexample } = result;
  const what = cause instanceof Error ? cause.message : String(cause);
  const shown = inspect(readable(counterexample?.[0]), { depth: 6, maxStringLength: SHOWN, breakLength: 120 }).slice(
    0,
    SHOWN,
  );
  return new Error(`${name}: ${what}\n  again: npm run fuzz -- --entrance ${name} --seed ${seed}\n  with: ${shown}`, {
    cause,
  });
}
