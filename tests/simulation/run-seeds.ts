import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Violation } from '@medallion/testkit';
import type { SeedsAsked, SeedsPlayed } from './seeds-worker.ts';

/** A seed that broke a promise. */
export type Broken = { readonly pipeline: string; readonly seed: number; readonly violations: readonly Violation[] };

/** Which seeds are played. */
export type SeedsWanted = {
  /** They are dealt to these in turn. */
  readonly pipelines: readonly string[];
  readonly first: number;
  readonly count: number;
  /** It ends after so long, whatever is left. */
  readonly limitMs?: number;
  /** It ends with the first that broke a promise, unless it is to go on. */
  readonly goOn?: boolean;
  readonly onProgress?: (played: number, tookMs: number) => void;
  readonly onBroken?: (broken: Broken) => void;
};

/** What came of them. */
export type SeedsRun = { readonly played: number; readonly tookMs: number; readonly broken: readonly Broken[] };

/** Seeds that a worker is given at a time. */
const CHUNK = 10;

/** Plays seeds on all cores, each in a process of its own, until they are played or one breaks a promise. */
export async function runSeeds(wanted: SeedsWanted): Promise<SeedsRun> {
  const began = performance.now();
  const tookMs = (): number => performance.now() - began;
  const broken: Broken[] = [];
  let next = 0;
  let played = 0;
  const isOver = (): boolean =>
    next >= wanted.count || tookMs() >= (wanted.limitMs ?? Infinity) || (broken.length > 0 && wanted.goOn !== true);
  const take = (): SeedsAsked => {
    const from = next;
    next = Math.min(wanted.count, next + CHUNK);
    const pipeline = wanted.pipelines[(from / CHUNK) % wanted.pipelines.length]!;
    return { pipeline, seeds: Array.from({ length: next - from }, (_, i) => wanted.first + from + i) };
  };
  const work = async (): Promise<void> => {
    const worker = fork(resolve(import.meta.dirname, 'seeds-worker.ts'), { execArgv: [] });
    try {
      while (!isOver()) {
        const answer = await asked(worker, take());
        played += answer.seeds.length;
        for (const each of answer.broken) {
          broken.push({ pipeline: answer.pipeline, ...each });
          wanted.onBroken?.(broken.at(-1)!);
        }
        wanted.onProgress?.(played, tookMs());
      }
    } finally {
      worker.disconnect();
    }
  };
  const workers = Math.min(availableParallelism(), Math.ceil(wanted.count / CHUNK));
  await Promise.all(Array.from({ length: workers }, work));
  return { played, tookMs: tookMs(), broken };
}

function asked(worker: ChildProcess, seeds: SeedsAsked): Promise<SeedsPlayed> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`the process that played seeds ${seeds.seeds.join(', ')} ended with ${code}`));
    worker.once('exit', ended);
    worker.once('message', (answer) => {
      worker.off('exit', ended);
      resolve(answer as SeedsPlayed);
    });
    worker.send(seeds);
  });
}
